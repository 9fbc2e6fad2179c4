/** Judges from system calls alone what a power failure could cost. */
import path from 'node:path';
import type { SystemCall } from './system-calls.ts';

/** The system calls that {@link durabilityOf} has to see. */
export const durabilityCalls = [
  ...['openat', 'write', 'pwrite64', 'writev', 'pwritev', 'ftruncate', 'fsync', 'fdatasync'],
  ...['mkdir', 'rename', 'link', 'unlink', 'rmdir'],
];

export interface Durability {
  /** What was given its name before its bytes were on the disk, or before what it leads to was. */
  readonly problems: readonly string[];
  /** Files and names that a power failure right after the end could still take away. */
  readonly unsettled: readonly string[];
  /** How often something was waited for. */
  readonly syncs: number;
}

/**
 * Follows files and names until they are on the disk: the bytes of a file by its own fsync(2), a name by that of its directory.
 * @param root what is outside of it does not count, nor what is in a scratch directory
 * @param last whether a path is one that must not show up before everything else under its name is on the disk
 */
export function durabilityOf(
  calls: readonly SystemCall[],
  root: string,
  last: (place: string) => boolean,
): Durability {
  const dirty = new Set<string>();
  const names = new Set<string>();
  const problems: string[] = [];
  let syncs = 0;
  const counts = (place: string): boolean =>
    place.startsWith(`${root}/`) && !place.includes('/.registry-scraper-');

  for (const { name, args, paths, errno } of calls) {
    const [first = '', second = ''] = paths;
    if (errno !== undefined) continue;
    if (name === 'fsync' || name === 'fdatasync') {
      syncs += 1;
      dirty.delete(first);
      for (const place of names) if (path.dirname(place) === first) names.delete(place);
    } else if (name === 'rename' || name === 'link') {
      if (dirty.has(first)) problems.push(`${second} got its name before its bytes were on the disk`);
      dirty.delete(first);
      names.delete(first);
      if (!counts(second)) continue;
      const early = last(second) ? [...names].filter(place => !last(place)) : [];
      for (const place of early)
        problems.push(`${second} got its name before that of ${place} was on the disk`);
      names.add(second);
    } else if (name === 'unlink' || name === 'rmdir') {
      dirty.delete(first);
      names.delete(first);
    } else if (name === 'mkdir') {
      if (counts(first)) names.add(first);
    } else if (first.startsWith(`${root}/`) && (name !== 'openat' || args.includes('O_CREAT'))) {
      dirty.add(first);
      if (name === 'openat' && counts(first)) names.add(first);
    }
  }
  return { problems, unsettled: [...dirty, ...names], syncs };
}
