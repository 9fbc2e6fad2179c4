import { stat } from 'node:fs/promises';
import { openDataDir } from '../registry/locate.ts';
import type { OpenedRegistry, OpenRegistryOptions } from './opened-registry.ts';

/**
 * Opens a registry's data directory, or an archive or its parts as if it were unpacked.
 * @throws ScraperError as `openDataDir`, `openArchive` and `checkedArchive` do
 */
export async function openRegistry(path: string, options: OpenRegistryOptions): Promise<OpenedRegistry> {
  if (!(await isArchive(path))) {
    const place = await openDataDir(path, options.option);
    const { driver } = place;
    return { name: path, driver, own: driver, place, close: () => Promise.resolve() };
  }
  // what an archive takes is much to load for those who have none
  const { openArchivedRegistry } = await import('./open-archived-registry.ts');
  return openArchivedRegistry(path, options);
}

/** A file, or something that is not there: parts are named by what they are parts of. */
export async function isArchive(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory();
  } catch {
    return /\.(?:tar(?:\.gz|\.zst)?|tgz|tzst)(?:\.\d{3,6})?$/i.test(path);
  }
}
