import type { Stats } from 'node:fs';
import { lstat, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ScraperError } from '../errors.ts';
import { errnoOf } from '../storage/errno.ts';
import { parsePartName, sumsName } from './parts.ts';
import { writeFailure } from './write-failure.ts';

/** Where an archive is to stand: by itself or in parts, and a sums file with it. */
export interface Target {
  /** Path of the archive; of parts, without a number. */
  readonly path: string;
  /** Replace what stands there. */
  readonly force: boolean;
}

/** A complete file, and the path that it is to get. */
export interface Ready {
  readonly scratch: string;
  readonly path: string;
}

/**
 * Looks whether an archive can be written to `target`, before anything is done for it.
 * @throws ScraperError `OUTPUT_EXISTS` when it is there, also in parts, and `force` does not say to replace it; `OUTPUT_INVALID` for a
 *   directory or device that is in the way, or a directory that does not exist
 */
export async function checkTarget(target: Target): Promise<void> {
  const [found] = await existing(target.path);
  if (found !== undefined && !target.force) throw outputExists(found);
}

/**
 * Gives complete files their names, the sums file last: where that stands, everything it lists is there. Of an older archive of the
 * same name, nothing remains.
 * @param sync whether the names must outlast a power failure
 * @throws ScraperError `OUTPUT_EXISTS` when one has come there meanwhile and `force` does not say to replace it, `ACCESS_DENIED`,
 *   `IO_ERROR`; what was published until then is taken back where nothing was replaced
 */
export async function publish(
  target: Target,
  files: readonly Ready[],
  sums: Ready,
  sync: boolean,
): Promise<void> {
  const old = await existing(target.path);
  const [found] = old;
  if (found !== undefined && !target.force) throw outputExists(found);
  const done: string[] = [];
  try {
    await attempt(sums.path, () => rm(sums.path, { force: true }));
    for (const file of files) {
      await replace(file);
      done.push(file.path);
    }
    const stale = old.filter(path => path !== sums.path && !done.includes(path));
    for (const path of stale) await attempt(path, () => rm(path, { force: true }));
    // the power may fail between any two calls, and the names given first need not be the first on the disk
    if (sync) await syncDirectory(dirname(target.path));
    await replace(sums);
    done.push(sums.path);
    if (sync) await syncDirectory(dirname(target.path));
  } catch (error) {
    if (old.length === 0) for (const path of done) await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Gives a complete file its name, in place of what stood there. */
export async function replace({ scratch, path }: Ready): Promise<void> {
  await attempt(path, () => rename(scratch, path));
}

export async function syncDirectory(directory: string): Promise<void> {
  await attempt(directory, async () => {
    const handle = await open(directory);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Paths of all files that make up what stands at `path`: the archive, its parts, the sums file. */
async function existing(path: string): Promise<readonly string[]> {
  const name = basename(path);
  const names = await attempt(path, () => namesIn(path));
  const ours = names.filter(
    entry => entry === name || entry === sumsName(name) || parsePartName(entry)?.name === name,
  );
  const paths = ours.map(entry => join(dirname(path), entry));
  for (const place of paths) await isThere(place);
  return paths.sort();
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(dirname(path));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw error;
    const what = errno === 'ENOENT' ? 'does not exist' : 'is no directory';
    throw new ScraperError('OUTPUT_INVALID', `cannot write ${path}: ${dirname(path)} ${what}`, {
      path,
      hint: 'make the directory first, or choose another output',
    });
  }
}

/**
 * Whether a file stands at `path`. A symbolic link to one counts: it is replaced like a file, and what it leads to stays as it is.
 * @throws ScraperError `OUTPUT_INVALID` for anything else that stands there
 */
export async function isThere(path: string): Promise<boolean> {
  const info = await attempt(path, () => infoOf(path));
  if (info === undefined) return false;
  if (info.isFile() || info.isSymbolicLink()) return true;
  throw new ScraperError(
    'OUTPUT_INVALID',
    `cannot write ${path}: it is ${nounOf(info)}, a file was expected`,
    {
      path,
      hint: info.isDirectory()
        ? 'choose another name; for a registry in a directory, a name that does not end in .tar, .tar.gz or .tar.zst'
        : `to write into it, write to the standard output: -o - > ${path}`,
    },
  );
}

async function infoOf(path: string): Promise<Stats | undefined> {
  try {
    const itself = await lstat(path);
    return itself.isSymbolicLink() ? await stat(path).catch(() => itself) : itself;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function nounOf(info: Stats): string {
  if (info.isDirectory()) return 'a directory';
  if (info.isFIFO()) return 'a named pipe';
  return info.isSocket() ? 'a socket' : 'a device';
}

export function outputExists(path: string): ScraperError {
  return new ScraperError('OUTPUT_EXISTS', `${path} exists already`, {
    path,
    hint: 'choose another name, or replace it with --force',
  });
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw writeFailure(error, path);
  }
}
