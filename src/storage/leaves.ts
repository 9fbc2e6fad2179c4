import type { Stats } from 'node:fs';
import type { FileCalls } from './calls.ts';
import type { Leaf } from './driver.ts';
import { errnoOf, ioFailure } from './errno.ts';
import { localPlace } from './path.ts';

/** Questions under way at once where storage is slow; with more of them nothing else gets its turn where it is fast. */
const AT_ONCE = 8;

/**
 * What `StorageDriver.leaves` answers, with one question to the system for each directory: a listing has told already that
 * it is one and no symbolic link.
 * @param place the directory, with every symbolic link resolved
 */
export async function leavesBelow(calls: FileCalls, place: string, leaf: string): Promise<readonly Leaf[]> {
  const entries = await calls.readdir(place);
  const above = localPlace(place, '');
  const below = localPlace('', leaf);
  const found: Leaf[] = [];
  let next = 0;
  const look = async (): Promise<void> => {
    for (let entry = entries[next]; entry; entry = entries[next]) {
      next += 1;
      if (entry.isSymbolicLink()) found.push({ name: entry.name, size: undefined });
      if (!entry.isDirectory()) continue;
      const answer = leafAt(calls, entry.name, above + entry.name + below);
      const known = answer instanceof Promise ? await answer : answer;
      if (known) found.push(known);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  return found;
}

/**
 * Without a promise where the system answers without one, and without making anything that is not needed: there may be a
 * million of them.
 */
function leafAt(calls: FileCalls, name: string, place: string): Leaf | undefined | Promise<Leaf | undefined> {
  try {
    const answer = calls.lstat(place);
    return answer instanceof Promise ? awaited(answer, name, place) : leafOf(name, answer);
  } catch (error) {
    refuseUnlessAbsent(error, place);
    return undefined;
  }
}

async function awaited(answer: Promise<Stats>, name: string, place: string): Promise<Leaf | undefined> {
  try {
    return leafOf(name, await answer);
  } catch (error) {
    refuseUnlessAbsent(error, place);
    return undefined;
  }
}

function leafOf(name: string, info: Stats): Leaf {
  return { name, size: info.isFile() ? info.size : undefined };
}

/** A directory may lack it, or be gone by now. */
function refuseUnlessAbsent(error: unknown, place: string): void {
  const errno = errnoOf(error);
  if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw ioFailure(error, place, 'read');
}
