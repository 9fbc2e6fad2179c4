/** A stream that takes back what was not used of it. */
export interface PushBack {
  /** The next bytes, at least one; undefined at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** What was given last and not used: comes next. */
  back(bytes: Uint8Array): void;
  /** Ends the stream, without waiting for what it may be waiting for itself. */
  close(): Promise<void>;
}

export function pushBack(source: AsyncIterable<Uint8Array>): PushBack {
  const iterator = source[Symbol.asyncIterator]();
  let returned: Uint8Array | undefined;
  let waiting = false;
  return {
    async next() {
      const first = returned;
      returned = undefined;
      if (first !== undefined && first.length > 0) return first;
      for (;;) {
        waiting = true;
        const next = await iterator.next();
        waiting = false;
        if (next.done === true) return undefined;
        if (next.value.length > 0) return next.value;
      }
    },
    back(bytes) {
      returned = bytes;
    },
    async close() {
      const closed = iterator.return?.();
      if (!waiting) await closed;
    },
  };
}
