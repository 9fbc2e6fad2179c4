import { setTimeout as sleep } from 'node:timers/promises';

/** Waits that an abort ends. */
export interface StoppableWaits {
  /**
   * Waits for what `work` does; when the signal is aborted, throws its reason instead. One at a time, so that a wait leaves nothing
   * behind on the signal, however many there are.
   */
  wait<T>(work: () => Promise<T>): Promise<T>;
  /** Lets go of the signal. */
  end(): void;
}

export function stoppableWaits(signal: AbortSignal): StoppableWaits {
  let stop: (reason: unknown) => void = () => undefined;
  const onAbort = (): void => stop(signal.reason);
  signal.addEventListener('abort', onAbort);
  return {
    async wait<T>(work: () => Promise<T>): Promise<T> {
      signal.throwIfAborted();
      return await new Promise<T>((resolve, reject) => {
        stop = reject;
        work().then(resolve, reject);
      });
    },
    end() {
      signal.removeEventListener('abort', onAbort);
    },
  };
}

/** Waits until `promise` settles, but not longer than so many milliseconds, and never throws. */
export async function noLongerThan(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  const late = sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  await Promise.race([promise.catch(() => undefined), late]);
  settled.abort();
}

/** Whether `promise` settles before anything else gets its turn: whether there is nothing to wait for. */
export async function settlesAtOnce(promise: Promise<unknown>): Promise<boolean> {
  return await new Promise(resolve => {
    const turn = setImmediate(() => {
      resolve(false);
    });
    const settled = (): void => {
      clearImmediate(turn);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
