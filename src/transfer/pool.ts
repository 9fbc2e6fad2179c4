import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { ScraperError, type Failure } from '../errors.ts';
import {
  sharedState,
  weightOf,
  type Job,
  type Outcome,
  type SharedState,
  type WriteSettings,
} from './job.ts';

/** What one worker is given at once: many small files, or a large one. */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_JOBS = 64;
const REPORT_MS = 100;

/** Worker threads that do transfer jobs. They start when there is work for them. */
export interface TransferPool {
  /**
   * Does a job. Jobs start in the order of their tickets, by default that of the calls; those of kind `publish` go first,
   * because they complete images.
   * @throws ScraperError what the job failed with; the signal's reason when it was stopped
   */
  run(job: Job, ticket?: number): Promise<Exclude<Outcome, { kind: 'failed' | 'stopped' }>>;
  /** Reserves a place in the queue for a job that is still to be made. */
  ticket(): number;
  /** Ends the workers. Jobs under way are stopped first, so that they clean up after themselves. */
  close(): Promise<void>;
}

export interface PoolOptions {
  /** Number of workers. */
  readonly concurrency: number;
  readonly spawn: (shared: SharedState) => Worker;
  readonly settings?: WriteSettings;
  readonly signal: AbortSignal;
  /** Called now and then with the number of bytes proved since the last call. */
  readonly onBytes: (count: number) => void;
}

interface Task {
  readonly ticket: number;
  readonly job: Job;
  readonly resolve: (outcome: Exclude<Outcome, { kind: 'failed' | 'stopped' }>) => void;
  readonly reject: (error: unknown) => void;
}

export function transferPool({ concurrency, spawn, settings, signal, onBytes }: PoolOptions): TransferPool {
  const shared = sharedState(settings);
  const first: Task[] = [];
  const queue: Task[] = [];
  const idle: Worker[] = [];
  const busy = new Map<Worker, readonly Task[]>();
  let reported = 0n;
  let tickets = 0;
  const ticket = (): number => tickets++;

  const report = (): void => {
    const bytes = Atomics.load(shared.bytes, 0);
    if (bytes > reported) onBytes(Number(bytes - reported));
    reported = bytes;
  };
  const timer = setInterval(report, REPORT_MS);
  timer.unref();

  /** Why nothing more is done; set once. */
  let ended: { readonly reason: Error } | undefined;
  function end(reason: Error): void {
    ended ??= { reason };
    Atomics.store(shared.stop, 0, 1);
    dropQueue(ended.reason);
  }
  function dropQueue(reason: unknown): void {
    for (const task of [...first.splice(0), ...queue.splice(0)]) task.reject(reason);
  }
  const stop = (): void => {
    end(signal.reason as Error);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });

  function start(): Worker {
    const worker = spawn(shared);
    worker.on('message', (outcomes: readonly Outcome[]) => {
      const tasks = busy.get(worker) ?? [];
      busy.delete(worker);
      idle.push(worker);
      report();
      tasks.forEach((task, position) => {
        settle(task, outcomes[position], ended?.reason);
      });
      dispatch();
    });
    worker.on('error', (cause: unknown) => lose(worker, cause));
    worker.on('exit', code => lose(worker, new Error(`it ended by itself, exit code ${String(code)}`)));
    return worker;
  }

  /** A worker that is gone takes along what it was doing, and only that. */
  function lose(worker: Worker, cause: unknown): void {
    const tasks = busy.get(worker) ?? [];
    busy.delete(worker);
    if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    for (const task of tasks) task.reject(threadFailure('a worker thread failed', cause));
    dispatch();
  }

  /** Undefined where the system gives no more threads. Those that there are then do the work; without any, it has failed. */
  function tryStart(): Worker | undefined {
    try {
      return start();
    } catch (cause) {
      if (busy.size === 0) dropQueue(threadFailure('no worker thread can be started', cause));
      return undefined;
    }
  }

  /** Takes from the queue what one worker should do next: its fair share at most, so that all end together. */
  function nextBatch(): readonly Task[] {
    const share = Math.min(BATCH_JOBS, Math.ceil((first.length + queue.length) / concurrency));
    const batch: Task[] = [];
    let weight = 0;
    while (batch.length < share && weight < BATCH_BYTES) {
      const task = first.shift() ?? queue.shift();
      if (!task) break;
      batch.push(task);
      weight += weightOf(task.job);
    }
    return batch;
  }

  function dispatch(): void {
    while (first.length + queue.length > 0) {
      const worker = idle.pop() ?? (busy.size < concurrency ? tryStart() : undefined);
      if (!worker) return;
      const batch = nextBatch();
      busy.set(worker, batch);
      worker.postMessage(batch.map(task => task.job));
    }
  }

  /** Workers that are given work in the same turn are given it in batches, so dispatching waits for the end of the turn. */
  let scheduled = false;
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      dispatch();
    });
  }

  return {
    ticket,
    run(job, place = ticket()) {
      if (ended) return Promise.reject(ended.reason);
      return new Promise((resolve, reject) => {
        insert(job.kind === 'publish' ? first : queue, { ticket: place, job, resolve, reject });
        schedule();
      });
    },
    async close() {
      clearInterval(timer);
      signal.removeEventListener('abort', stop);
      end(new ScraperError('INTERNAL', 'the worker threads were ended before this was done'));
      await Promise.all([...busy.keys()].map(settled));
      await Promise.all([...idle, ...busy.keys()].map(worker => worker.terminate()));
      report();
    },
  };
}

/** Tasks come almost in order, so the place is near the end. */
function insert(queue: Task[], task: Task): void {
  let place = queue.length;
  while ((queue[place - 1]?.ticket ?? -1) > task.ticket) place -= 1;
  queue.splice(place, 0, task);
}

/** A worker's answer to what it is doing, or its end, of which its tasks are told elsewhere. */
async function settled(worker: Worker): Promise<void> {
  await Promise.race([once(worker, 'message'), once(worker, 'exit')]).catch(() => undefined);
}

function threadFailure(message: string, cause: unknown): ScraperError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const hint =
    'raise the limits on memory, threads and open files (ulimit, the container) or lower --concurrency';
  return new ScraperError('INTERNAL', `${message}: ${why}`, { hint, cause });
}

function settle(task: Task, outcome: Outcome | undefined, reason: unknown): void {
  if (outcome?.kind === 'failed') task.reject(fromFailure(outcome.failure));
  else if (outcome === undefined || outcome.kind === 'stopped') task.reject(reason);
  else task.resolve(outcome);
}

/** A failure that came out of another thread as plain data. */
function fromFailure({ code, message, ...details }: Failure): ScraperError {
  return new ScraperError(code, message, details);
}
