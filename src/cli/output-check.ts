import { lstat, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { ScraperError } from '../errors.ts';
import { pathFor, STORAGE_ROOT } from '../registry/layout.ts';
import type { DataDir } from '../registry/locate.ts';
import type { Destination } from './destination.ts';

/**
 * Refuses an output that cannot be meant: a file, the data directory, a place inside or above it (also by way of symbolic
 * links and bind mounts), or a directory below a registry's root. The file systems are only read.
 * @throws ScraperError `OUTPUT_INVALID`
 */
export async function checkOutput(
  { path: output, given }: Destination,
  { root, storage }: Pick<DataDir, 'root' | 'storage'>,
): Promise<void> {
  const refuse = (why: string, hint: string): never => {
    throw new ScraperError('OUTPUT_INVALID', `cannot write to "${given}": ${why}`, { path: output, hint });
  };
  const existing = await nearestExisting(output);
  if (!(await stat(existing)).isDirectory()) {
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
  const target = await realpath(existing);
  // The storage may be elsewhere than below the root, by way of a link.
  for (const source of [root, storage]) {
    const inData = await isWithin(target, source);
    const aboveData = existing === output && (await isWithin(source, target));
    if (inData && aboveData) refuse('it is the data directory', hint);
    if (inData) refuse(`it is inside the data directory "${root}"`, hint);
    if (aboveData) refuse(`the data directory "${root}" is inside it`, hint);
  }
}

/** The path itself, or the first directory above it that is there. */
async function nearestExisting(start: string): Promise<string> {
  for (let place = start; ; place = path.dirname(place)) {
    try {
      await stat(place);
      return place;
    } catch (error) {
      if (place === path.dirname(place)) throw error;
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

/** Whether `inner` is `outer` or below it, told by file numbers and so across bind mounts and cases of letters. Both are real paths. */
async function isWithin(inner: string, outer: string): Promise<boolean> {
  const wanted = await stat(outer, { bigint: true });
  for (let place = inner; ; place = path.dirname(place)) {
    const found = await stat(place, { bigint: true });
    if (found.dev === wanted.dev && found.ino === wanted.ino) return true;
    if (place === path.dirname(place)) return false;
  }
}

/**
 * The root directory of the registry that a place is inside of, by its name or by what it holds; '' where it is inside but
 * the names tell no root.
 */
async function rootAbove(place: string): Promise<string | undefined> {
  const slashed = place.split(path.sep).join('/');
  const at = `${slashed}/`.indexOf(`/${STORAGE_ROOT}/`);
  if (at !== -1) return place.slice(0, Math.max(at, 1));
  const steps = STORAGE_ROOT.split('/');
  for (let taken = steps.length; taken > 0; taken -= 1) {
    // With so many of the steps behind it, the storage is as many steps ahead as are left.
    const storage = path.join(place, ...steps.slice(taken));
    if (!(await holdsStorage(storage))) continue;
    const above = `/${steps.slice(0, taken).join('/')}`;
    return slashed.endsWith(above) ? place.slice(0, Math.max(place.length - above.length, 1)) : '';
  }
  return undefined;
}

async function holdsStorage(place: string): Promise<boolean> {
  const names = (['blobs', 'repositories'] as const).map(kind => path.posix.basename(pathFor({ kind })));
  const found = await Promise.all(names.map(name => isDirectory(path.join(place, name))));
  return found.every(Boolean);
}

async function isDirectory(place: string): Promise<boolean> {
  try {
    return (await stat(place)).isDirectory();
  } catch {
    return false;
  }
}
