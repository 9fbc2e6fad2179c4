import { hash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errnoOf, ioFailure } from '../storage/errno.ts';

/**
 * A scratch directory beside the registry's tree, in the output's own file system, so that a rename out of it is atomic.
 * Its name says who made it: runs that died leave theirs behind, and the next run must tell those from one that is at work.
 *
 *     .registry-scraper-<host and process namespace>-<process>-<start of the process>-<random>
 */
export const SCRATCH_PREFIX = '.registry-scraper-';

/** An operator's own directory must not pass for one, whatever it is called. */
const scratchName = /^\.registry-scraper-[0-9a-f]{12}-[0-9]+-(?:[0-9]+|running|gone)-[0-9a-f]{8}$/;

/** A run on another host or in another container cannot be asked whether it lives; untouched for this long, it does not. */
const FOREIGN_DEAD_MS = 24 * 60 * 60 * 1000;

/** Whether something in a registry's root directory is called as a scratch directory is. */
export function isScratchName(name: string): boolean {
  return scratchName.test(name);
}

/** Makes a scratch directory below `root`, which must exist. */
export async function makeScratch(root: string): Promise<string> {
  const owner = [
    await realm(),
    String(process.pid),
    await startOf(process.pid),
    randomBytes(4).toString('hex'),
  ];
  const directory = join(root, SCRATCH_PREFIX + owner.join('-'));
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    throw ioFailure(error, root, 'write');
  }
  return directory;
}

/**
 * Removes scratch directories of runs that died. What cannot be removed is left: it harms nobody.
 * @param now milliseconds since the epoch
 */
export async function removeAbandoned(root: string, now: number): Promise<void> {
  for (const name of await readdir(root)) {
    if (!scratchName.test(name)) continue;
    const directory = join(root, name);
    if (await isAbandoned(name, directory, now))
      await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isAbandoned(name: string, directory: string, now: number): Promise<boolean> {
  const [owner, pid, start] = name.slice(SCRATCH_PREFIX.length).split('-');
  if (owner === (await realm())) return (await startOf(Number(pid))) !== start;
  const info = await stat(directory).catch(() => undefined);
  return info !== undefined && now - info.mtimeMs > FOREIGN_DEAD_MS;
}

/** Host and process namespace: only within one does a process number mean the same. */
async function realm(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return hash('sha256', `${hostname()} ${namespace}`).slice(0, 12);
}

/** When a process started, in the system's own unit; `gone` when there is none, `running` where the system does not tell. */
async function startOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => undefined);
  // the second field is the program's name in parentheses and may hold anything; the start is the 20th after it
  const start = status?.slice(status.lastIndexOf(')') + 2).split(' ')[19];
  if (start !== undefined) return start;
  try {
    process.kill(pid, 0);
    return 'running';
  } catch (error) {
    return errnoOf(error) === 'EPERM' ? 'running' : 'gone';
  }
}
