/** Entry of a worker thread. One that transfers takes batches of jobs and answers each batch with its outcomes. */
import { parentPort, workerData } from 'node:worker_threads';
import { toFailure } from '../errors.ts';
import type { Job, Outcome, SharedState } from './job.ts';
import { localTransfer } from './local.ts';
import { provingThread } from './proving.ts';
import type { ThreadPurpose } from './spawn.ts';

function transferring(shared: SharedState): (jobs: readonly Job[]) => void {
  const transfer = localTransfer(shared);
  const run = (job: Job): Outcome => {
    try {
      return transfer(job);
    } catch (error) {
      return { kind: 'failed', failure: toFailure(error) };
    }
  };
  return jobs => parentPort?.postMessage(jobs.map(run));
}

const purpose = workerData as ThreadPurpose;
if (purpose.kind === 'proving') parentPort?.on('message', provingThread(purpose.ring));
else
  parentPort?.once('message', (shared: SharedState) => {
    parentPort?.on('message', transferring(shared));
  });
