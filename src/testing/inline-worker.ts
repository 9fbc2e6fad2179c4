import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { toFailure } from '../errors.ts';
import type { Job, Outcome, SharedState } from '../transfer/job.ts';
import { localTransfer } from '../transfer/local.ts';

/**
 * Does what a worker thread does, in this thread: for tests that take away this process' rights, which would keep a thread
 * from loading its code, or that start many pools.
 */
export function inlineWorker(shared: SharedState): Worker {
  const transfer = localTransfer(shared);
  const run = (job: Job): Outcome => {
    try {
      return transfer(job);
    } catch (error) {
      return { kind: 'failed', failure: toFailure(error) };
    }
  };
  return fakeWorker((jobs, answer) => setImmediate(() => answer(jobs.map(run))));
}

export type Answer = (outcomes: readonly Outcome[]) => void;

/** A worker that answers each batch as it is told to. `terminate` ends it. */
export function fakeWorker(onJobs: (jobs: readonly Job[], answer: Answer, worker: Worker) => void): Worker {
  const events = new EventEmitter();
  const members: Pick<Worker, 'postMessage' | 'terminate'> = {
    postMessage: (jobs: readonly Job[]) => {
      onJobs(jobs, outcomes => events.emit('message', outcomes), worker);
    },
    terminate: () => {
      events.emit('exit', 1);
      return Promise.resolve(1);
    },
  };
  const worker = Object.assign(events, members) as unknown as Worker;
  return worker;
}
