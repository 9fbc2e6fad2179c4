import { algorithmOf, digestOf, encodedOf, type Algorithm, type Digest } from '../oci/digest.ts';
import { MOST_VARINT_BYTES, writeVarint } from './varint.ts';

/**
 * Digests of one algorithm with sizes, in ascending order, each once. Held as bytes, because a million digests as text in a
 * Map take a quarter of a gigabyte; found by halving.
 */
export interface DigestTable {
  readonly algorithm: Algorithm;
  /** Bytes of a digest. */
  readonly width: number;
  count(): number;
  /**
   * Takes in the next digest.
   * @param digest its bytes, which are copied; what follows them does not count
   * @returns false, and nothing is taken in, unless it comes after the last one
   */
  append(digest: Uint8Array, size: number): boolean;
  /** Where a digest of this algorithm stands, counted from 0; -1 where it does not. */
  positionOf(digest: Digest): number;
  digestAt(position: number): Digest;
  sizeAt(position: number): number;
  /**
   * All records one after the other, in pieces: the bytes of a digest, then the size as a varint.
   * @param room gives the buffer that a piece is written to
   */
  records(room: Room): Iterable<Uint8Array>;
}

/** Gives a buffer of at least so many bytes. */
export type Room = (size: number) => Buffer;

/** Room is made for so many digests at once: what is held grows with what is there, and is never copied. */
const SEGMENT = 2 ** 15;
/** Records that are written at once; a part of a segment. */
const PIECE = SEGMENT / 8;

export function digestTable(algorithm: Algorithm, width: number): DigestTable {
  const digests: Buffer[] = [];
  const sizes: Float64Array[] = [];
  const sought = Buffer.alloc(width);
  let count = 0;

  function compareAt(position: number, other: Uint8Array): number {
    const segment = digests[Math.floor(position / SEGMENT)];
    if (!segment) throw nothingAt(position);
    const start = (position % SEGMENT) * width;
    // the first byte that differs is nearly always the first or second one
    for (let at = 0; at < width; at += 1) {
      const difference = (segment[start + at] ?? 0) - (other[at] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  function sizeAt(position: number): number {
    const size = sizes[Math.floor(position / SEGMENT)]?.[position % SEGMENT];
    if (size === undefined || position >= count) throw nothingAt(position);
    return size;
  }

  return {
    algorithm,
    width,
    count: () => count,
    append(digest, size) {
      if (count > 0 && compareAt(count - 1, digest) >= 0) return false;
      const index = count % SEGMENT;
      if (index === 0) {
        digests.push(Buffer.allocUnsafeSlow(SEGMENT * width));
        sizes.push(new Float64Array(SEGMENT));
      }
      const segment = digests.at(-1);
      for (let at = 0; at < width; at += 1) if (segment) segment[index * width + at] = digest[at] ?? 0;
      sizes.at(-1)?.fill(size, index, index + 1);
      count += 1;
      return true;
    },
    positionOf(digest) {
      if (algorithmOf(digest) !== algorithm) return -1;
      sought.write(encodedOf(digest), 'hex');
      let low = 0;
      let high = count;
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const difference = compareAt(middle, sought);
        if (difference === 0) return middle;
        if (difference < 0) low = middle + 1;
        else high = middle;
      }
      return -1;
    },
    digestAt(position) {
      const segment = digests[Math.floor(position / SEGMENT)];
      if (!segment || position >= count) throw nothingAt(position);
      const start = (position % SEGMENT) * width;
      return digestOf(algorithm, segment.toString('hex', start, start + width));
    },
    sizeAt,
    *records(room) {
      for (let first = 0; first < count; first += PIECE) {
        const segment = digests[Math.floor(first / SEGMENT)];
        const last = Math.min(first + PIECE, count);
        const piece = room((last - first) * (width + MOST_VARINT_BYTES));
        let end = 0;
        for (let position = first; position < last; position += 1) {
          const start = (position % SEGMENT) * width;
          segment?.copy(piece, end, start, start + width);
          end = writeVarint(piece, end + width, sizeAt(position));
        }
        yield piece.subarray(0, end);
      }
    },
  };
}

function nothingAt(position: number): RangeError {
  return new RangeError(`there is no record ${String(position)}`);
}
