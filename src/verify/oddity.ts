import { isScraperError, type ScraperError } from '../errors.ts';
import type { Entry } from '../storage/driver.ts';
import { errnoOf } from '../storage/errno.ts';
import type { FindingKind } from './kinds.ts';

export interface Oddity {
  readonly kind: FindingKind;
  readonly message: string;
}

/**
 * What a failure to read something that a listing named says of it.
 * @param kind what the listing called it
 * @param what it was expected to be, with its article
 * @returns `gone` when it simply is not there any more; undefined for a failure of the surroundings
 */
export function oddity(error: unknown, kind: Entry['kind'], what: string): Oddity | 'gone' | undefined {
  if (isScraperError(error, 'OUTSIDE_ROOT')) return { kind: 'SYMLINK_OUTSIDE', message: error.message };
  if (isScraperError(error, 'NOT_A_FILE'))
    return { kind: 'NOT_A_FILE', message: `${what} was expected: ${error.message}` };
  if (!isScraperError(error, 'PATH_UNKNOWN')) return undefined;
  if (kind !== 'other') return 'gone';
  return {
    kind: 'SYMLINK_BROKEN',
    message: `${what} was expected, found a symbolic link that leads ${isCircle(error) ? 'in a circle' : 'nowhere'}`,
  };
}

/** Of a symbolic link that leads nowhere a registry thinks that there is nothing; one in a circle makes it fail. */
export function isCircle(error: ScraperError): boolean {
  return errnoOf(error.details.cause) === 'ELOOP';
}
