import { pushBack } from './push-back.ts';
import type { StoredBytes } from './stored.ts';
import { stoppableWaits } from './waiting.ts';

type Answer<T> = T | Promise<T>;

/** Bytes from begin to end, for a parser. One call at a time. Throws what its source throws, and its signal's reason. */
export interface ByteReader {
  /** The next bytes, valid until the next call; fewer than asked for only at the end. */
  take(size: number): Answer<Buffer>;
  /** Passes over bytes; says over how many, fewer than asked for only at the end. */
  skip(size: number): Answer<number>;
  /** The next bytes, for the caller to keep; fewer than asked for only at the end. */
  chunks(size: number): AsyncIterable<Uint8Array>;
  /** How many bytes went by. */
  position(): number;
  close(): Promise<void>;
}

const none = Buffer.alloc(0);

/** Bytes read at least and at most at once; more the longer nothing was skipped. */
const LEAST = 4096;
const MOST = 256 * 1024;

/** Reads stored bytes; what is skipped is not read. */
export function storedReader(stored: StoredBytes, signal: AbortSignal): ByteReader {
  let position = 0;
  let window = none;
  let windowAt = 0;
  let ahead = LEAST;
  const buffer = Buffer.allocUnsafeSlow(MOST);

  async function refill(size: number): Promise<Buffer> {
    signal.throwIfAborted();
    const inSequence = position >= windowAt && position <= windowAt + window.length;
    ahead = inSequence ? Math.min(ahead * 2, MOST) : LEAST;
    const wanted = Math.max(size, ahead);
    const into = wanted > MOST ? Buffer.allocUnsafeSlow(wanted) : buffer.subarray(0, wanted);
    window = into.subarray(0, await stored.read(position, into));
    windowAt = position;
    return advance(size);
  }

  function advance(size: number): Buffer {
    const at = position - windowAt;
    const bytes = window.subarray(at, at + size);
    position += bytes.length;
    return bytes;
  }

  return {
    take: size =>
      position >= windowAt && position + size <= windowAt + window.length ? advance(size) : refill(size),
    skip(size) {
      const skipped = Math.min(size, Math.max(0, stored.size - position));
      position += skipped;
      return skipped;
    },
    async *chunks(size) {
      for await (const chunk of stored.range(position, size, signal)) {
        position += chunk.length;
        yield chunk;
      }
    },
    position: () => position,
    close: () => Promise.resolve(),
  };
}

/** Reads a stream. It is ended by {@link ByteReader.close}, whether all of it was read or not. */
export function streamReader(source: AsyncIterable<Uint8Array>, signal: AbortSignal): ByteReader {
  const input = pushBack(source);
  const waits = stoppableWaits(signal);
  let chunk: Buffer = none;
  let position = 0;

  /** Has something in `chunk`, or says that there is nothing left. */
  async function pull(): Promise<boolean> {
    if (chunk.length > 0) return true;
    const next = await waits.wait(() => input.next());
    if (next === undefined) return false;
    chunk = Buffer.from(next.buffer, next.byteOffset, next.byteLength);
    return true;
  }

  function advance(size: number): Buffer {
    const bytes = chunk.subarray(0, size);
    chunk = chunk.subarray(bytes.length);
    position += bytes.length;
    return bytes;
  }

  async function gather(size: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = size; left > 0 && (await pull());) {
      const piece = advance(left);
      pieces.push(piece);
      left -= piece.length;
    }
    return pieces.length === 1 ? (pieces[0] ?? none) : Buffer.concat(pieces);
  }

  async function skip(size: number): Promise<number> {
    let left = size;
    while (left > 0 && (await pull())) left -= advance(left).length;
    return size - left;
  }

  return {
    take: size => (size <= chunk.length ? advance(size) : gather(size)),
    skip: size => (size <= chunk.length ? advance(size).length : skip(size)),
    async *chunks(size) {
      for (let left = size; left > 0 && (await pull());) {
        const piece = advance(left);
        left -= piece.length;
        yield piece;
      }
    },
    position: () => position,
    close() {
      waits.end();
      return input.close();
    },
  };
}
