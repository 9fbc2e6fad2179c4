import { lstat, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { ScraperError } from '../errors.ts';
import { isWithin, rootAbove } from '../registry/containment.ts';
import { STORAGE_ROOT } from '../registry/layout.ts';
import type { DataDir } from '../registry/locate.ts';
import { ioFailure, orFailure } from '../storage/errno.ts';
import type { DirectoryDestination } from './destination.ts';

/**
 * Refuses an output that cannot be meant: a file, the data directory, a place inside or above it (also by way of symbolic
 * links and bind mounts), or a directory below a registry's root. The file systems are only read.
 * @param source undefined where the source is no directory
 * @throws ScraperError `OUTPUT_INVALID`
 */
export async function checkOutput(
  { path: output, given }: Pick<DirectoryDestination, 'path' | 'given'>,
  source: Pick<DataDir, 'root' | 'storage'> | undefined,
): Promise<void> {
  const refuse = (why: string, hint: string): never => {
    throw new ScraperError('OUTPUT_INVALID', `cannot write to "${given}": ${why}`, { path: output, hint });
  };
  const existing = await nearestExisting(output);
  if (!(await orFailure(stat(existing), existing, 'read')).isDirectory()) {
    const what = existing === output ? 'it' : `"${existing}"`;
    refuse(`${what} is not a directory`, 'name a directory, new or holding a registry already');
  }
  if (existing !== output && (await isLink(output))) {
    refuse('it is a symbolic link that leads nowhere', 'make the directory it leads to, or name another one');
  }

  const inside = await rootAbove(output);
  if (inside !== undefined) {
    const better = inside === '' ? `the directory that holds "${STORAGE_ROOT}"` : `"${inside}"`;
    refuse("it is a directory inside a registry's storage", `name the root directory instead: ${better}`);
  }

  const hint = 'name a directory beside the data directory';
  const target = await orFailure(realpath(existing), existing, 'read');
  // The storage may be elsewhere than below the root, by way of a link.
  for (const place of source ? [source.root, source.storage] : []) {
    const inData = await isWithin(target, place);
    const aboveData = existing === output && (await isWithin(place, target));
    if (inData && aboveData) refuse('it is the data directory', hint);
    if (inData) refuse(`it is inside the data directory "${source?.root ?? ''}"`, hint);
    if (aboveData) refuse(`the data directory "${source?.root ?? ''}" is inside it`, hint);
  }
}

/**
 * Refuses a file that would stand in a registry's storage, where a registry does not expect it.
 * @param file absolute; it need not be there, nor its directory
 * @throws ScraperError `OUTPUT_INVALID`
 */
export async function checkOutputFile(
  file: string,
  source: Pick<DataDir, 'storage'> | undefined,
): Promise<void> {
  const existing = await nearestExisting(path.dirname(file));
  const directory = await orFailure(realpath(existing), existing, 'read');
  const inside = (await rootAbove(directory)) !== undefined;
  if (!inside && !(source && (await isWithin(directory, source.storage)))) return;
  throw new ScraperError('OUTPUT_INVALID', `cannot write ${file}: it is inside a registry's storage`, {
    path: file,
    hint: 'choose a place beside the data directory',
  });
}

/** The path itself, or the first directory above it that is there. */
async function nearestExisting(start: string): Promise<string> {
  for (let place = start; ; place = path.dirname(place)) {
    try {
      await stat(place);
      return place;
    } catch (error) {
      if (place === path.dirname(place)) throw ioFailure(error, place, 'read');
    }
  }
}

async function isLink(place: string): Promise<boolean> {
  try {
    return (await lstat(place)).isSymbolicLink();
  } catch {
    return false;
  }
}
