import { stat } from 'node:fs/promises';
import { ScraperError } from '../errors.ts';
import { openDataDir, type DataDir } from '../registry/locate.ts';
import { ioFailure } from '../storage/errno.ts';

/**
 * What stands where an argument leads to.
 * @throws ScraperError `PATH_UNKNOWN`, `ACCESS_DENIED`, `IO_ERROR`
 */
export async function kindOfPlace(path: string): Promise<'directory' | 'file'> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    const failure = ioFailure(error, path, 'read');
    if (failure.code !== 'PATH_UNKNOWN') throw failure;
    throw new ScraperError('PATH_UNKNOWN', `there is no file or directory ${path}`, { path, cause: error });
  }
}

/**
 * A registry's storage that an argument, not an option, names.
 * @throws ScraperError as {@link openDataDir} does
 */
export function openNamedDirectory(path: string): Promise<DataDir> {
  return openDataDir(path, '');
}
