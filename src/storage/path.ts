import { sep } from 'node:path';
import { ScraperError } from '../errors.ts';

/**
 * Checks a path that a driver is asked for: relative, components separated by single `/`, no `.`, `..` or NUL. The empty
 * path is the root directory itself. Names of links and tags come from the storage, so they are not to be trusted.
 *
 * @param describe names the path as an operator would
 * @param separator the separator of the local system, where paths are local; on Windows a backslash or a colon (drive,
 *   alternate stream) in a component would lead elsewhere
 * @throws ScraperError `OUTSIDE_ROOT`
 */
export function checkPath(path: string, describe: (path: string) => string, separator = '/'): void {
  if (isSafePath(path) && !(separator === '\\' && /[\\:]/.test(path))) return;
  throw new ScraperError(
    'OUTSIDE_ROOT',
    `path ${JSON.stringify(path)} is refused: expected a relative path whose components are neither empty nor "." nor ".."`,
    { path: describe(path), hint: 'nothing was read; look for a damaged name in the storage' },
  );
}

/** By hand instead of by pattern: this runs for every file that a plan touches. */
function isSafePath(path: string): boolean {
  if (path === '') return true;
  if (path.includes('\0')) return false;
  let start = 0;
  while (start <= path.length) {
    const slash = path.indexOf('/', start);
    const end = slash === -1 ? path.length : slash;
    if (end === start) return false;
    if (path[start] === '.' && (end === start + 1 || (end === start + 2 && path[start + 1] === '.')))
      return false;
    start = end + 1;
  }
  return true;
}

/**
 * Where a checked path is below a local directory. It is free of `.` and `..`, so nothing needs to be normalised, which
 * for some hundred thousand paths takes as long as looking at the files.
 */
export function localPlace(root: string, path: string): string {
  const below = sep === '/' ? path : path.replaceAll('/', sep);
  return root.endsWith(sep) ? root + below : root + sep + below;
}
