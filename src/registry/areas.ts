import { isScraperError, ScraperError } from '../errors.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { pathFor } from './layout.ts';

/** Directories of a repository in which things are looked up. */
export type Area = 'tags' | 'revisions' | 'layers';

/** What leads to each of them, itself first. */
const ways = {
  tags: ['tags', 'manifests'],
  revisions: ['revisions', 'manifests'],
  layers: ['layers'],
} as const;

/**
 * Asked where a lookup found nothing: a file in place of the directory is no absence but damage, for which a registry answers
 * 500, and whatever stood in it is lost.
 * @returns a check that throws ScraperError `NOT_A_FILE`, and what the driver throws but `PATH_UNKNOWN`
 */
export function areaCheck(driver: StorageDriver): (repository: string, area: Area) => Promise<void> {
  // a directory that is one stays one: thousands of lookups may find nothing in it
  const sound = new Set<string>();
  return async (repository, area) => {
    const key = `${area} ${repository}`;
    if (sound.has(key)) return;
    for (const kind of ways[area]) {
      const path = pathFor({ kind, repository });
      try {
        if ((await driver.stat(path)).kind === 'file') throw fileInPlace(driver, path);
        sound.add(key);
        return;
      } catch (error) {
        if (!isScraperError(error, 'PATH_UNKNOWN')) throw error;
      }
    }
  };
}

export function fileInPlace(driver: StorageDriver, path: string): ScraperError {
  const place = driver.describe(path);
  return new ScraperError('NOT_A_FILE', `cannot look into ${place}: it is a file, a directory was expected`, {
    path: place,
    hint: 'the source registry cannot serve this repository either: put the directory back from a backup, or move the file away and push again',
  });
}
