import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { ScraperError } from '../errors.ts';
import { readFailure } from './failures.ts';
import type { OpenedArchive } from './open.ts';
import { partName } from './parts.ts';
import { readSums } from './sums-file.ts';

/** Bytes read at once. */
const CHUNK = 1024 * 1024;

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

/** Two buffers take turns: one is filled while the other is hashed. */
async function hashFile(
  path: string,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  try {
    await using file = await open(path);
    let [filling, hashing] = [Buffer.allocUnsafeSlow(CHUNK), Buffer.allocUnsafeSlow(CHUNK)];
    let { bytesRead } = await file.read(filling, 0, CHUNK);
    while (bytesRead > 0) {
      signal.throwIfAborted();
      [filling, hashing] = [hashing, filling];
      const next = file.read(filling, 0, CHUNK);
      hash.update(hashing.subarray(0, bytesRead));
      onBytes(bytesRead);
      ({ bytesRead } = await next);
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
