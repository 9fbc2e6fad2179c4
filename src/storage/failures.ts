import { ScraperError } from '../errors.ts';

/** The failures that every driver words the same way. `path` is the place as an operator would name it. */

export function pathUnknown(path: string, cause?: unknown): ScraperError {
  return new ScraperError('PATH_UNKNOWN', `cannot read ${path}: it does not exist`, {
    path,
    ...(cause !== undefined && { cause }),
  });
}

/** There is no such directory, though something stands at its place. */
export function notADirectory(path: string, cause?: unknown): ScraperError {
  return new ScraperError('PATH_UNKNOWN', `cannot list ${path}: it is a file, a directory was expected`, {
    path,
    ...(cause !== undefined && { cause }),
  });
}

/** @param found what stands there, with its article: `a directory` */
export function notAFile(path: string, found: string): ScraperError {
  return new ScraperError('NOT_A_FILE', `cannot read ${path}: it is ${found}, a file was expected`, {
    path,
    hint: 'a registry writes plain files only: look at what put it there, or push the image again',
  });
}

/** @param limit most bytes that such a file may have; @param size bytes it has, when known */
export function tooLong(path: string, limit: number, size?: number): ScraperError {
  const found = size === undefined ? 'is longer' : `has ${String(size)} bytes`;
  return new ScraperError('SIZE_INVALID', `${path} ${found}, at most ${String(limit)} bytes were expected`, {
    path,
  });
}
