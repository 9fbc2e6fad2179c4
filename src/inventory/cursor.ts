import { readVarint, type ReadVarint } from './varint.ts';

/** Bytes that are read from front to back. Where there are not enough, or they make no sense, it throws what it was given for that. */
export interface Cursor {
  varint(): number;
  /** The next bytes, not copied: valid until more is waited for. */
  bytes(count: number): Buffer;
  /** Bytes at hand. */
  available(): number;
}

/** Makes the error for bytes that cannot be what was written. @param why completes `damaged: …` */
export type Damaged = (why: string) => Error;

/** A cursor that can wait for its bytes. */
export interface ContentReader extends Cursor {
  /**
   * Waits until so many bytes are at hand, or all that are left. Undefined where there is nothing to wait for, which is to be
   * looked at: a million promises take a second.
   */
  ready(count: number): Promise<void> | undefined;
}

/** @param chunks what comes after `first`; none may be changed while it is read */
export function contentReader(
  chunks: AsyncIterator<Uint8Array>,
  damaged: Damaged,
  first: Uint8Array = new Uint8Array(),
): ContentReader {
  const found: ReadVarint = { value: 0, next: 0 };
  let window = bufferOf(first);
  let at = 0;
  let ended = false;

  async function fetch(count: number): Promise<void> {
    while (!ended && window.length - at < count) {
      const next = await chunks.next();
      if (next.done === true) ended = true;
      else {
        window =
          at === window.length ? bufferOf(next.value) : Buffer.concat([window.subarray(at), next.value]);
        at = 0;
      }
    }
  }

  return {
    ready: count => (ended || window.length - at >= count ? undefined : fetch(count)),
    available: () => window.length - at,
    varint() {
      if (!readVarint(window, at, found)) throw damaged('it ends too early, or a number in it is too large');
      at = found.next;
      return found.value;
    },
    bytes(count) {
      if (window.length - at < count) throw damaged('it ends too early');
      at += count;
      return window.subarray(at - count, at);
    },
  };
}

const nothingMore: AsyncIterator<Uint8Array> = {
  next: () => Promise.resolve({ done: true, value: undefined }),
};

/** A cursor over bytes that are all there. */
export function bufferCursor(bytes: Uint8Array, damaged: Damaged): Cursor {
  return contentReader(nothingMore, damaged, bytes);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
