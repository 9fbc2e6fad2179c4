import { Worker } from 'node:worker_threads';
import type { SharedState } from './job.ts';
import type { Ring } from './ring.ts';
import { CODE_MIB, checkRoomForThread } from './room.ts';

/** Source text of the bundled worker; the build puts it here, because inside one binary there is no file to start it from. */
declare const __TRANSFER_WORKER__: string | undefined;

/** What a worker thread is for. One that transfers is told by its first message what it shares with the others. */
export type ThreadPurpose = { readonly kind: 'transfer' } | { readonly kind: 'proving'; readonly ring: Ring };

/** Starts a worker thread that does transfer jobs. */
export function spawnTransferWorker(shared: SharedState): Worker {
  return setToWork(startTransferWorker(), shared);
}

/** Starts one that waits for {@link setToWork}. */
export function startTransferWorker(): Worker {
  return spawn({ kind: 'transfer' });
}

export function setToWork(worker: Worker, shared: SharedState): Worker {
  worker.postMessage(shared);
  return worker;
}

/** Starts a worker thread that reads and proves what it is told to, into `ring`. */
export function spawnProvingWorker(ring: Ring): Worker {
  return spawn({ kind: 'proving', ring });
}

function spawn(purpose: ThreadPurpose): Worker {
  checkRoomForThread();
  const options = { workerData: purpose, resourceLimits: { codeRangeSizeMb: CODE_MIB } };
  return typeof __TRANSFER_WORKER__ === 'string'
    ? new Worker(__TRANSFER_WORKER__, { ...options, eval: true })
    : new Worker(new URL('./worker.ts', import.meta.url), options);
}
