import { existsSync } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readlink, symlink } from 'node:fs/promises';
import path from 'node:path';
import { mustRun, run, type Finished } from '../testing/run.ts';

/** What {@link runInJail} needs from the machine. */
export const jailTools = ['linux', 'root', 'namespaces', 'dpkg', 'unshare', 'mount', 'chroot'] as const;

export interface Jail {
  /** The root directory that the program sees; it must hold nothing but the program and what it needs to start. */
  readonly root: string;
  /** Shown as /data, read-only. */
  readonly data: string;
  /** Shown as /output, the only place that can be written. */
  readonly output: string;
}

/** A normal user that exists on every Linux: nobody. */
const user = 65534;

/**
 * Makes a root directory with the files of three Debian packages (the C and C++ runtime) and the program, and nothing else:
 * no /tmp, no /dev, no /proc, no shell, no user database.
 */
export async function makeJail(base: string, program: string, data: string): Promise<Jail> {
  const jail = { root: path.join(base, 'root'), data, output: path.join(base, 'output') };
  // Debian's root has links where it once had folders; the packages still name their files by them.
  for (const name of ['lib', 'lib64']) {
    await mkdir(path.join(jail.root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, path.join(jail.root, name));
  }
  const listing = await mustRun('dpkg', ['-L', 'libc6', 'libstdc++6', 'libgcc-s1']);
  for (const file of listing.trim().split('\n')) await copyInto(jail.root, file);
  for (const name of ['data', 'output']) await mkdir(path.join(jail.root, name));
  await copyFile(program, path.join(jail.root, 'registry-scraper'));
  await mkdir(jail.output);
  await mustRun('chown', [`${user}:${user}`, jail.output]);
  await mustRun('chmod', ['-R', 'a+rX', jail.root, data]);
  await chmod(path.join(jail.root, 'registry-scraper'), 0o755);
  return jail;
}

async function copyInto(root: string, file: string): Promise<void> {
  const target = path.join(root, file);
  const stats = await lstat(file).catch(() => undefined); // a minimal Debian leaves documentation out
  if (stats === undefined || stats.isDirectory() || existsSync(target)) return;
  await mkdir(path.dirname(target), { recursive: true });
  if (stats.isSymbolicLink()) await symlink(await readlink(file), target);
  else await copyFile(file, target);
}

/**
 * The mounts are seen by this shell and its children only, and are gone with them. $1: root, $2: data, $3: output,
 * $4: file for a trace of system calls or nothing; the rest is for the program.
 */
const script = `
set -e
root=$1 data=$2 output=$3 trace=$4
shift 4
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount -o remount,bind,ro "$root/data"
mount --bind "$output" "$root/output"
mount -o remount,bind,ro "$root"
cd "$root"
chroot=$(command -v chroot)
set -- env -i "$chroot" --userspec=${user}:${user} --groups= "$root" /registry-scraper "$@"
if [ -n "$trace" ]; then
  set -- strace -f -qq -s 4096 -o "$trace" -e trace=network,file,desc,prctl "$@"
fi
exec "$@"
`;

/**
 * Runs the program in a jail: as a normal user, with an empty environment, on a root that can't be written, without any
 * network.
 */
export function runInJail(jail: Jail, args: readonly string[], trace = ''): Promise<Finished> {
  const shell = ['sh', '-c', script, 'sh', jail.root, jail.data, jail.output, trace, ...args];
  return run('unshare', ['--mount', '--net', ...shell]);
}
