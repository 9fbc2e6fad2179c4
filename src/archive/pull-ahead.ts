/** Things that are taken from their source a few ahead of where they are used. */
export interface PulledAhead<T> {
  /** The next one, or undefined after the last. */
  next(): Promise<T | undefined>;
  /** Lets go of the source, whether it is at its end or not. */
  stop(): void;
}

/**
 * Takes from `source` as many as `ahead` things before they are asked for, and has each prepared at once.
 * @throws what the source or `prepare` throws, at the place in the order where it belongs
 */
export function pullAhead<S, T>(
  source: Iterable<S> | AsyncIterable<S>,
  ahead: number,
  prepare: (thing: S) => T,
): PulledAhead<T> {
  const iterator = iteratorOf(source);
  const waiting: Promise<T | undefined>[] = [];
  let ended = false;

  async function pull(): Promise<T | undefined> {
    const result = await iterator.next();
    if (result.done !== true) return prepare(result.value);
    ended = true;
    return undefined;
  }

  return {
    next() {
      while (!ended && waiting.length <= ahead) {
        const pulled = pull();
        // it is looked at when its turn comes
        pulled.catch(() => (ended = true));
        waiting.push(pulled);
      }
      return waiting.shift() ?? Promise.resolve(undefined);
    },
    stop() {
      ended = true;
      // a source that hangs must not hold up the end
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
    },
  };
}

function iteratorOf<S>(source: Iterable<S> | AsyncIterable<S>): Iterator<S> | AsyncIterator<S> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
