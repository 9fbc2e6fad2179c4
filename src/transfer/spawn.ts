import { Worker } from 'node:worker_threads';
import type { SharedState } from './job.ts';

/** Source text of the bundled worker; the build puts it here, because inside one binary there is no file to start it from. */
declare const __TRANSFER_WORKER__: string | undefined;

/** Starts a worker thread that does transfer jobs. */
export function spawnTransferWorker(shared: SharedState): Worker {
  const options = { workerData: shared };
  return typeof __TRANSFER_WORKER__ === 'string'
    ? new Worker(__TRANSFER_WORKER__, { ...options, eval: true })
    : new Worker(new URL('./worker.ts', import.meta.url), options);
}
