/**
 * Does `work` for every item, several at a time, without keeping anything of what was done. The first failure stops the
 * others from starting, and is thrown when those under way have ended.
 */
export async function inLanes<T>(
  items: Iterable<T> | AsyncIterable<T>,
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const state = { stopped: false };
  async function lane(): Promise<void> {
    try {
      while (!state.stopped) {
        const next = await iterator.next();
        if (next.done === true) return;
        await work(next.value);
      }
    } catch (error) {
      state.stopped = true;
      throw error;
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  const failed = ended.find(result => result.status === 'rejected');
  if (!failed) return;
  await iterator.return?.();
  throw failed.reason;
}
