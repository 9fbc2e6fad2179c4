import type { Stats } from 'node:fs';
import { sep } from 'node:path';
import { ScraperError } from '../errors.ts';
import type { FileCalls } from './calls.ts';
import { localPlace } from './path.ts';

/** What stands at a path below a root, once every symbolic link on the way was followed and found to stay inside. */
export interface Place {
  /** Its real place: absolute, without symbolic links. */
  readonly place: string;
  /** Never that of a symbolic link. */
  readonly info: Stats;
}

export interface PlaceFinder {
  /**
   * @param path relative to the root, with `/`, known to be free of `.` and `..`
   * @param described the path as an operator would name it, for messages
   * @throws ScraperError `OUTSIDE_ROOT`; besides whatever the system says
   */
  find(path: string, described: string): Promise<Place>;
  /** The real place of a directory; fails as `find` does. What is found to be no directory is ENOTDIR to the next call. */
  directory(path: string, described: string): Promise<string>;
}

/** Directories remembered. The ones that lead to everything else are asked for all the time; of the rest there is no end. */
const MOST_REMEMBERED = 4096;

export interface PlaceOptions {
  /** Directories remembered at most. */
  readonly mostRemembered?: number;
  /** Whether symbolic links below the root are followed; else each of them is ENOTDIR. */
  readonly follows?: boolean;
}

/**
 * Walks from the root down, one component at a time, so that only what really is a symbolic link has to be resolved. A
 * directory that was found sound is remembered: a link file costs two calls to find instead of ten. One that is swapped
 * for a symbolic link later, while this runs, may then be followed for a while; the last component is always looked at.
 */
export function placeFinder(
  root: string,
  calls: FileCalls,
  { mostRemembered = MOST_REMEMBERED, follows = true }: PlaceOptions = {},
): PlaceFinder {
  const remembered = new Map<string, string>();

  async function realRoot(): Promise<string> {
    return remembered.get('') ?? remember('', await calls.realpath(root));
  }

  function remember(path: string, place: string): string {
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(path, place);
    return place;
  }

  async function find(path: string, described: string): Promise<Place> {
    if (path === '') {
      const place = await realRoot();
      return { place, info: await calls.lstat(place) };
    }
    const slash = path.lastIndexOf('/');
    return step(
      await directory(path.slice(0, Math.max(slash, 0)), described),
      path.slice(slash + 1),
      described,
    );
  }

  /** One component further down. */
  async function step(parent: string, name: string, described: string): Promise<Place> {
    const place = localPlace(parent, name);
    const info = await calls.lstat(place);
    if (!info.isSymbolicLink()) return { place, info };
    if (!follows) throw Object.assign(new Error(`${place} is a symbolic link`), { code: 'ENOTDIR' });
    return follow(place, described);
  }

  async function follow(link: string, described: string): Promise<Place> {
    const place = await calls.realpath(link);
    const inside = await realRoot();
    if (place !== inside && !place.startsWith(inside.endsWith(sep) ? inside : inside + sep)) {
      throw leavesRoot(link, place, described);
    }
    return { place, info: await calls.lstat(place) };
  }

  async function directory(path: string, described: string): Promise<string> {
    let end = path.length;
    while (end > 0 && !remembered.has(path.slice(0, end))) end = Math.max(path.lastIndexOf('/', end - 1), 0);
    let place = end === 0 ? await realRoot() : (remembered.get(path.slice(0, end)) ?? '');
    while (end < path.length) {
      const start = end === 0 ? 0 : end + 1;
      const slash = path.indexOf('/', start);
      end = slash === -1 ? path.length : slash;
      const found = await step(place, path.slice(start, end), described);
      place = found.place;
      if (found.info.isDirectory()) remember(path.slice(0, end), place);
    }
    return place;
  }

  return { find, directory };
}

function leavesRoot(link: string, target: string, path: string): ScraperError {
  const what = link === path ? 'this symbolic link' : `the symbolic link ${link}`;
  return new ScraperError(
    'OUTSIDE_ROOT',
    `refused to read ${path}: ${what} leads out of the registry's storage, to ${target}`,
    {
      path,
      hint: 'put the thing itself in place of the link (a bind mount will do), or push the image again',
    },
  );
}
