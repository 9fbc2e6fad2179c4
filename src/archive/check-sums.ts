import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { ScraperError } from '../errors.ts';
import { readFailure } from './failures.ts';
import type { OpenedArchive } from './open.ts';
import { partName } from './parts.ts';
import { readSums } from './sums-file.ts';

/** A file that is not what the sums file says. */
export interface BadFile {
  /** As the operator would name it. */
  readonly path: string;
  /** Of a part, counted from 1. */
  readonly number?: number;
  /** SHA-256 in hex; undefined when the sums file does not list it. */
  readonly expected: string | undefined;
  readonly found: string;
}

export interface SumsCheck {
  /** The sums file. */
  readonly place: string;
  readonly bad: readonly BadFile[];
}

/**
 * Hashes each file of an archive and compares it with the sums file beside it.
 * @param onBytes called with the number of bytes hashed since the last call
 * @returns undefined when there is no sums file, or the archive is a stream
 * @throws ScraperError `PART_INVALID` when the sums file is none, `ACCESS_DENIED`, `IO_ERROR`, and the signal's reason
 */
export async function checkSums(
  archive: Pick<OpenedArchive, 'base' | 'sums' | 'files' | 'partAt'>,
  signal: AbortSignal,
  onBytes: (count: number) => void = () => undefined,
): Promise<SumsCheck | undefined> {
  const { base, files, partAt } = archive;
  const sums = archive.sums === undefined ? undefined : await readSums(archive.sums);
  if (base === undefined || sums === undefined) return undefined;
  const listed = new Map(sums.lines.map(({ name, sha256 }) => [name, sha256]));
  const bad: BadFile[] = [];
  for (const [index, { path, place }] of files.entries()) {
    const number = index + 1;
    const expected = listed.get(basename(partAt === undefined ? base : partName(base, number)));
    const found = await hashFile(path, signal, onBytes);
    if (found !== expected) bad.push({ path: place, ...(partAt && { number }), expected, found });
  }
  return { place: sums.place, bad };
}

async function hashFile(
  path: string,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      signal.throwIfAborted();
      hash.update(chunk as Buffer);
      onBytes((chunk as Buffer).length);
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : readFailure(error, path);
  }
  return hash.digest('hex');
}

/** What a check says as a failure, naming every file that is bad; undefined when none is. */
export function sumsFailure({ place, bad }: SumsCheck): ScraperError | undefined {
  const [first] = bad;
  if (first === undefined) return undefined;
  const files = bad.map(({ path, expected, found }) =>
    expected === undefined ? `${path} is not listed` : `${path} has SHA-256 ${found}, expected ${expected}`,
  );
  return new ScraperError('PART_INVALID', `not what ${place} says: ${files.join('; ')}`, {
    path: first.path,
    hint: 'fetch each of them again; a lost part can be made again with --only-part NUMBER',
  });
}
