import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from '../lib/command.ts';
import { explain, type Log } from '../lib/log.ts';
import { cacheFolder } from '../lib/project.ts';
import { withScratchFolder } from '../lib/scratch.ts';

/** Packages that would set up a service on the machine; only their files are wanted. */
const unpackOnly = new Set(['docker-registry']);

/** Whether packages can be installed without asking: a Debian or a child of it, as root. */
export function canInstall(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return false;
  return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** Installs packages with all their maintainers' questions answered by default, and starts no service. Never rejects. */
export async function install(packages: readonly string[], log: Log): Promise<void> {
  await attempt('apt-get update', () => apt('update'), log);
  const installed = packages.filter(name => !unpackOnly.has(name));
  const unpacked = packages.filter(name => unpackOnly.has(name));
  if (installed.length > 0) {
    log(`installing ${installed.join(' ')}`);
    // One that this release does not have makes apt refuse them all; then each is tried alone.
    const all = await installNow(installed).then(
      () => true,
      () => false,
    );
    if (!all)
      for (const name of installed) await attempt(`installing ${name}`, () => installNow([name]), log);
  }
  for (const name of unpacked) {
    log(`unpacking ${name}`);
    await attempt(`unpacking ${name}`, () => unpack(name), log);
  }
}

async function attempt(name: string, work: () => Promise<unknown>, log: Log): Promise<void> {
  try {
    await work();
  } catch (error) {
    log(`!! ${name} FAILED: ${explain(error)}`);
  }
}

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  DEBIAN_FRONTEND: 'noninteractive',
  LC_ALL: 'C',
});
const quiet = ['-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'];

function apt(...args: readonly string[]): Promise<unknown> {
  return mustRun('apt-get', [...quiet, ...args], { env: environment() });
}

/**
 * Maintainer scripts ask policy-rc.d before they start a service. The shell takes it away again even when this process is
 * interrupted.
 */
const withoutServices = `
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
"$@"
`;

function installNow(packages: readonly string[]): Promise<unknown> {
  const command = ['apt-get', ...quiet, '-y', '--no-install-recommends', 'install', ...packages];
  return mustRun('sh', ['-c', withoutServices, 'sh', ...command], { env: environment() });
}

/** Puts a package's files below the cache folder, from where scripts/run.cjs finds its commands. */
async function unpack(name: string): Promise<void> {
  await withScratchFolder(cacheFolder, 'download-', async scratch => {
    // Root owns the folder, so apt can't drop its privileges for the download.
    const unprivileged = ['-o', 'APT::Sandbox::User=root'];
    await mustRun('apt-get', [...quiet, ...unprivileged, 'download', name], {
      cwd: scratch,
      env: environment(),
    });
    for (const file of await readdir(scratch)) {
      await mustRun('dpkg', ['-x', join(scratch, file), join(cacheFolder, 'debian')]);
    }
  });
}
