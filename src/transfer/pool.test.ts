import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { isScraperError } from '../errors.ts';
import { emptyDigest } from '../oci/digest.ts';
import { fakeWorker, type Answer } from '../testing/inline-worker.ts';
import type { Job, Outcome, SharedState } from './job.ts';
import { transferPool, type TransferPool } from './pool.ts';

const MiB = 1024 * 1024;

/** A job that is told from others by its source. */
function proof(source: string, size = 0): Job {
  return {
    kind: 'prove',
    source: { path: source },
    expected: { digests: [emptyDigest], size, origin: source },
  };
}

function publication(name: string): Job {
  return { kind: 'publish', root: '/', directories: [name], files: [] };
}

const nameOf = (job: Job): string => (job.kind === 'publish' ? (job.directories[0] ?? '') : job.source.path);
const done: Outcome = { kind: 'proved' };

interface Batch {
  readonly worker: Worker;
  readonly names: readonly string[];
  readonly answer: Answer;
}

interface WatchedPool {
  readonly pool: TransferPool;
  /** What workers were given and have not answered, oldest first. */
  readonly batches: Batch[];
  readonly spawned: Worker[];
  readonly stop: AbortController;
  shared(): SharedState;
  /** Lets everything that is due happen. */
  settle(): Promise<void>;
  /** Answers every batch, also those that come of it, and returns what workers were given. */
  finish(): Promise<readonly (readonly string[])[]>;
}

function watchedPool(concurrency: number): WatchedPool {
  const batches: Batch[] = [];
  const spawned: Worker[] = [];
  const stop = new AbortController();
  let shared: SharedState | undefined;
  const pool = transferPool({
    concurrency,
    signal: stop.signal,
    onBytes: () => undefined,
    spawn: state => {
      shared = state;
      const worker = fakeWorker((jobs, answer, self) => {
        batches.push({ worker: self, names: jobs.map(nameOf), answer });
      });
      spawned.push(worker);
      return worker;
    },
  });
  const settle = (): Promise<void> => new Promise(resolve => setImmediate(() => setImmediate(resolve)));
  return {
    pool,
    batches,
    spawned,
    stop,
    settle,
    shared: () => {
      assert.ok(shared);
      return shared;
    },
    async finish() {
      const all: (readonly string[])[] = [];
      await settle();
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        all.push(batch.names);
        batch.answer(batch.names.map(() => done));
        await settle();
      }
      return all;
    },
  };
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, number) => String(number));

test('gives many small jobs out in few batches, in their order, and fair shares to all workers', async () => {
  const { pool, finish, spawned } = watchedPool(2);
  const names = numbered(500);
  const results = Promise.all(names.map(name => pool.run(proof(name))));
  const batches = await finish();
  assert.deepEqual(batches.flat(), names);
  assert.equal((await results).length, 500);
  assert.ok(batches.length < 30, `${String(batches.length)} batches`);
  assert.ok(batches.every(batch => batch.length <= 64));
  assert.equal(batches.at(-1)?.length, 1);
  assert.equal(spawned.length, 2);
  await pool.close();
});

test('gives large jobs out one by one', async () => {
  const { pool, finish } = watchedPool(1);
  const sizes = [10 * MiB, 4 * MiB, 1, 1, 3 * MiB, 3 * MiB, 1];
  for (const [at, size] of sizes.entries()) void pool.run(proof(String(at), size));
  assert.deepEqual(await finish(), [['0'], ['1'], ['2', '3', '4', '5'], ['6']]);
  await pool.close();
});

test('lets jobs that publish overtake the others, in their own order', async () => {
  const { pool, finish, settle } = watchedPool(1);
  for (const name of ['a', 'b', 'c']) void pool.run(proof(name, 10 * MiB));
  await settle();
  for (const name of ['first', 'second']) void pool.run(publication(name));
  assert.deepEqual(await finish(), [['a'], ['first', 'second', 'b'], ['c']]);
  await pool.close();
});

test('takes jobs in the order of their tickets, whenever they come', async () => {
  const { pool, finish } = watchedPool(1);
  const [first, second, third] = [pool.ticket(), pool.ticket(), pool.ticket()];
  void pool.run(proof('third', 4 * MiB), third);
  void pool.run(proof('first', 4 * MiB), first);
  void pool.run(proof('last', 4 * MiB));
  void pool.run(proof('second', 4 * MiB), second);
  assert.deepEqual((await finish()).flat(), ['first', 'second', 'third', 'last']);
  await pool.close();
});

test('starts no worker before there is work, no more than are useful or allowed, and uses them again', async () => {
  const { pool, finish, spawned } = watchedPool(3);
  assert.equal(spawned.length, 0);
  void pool.run(proof('one'));
  await finish();
  assert.equal(spawned.length, 1);
  for (const name of numbered(10)) void pool.run(proof(name, 5 * MiB));
  await finish();
  assert.equal(spawned.length, 3);
  await pool.close();
});

test('gives every caller the outcome of its own job', async () => {
  const { pool, settle, batches } = watchedPool(1);
  const jobs = ['linked', 'failed', 'copied'].map(name => pool.run(proof(name)));
  await settle();
  const details = { digest: emptyDigest, path: '/somewhere', hint: 'look there' };
  batches[0]?.answer([
    { kind: 'linked' },
    { kind: 'failed', failure: { code: 'SIZE_INVALID', message: 'too short', ...details } },
    { kind: 'copied', note: 'EXDEV' },
  ]);
  const [linked, failed, copied] = await Promise.allSettled(jobs);
  assert.deepEqual(linked, { status: 'fulfilled', value: { kind: 'linked' } });
  assert.deepEqual(copied, { status: 'fulfilled', value: { kind: 'copied', note: 'EXDEV' } });
  assert.ok(failed?.status === 'rejected' && isScraperError(failed.reason, 'SIZE_INVALID'));
  assert.deepEqual([failed.reason.message, failed.reason.details], ['too short', details]);
  await pool.close();
});

test('when it is stopped, drops what waits, tells workers, and believes what they answer', async () => {
  const { pool, settle, batches, stop, shared } = watchedPool(1);
  const under = [pool.run(proof('quick', 2 * MiB)), pool.run(proof('slow', 2 * MiB))];
  await settle();
  const waiting = [pool.run(proof('waiting')), pool.run(publication('too'))];
  const reason = new Error('stopped');
  assert.equal(Atomics.load(shared().stop, 0), 0);
  stop.abort(reason);
  for (const job of waiting) await assert.rejects(job, reason);
  assert.equal(Atomics.load(shared().stop, 0), 1);
  await assert.rejects(pool.run(proof('late')), reason);
  batches[0]?.answer([done, { kind: 'stopped' }]);
  assert.deepEqual(await under[0], done);
  await assert.rejects(under[1] ?? Promise.resolve(), reason);
  await pool.close();
});

test('does nothing when it was stopped before', async () => {
  const stop = new AbortController();
  const reason = new Error('stopped');
  stop.abort(reason);
  const spawn = (): Worker => assert.fail('no worker is needed');
  const pool = transferPool({ concurrency: 2, spawn, signal: stop.signal, onBytes: () => undefined });
  await assert.rejects(pool.run(proof('a')), reason);
  await pool.close();
});
