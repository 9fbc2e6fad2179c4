import { performance } from 'node:perf_hooks';
import { ScraperError } from '../errors.ts';
import type { LocalRange } from '../storage/driver.ts';
import { readFailure } from './failures.ts';
import { openFiles } from './open-files.ts';
import { pacedRead } from './paced-read.ts';

/** A file that an archive is stored in, whole or in part. */
export interface StoredFile {
  /** With every symbolic link resolved. */
  readonly path: string;
  /** As the operator would name it. */
  readonly place: string;
  /** Bytes. */
  readonly size: number;
}

/** One file, or the parts of one, as one run of bytes. Reading throws ScraperError `PART_MISSING`, `ACCESS_DENIED`, `IO_ERROR`. */
export interface StoredBytes {
  readonly size: number;
  /** Fills `into` from `position` on; says how much there was, less than asked for only at the end. */
  read(position: number, into: Uint8Array): Promise<number>;
  /** A stretch in chunks that are the caller's; shorter only at the end. */
  range(position: number, size: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Where a stretch is; undefined when it is in several files. */
  localRange(position: number, size: number): LocalRange | undefined;
  /** The file, counted from 1 and as the operator would name it, that holds a byte; the last for what is behind the end. */
  fileAt(position: number): { readonly number: number; readonly path: string } | undefined;
  /** Lets go of the files that nobody reads at the moment. */
  close(): void;
}

/** Bytes that a range yields at once. */
const CHUNK = 256 * 1024;

interface Piece extends StoredFile {
  /** Position of its first byte in the whole. */
  readonly start: number;
}

/** @param now monotonic clock, milliseconds */
export function storedBytes(
  files: readonly StoredFile[],
  now: () => number = () => performance.now(),
): StoredBytes {
  const pieces: Piece[] = [];
  let total = 0;
  for (const file of files) {
    pieces.push({ ...file, start: total });
    total += file.size;
  }
  const handles = openFiles();
  const readAt = pacedRead(now);

  /** Index of the piece that holds a byte: the last one that does not begin behind it. */
  function indexOf(position: number): number {
    let [low, high] = [0, pieces.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((pieces[middle]?.start ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  async function readPiece(
    { path, place, start, size }: Piece,
    position: number,
    into: Uint8Array,
  ): Promise<number> {
    const wanted = into.subarray(0, Math.max(0, start + size - position));
    try {
      return await handles.use(path, file => readAt(file, wanted, position - start));
    } catch (error) {
      const failure = readFailure(error, place);
      if (failure.code !== 'PATH_UNKNOWN') throw failure;
      throw new ScraperError('PART_MISSING', `${failure.message} any more`, failure.details);
    }
  }

  async function read(position: number, into: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < into.length && position + filled < total) {
      const piece = pieces[indexOf(position + filled)];
      if (piece === undefined) break;
      const count = await readPiece(piece, position + filled, into.subarray(filled));
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  async function* range(position: number, size: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    for (let [at, left] = [position, size]; left > 0;) {
      signal?.throwIfAborted();
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, left));
      const count = await read(at, chunk);
      if (count === 0) return;
      yield chunk.subarray(0, count);
      at += count;
      left -= count;
    }
  }

  return {
    size: total,
    read,
    range,
    localRange(position, size) {
      const piece = pieces[indexOf(position)];
      if (piece === undefined || position + size > piece.start + piece.size) return undefined;
      return { path: piece.path, offset: position - piece.start };
    },
    fileAt(position) {
      const index = indexOf(position);
      const piece = pieces[index];
      return piece && { number: index + 1, path: piece.place };
    },
    close: () => handles.close(),
  };
}
