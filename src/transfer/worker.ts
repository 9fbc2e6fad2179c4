/** Entry of a worker thread: takes batches of jobs, answers each batch with its outcomes. */
import { parentPort, workerData } from 'node:worker_threads';
import { toFailure } from '../errors.ts';
import type { Job, Outcome, SharedState } from './job.ts';
import { localTransfer } from './local.ts';

const transfer = localTransfer(workerData as SharedState);

function run(job: Job): Outcome {
  try {
    return transfer(job);
  } catch (error) {
    return { kind: 'failed', failure: toFailure(error) };
  }
}

parentPort?.on('message', (jobs: readonly Job[]) => {
  parentPort?.postMessage(jobs.map(run));
});
