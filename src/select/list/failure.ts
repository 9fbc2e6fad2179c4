import { ScraperError, type ErrorCode } from '../../errors.ts';
import { nameOf } from './place.ts';

interface Meaning {
  readonly code: ErrorCode;
  /** Completes `cannot read the list FILE: …`. */
  readonly why: string;
  readonly hint?: string;
}

const look = 'look at the file name after --from';
const wrong = (why: string, hint = look): Meaning => ({ code: 'LIST_INVALID', why, hint });
const denied: Meaning = {
  code: 'ACCESS_DENIED',
  why: 'permission denied',
  hint: 'run as a user who may read it, or pipe it in: sudo cat FILE | registry-scraper --from -',
};

/** A list that is not there is a mistake in the call, not something the registry lacks. */
const meanings: ReadonlyMap<string, Meaning> = new Map([
  ['ENOENT', wrong('it does not exist')],
  ['ENOTDIR', wrong('a part of its path is a file, a directory was expected')],
  ['ENAMETOOLONG', wrong('its name is longer than a name can be')],
  ['ELOOP', wrong('symbolic links lead in a circle')],
  ['EISDIR', wrong('it is a directory, a file was expected', 'give each file in it by a --from of its own')],
  ['ENXIO', wrong('it is a socket or a device, a file was expected')],
  ['EACCES', denied],
  ['EPERM', denied],
]);

/** What a failure to read a list means. What is a {@link ScraperError} already is returned as it is. */
export function listFailure(error: unknown, file: string): ScraperError {
  if (error instanceof ScraperError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const errno = error instanceof Error && 'code' in error ? String(error.code) : '';
  const { code, why, hint } = meanings.get(errno) ?? {
    code: 'IO_ERROR' as const,
    why: text,
    hint: undefined,
  };
  return new ScraperError(code, `cannot read the list ${nameOf(file)}: ${why}`, {
    ...(file !== '-' && { path: file }),
    ...(hint !== undefined && { hint }),
    cause: error,
  });
}
