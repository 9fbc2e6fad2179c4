import type { Worker } from 'node:worker_threads';
import type { SharedState } from './job.ts';
import { setToWork, startTransferWorker } from './spawn.ts';

/** More would only be in each other's way while they start. */
const MOST = 4;

/**
 * Starts worker threads before there is work for them: starting one takes 40 ms, in which the main thread can read the
 * registry. Nobody has to take them, and they keep nothing alive.
 * @param count how many will be asked for at most
 * @returns what hands them out, and starts others when there are no more
 */
export function threadsAhead(count: number, start = startTransferWorker): (shared: SharedState) => Worker {
  const waiting = new Set<Worker>();
  const keep = (worker: Worker): void => {
    worker.unref();
    for (const event of ['error', 'exit']) worker.once(event, () => waiting.delete(worker));
    waiting.add(worker);
  };
  try {
    while (waiting.size < Math.min(count, MOST)) keep(start());
  } catch {
    // who needs one tries again, and says why it cannot be had
  }

  return shared => {
    const [worker = start()] = waiting;
    waiting.delete(worker);
    worker.ref();
    return setToWork(worker, shared);
  };
}
