import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { orFailure } from '../storage/errno.ts';
import { pathFor, STORAGE_ROOT } from './layout.ts';

/** Whether `inner` is `outer` or below it, told by file numbers and so across bind mounts and cases of letters. Both are real paths. @throws ScraperError */
export async function isWithin(inner: string, outer: string): Promise<boolean> {
  const infoOf = (place: string): Promise<BigIntStats> =>
    orFailure(stat(place, { bigint: true }), place, 'read');
  const wanted = await infoOf(outer);
  for (let place = inner; ; place = path.dirname(place)) {
    const found = await infoOf(place);
    if (found.dev === wanted.dev && found.ino === wanted.ino) return true;
    if (place === path.dirname(place)) return false;
  }
}

/**
 * The root directory of the registry that a place is inside of, by its name or by what it holds; '' where it is inside but
 * the names tell no root.
 */
export async function rootAbove(place: string): Promise<string | undefined> {
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
