import type { ByteReader } from './byte-reader.ts';
import { paddingFor } from './tar.ts';

/** The bytes of one entry, which its user takes all, some or none of. */
export interface EntryBody {
  chunks(): AsyncGenerator<Uint8Array>;
  /** Passes over what was not taken, and over the padding. */
  finish(): Promise<void>;
}

/**
 * @param reader stands at the entry's first byte
 * @param cut makes the error for bytes that are not there
 * @param worded makes of what the reader throws what is to be thrown
 */
export function entryBody(
  reader: ByteReader,
  size: number,
  cut: () => Error,
  worded: (error: unknown) => unknown,
): EntryBody {
  let left = size;
  let state: 'fresh' | 'taken' | 'over' = 'fresh';

  async function* chunks(): AsyncGenerator<Uint8Array> {
    if (state !== 'fresh') throw misused();
    state = 'taken';
    const source = reader.chunks(left)[Symbol.asyncIterator]();
    try {
      while (left > 0) {
        const next = await source.next().catch((error: unknown) => {
          throw worded(error);
        });
        if (next.done === true) throw cut();
        left -= next.value.length;
        yield next.value;
        if (isOver()) throw misused();
      }
    } finally {
      await source.return?.();
    }
  }

  const isOver = (): boolean => state === 'over';

  return {
    chunks,
    async finish() {
      state = 'over';
      const rest = left + paddingFor(size);
      if (rest > 0 && (await reader.skip(rest)) < rest) throw cut();
    },
  };
}

function misused(): Error {
  return new Error('the bytes of an entry can be had once, and before the next entry is asked for');
}
