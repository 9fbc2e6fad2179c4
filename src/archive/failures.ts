import { basename } from 'node:path';
import { ScraperError } from '../errors.ts';
import { ioFailure } from '../storage/errno.ts';
import { foreignKind, otherHint } from './magic.ts';
import { BLOCK } from './tar.ts';

/** Where in an archive a reader stands, for messages. */
export interface Place {
  /** As the operator named it. */
  readonly archive: string;
  /** Counted from 1; 0 before the first. */
  readonly entry: number;
  /** The entry's path, once it is known. */
  readonly path?: string | undefined;
  /** The part that holds the place, where there are parts. */
  readonly part?: string | undefined;
  /** Path of the file with the checksums; undefined for a stream. */
  readonly sums?: string | undefined;
}

/** What is wrong with bytes, found by something that does not know which entry they belong to. */
export class DataFault extends Error {
  readonly kind: 'cut' | 'damaged';
  readonly hint: string | undefined;

  /** @param problem completes `the archive …` */
  constructor(kind: 'cut' | 'damaged', problem: string, hint?: string) {
    super(problem);
    this.kind = kind;
    this.hint = hint;
  }
}

/**
 * An archive that must not be unpacked.
 * @param problem completes `entry 3 (a/b) …`
 */
export function refused(place: Place, problem: string, hint: string = made): ScraperError {
  return new ScraperError('ARCHIVE_INVALID', `cannot read ${place.archive}: ${entryOf(place)} ${problem}`, {
    path: place.part ?? place.archive,
    hint,
  });
}

const made =
  'nothing of it was trusted; make the archive again with --output, or with a plain tar of a registry directory';

/** The same for bytes that were probably changed on the way. */
export function damaged(place: Place, problem: string, hint = again(place)): ScraperError {
  return refused(place, problem, hint);
}

/** @param what says what is missing, up to `entry 3 (a/b)`: `it ends within` */
export function truncated(place: Place, what: string): ScraperError {
  const last = place.part === undefined ? '' : `; the last part that is there is ${place.part}`;
  const where = entryOf({ ...place, part: undefined });
  return new ScraperError('ARCHIVE_TRUNCATED', `cannot read ${place.archive}: ${what} ${where}${last}`, {
    path: place.part ?? place.archive,
    hint: again(place),
  });
}

/** @param trailer bytes seen behind the end */
export function trailing(place: Place, trailer: number): ScraperError {
  return damaged(
    place,
    `is the last, but other bytes than a few zeros follow within ${trailer} bytes of the end`,
  );
}

/**
 * What to say of the first bytes when they are no tar's.
 * @param head the first block, or what there is of it
 */
export function notATar(place: Place, head: Buffer): ScraperError | undefined {
  const foreign = foreignKind(head);
  const found =
    foreign === undefined
      ? 'it does not begin with a tar header'
      : `it is ${foreign.noun}, a tar was expected`;
  if (foreign === undefined && (head.length < BLOCK || head.toString('latin1', 257, 262) === 'ustar'))
    return undefined;
  return new ScraperError('ARCHIVE_INVALID', `cannot read ${place.archive}: ${found}`, {
    path: place.part ?? place.archive,
    hint: foreign?.hint ?? otherHint,
  });
}

function again({ sums, part }: Place): string {
  if (sums === undefined) return 'it did not arrive whole: send it again';
  const check = `sha256sum -c ${basename(sums)}, in its directory,`;
  return part === undefined
    ? `it did not arrive whole: fetch it again; ${check} tells whether it is what was sent`
    : `it did not arrive whole: ${check} tells which part to fetch again`;
}

/** `entry 3 (a/b)`, with its part. The path comes from the archive: quoted where it could mislead, and never endless. */
export function entryOf({ entry, path, part }: Place): string {
  const of = path === undefined ? '' : ` (${shown(path)})`;
  return `${entry === 0 ? 'its beginning' : `entry ${entry}${of}`}${part === undefined ? '' : `, in ${part},`}`;
}

function shown(path: string): string {
  const short = path.length > 300 ? `${path.slice(0, 300)}…` : path;
  return /^[\x21-\x7e]+$/.test(short) ? short : JSON.stringify(short).replace(/\p{C}/gu, '\ufffd');
}

/** What a failed system call on an archive's file means. */
export function readFailure(error: unknown, path: string): ScraperError {
  const failure = ioFailure(error, path, 'read');
  if (failure.code !== 'ACCESS_DENIED') return failure;
  return new ScraperError(failure.code, failure.message, {
    ...failure.details,
    hint: 'run as a user who may read it',
  });
}
