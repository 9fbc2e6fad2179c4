/**
 * What a promise comes to, but no later than the signal: what it waits for may take as long as it likes.
 * @throws what the promise does, and the signal's reason
 */
export async function unlessAborted<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T> {
  // made anew for each wait: a promise that lasts would keep everything that it was ever raced with
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([aborted, waiting]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
