import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { isScraperError } from '../errors.ts';
import { digestOf, emptyDigest } from '../oci/digest.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import type { Job, Outcome } from './job.ts';
import { transferPool, type PoolOptions, type TransferPool } from './pool.ts';
import { spawnTransferWorker } from './spawn.ts';

const MiB = 1024 * 1024;
const done: Outcome = { kind: 'proved' };

/** A job too large to share a batch, told from others by its source. */
function proof(source: string): Job {
  return {
    kind: 'prove',
    source: { path: source },
    expected: { digests: [emptyDigest], size: 5 * MiB, origin: source },
  };
}

/** A pool of one thread. */
function poolOf(options: Partial<PoolOptions>): TransferPool {
  const { signal } = new AbortController();
  return transferPool({
    concurrency: 1,
    spawn: spawnTransferWorker,
    signal,
    onBytes: () => undefined,
    ...options,
  });
}

interface LargeFile {
  readonly root: string;
  /** Copies the file below `root`. */
  readonly job: Job;
}

/** A file that takes some time to copy, and is not what it should be. */
async function largeFile(t: { after(work: () => Promise<void>): void }): Promise<LargeFile> {
  const root = await temporaryDirectory(t);
  const source = join(await temporaryDirectory(t), 'source');
  await writeFile(source, '');
  await truncate(source, 1024 * MiB);
  const expected = { digests: [emptyDigest], size: 1024 * MiB, origin: source };
  const paths = {
    root,
    source: { path: source },
    scratch: join(root, 'scratch'),
    target: join(root, 'a/b/target'),
  };
  return { root, job: { kind: 'transfer', link: false, expected, ...paths } };
}

test('stops a thread in the middle of a file, which then leaves nothing of it', async t => {
  const { job, root } = await largeFile(t);
  const stop = new AbortController();
  const reason = new Error('stopped');
  const pool = poolOf({ signal: stop.signal, onBytes: () => stop.abort(reason) });
  await assert.rejects(pool.run(job), reason);
  assert.deepEqual(await readdir(root), []);
  await pool.close();
});

test('can be closed while a thread is in the middle of a file, which then leaves nothing of it', async t => {
  const { job, root } = await largeFile(t);
  const started = Promise.withResolvers<number>();
  const pool = poolOf({ onBytes: started.resolve });
  const running = assert.rejects(pool.run(job), error => isScraperError(error, 'INTERNAL'));
  await started.promise;
  await pool.close();
  await running;
  assert.deepEqual(await readdir(root), []);
});

test('counts the bytes that its threads have proved', async t => {
  const directory = await temporaryDirectory(t);
  let bytes = 0;
  const onBytes = (count: number): void => void (bytes += count);
  const pool = poolOf({ concurrency: 2, onBytes });
  const sizes = [1, 1000, 3 * MiB, 0];
  const jobs = sizes.map(async (size, at) => {
    const source = join(directory, String(at));
    const content = Buffer.alloc(size, at);
    await writeFile(source, content);
    const digest = digestOf('sha256', createHash('sha256').update(content).digest('hex'));
    return pool.run({
      kind: 'prove',
      source: { path: source },
      expected: { digests: [digest], size, origin: source },
    });
  });
  assert.deepEqual(
    await Promise.all(jobs),
    sizes.map(() => done),
  );
  await pool.close();
  assert.equal(bytes, 1001 + 3 * MiB);
});

/** Starts threads that run `code` instead of the program's own. */
const threadOf = (code: string) => (): Worker =>
  new Worker(code, { eval: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: 16 } });
const onMessage = (work: string): string =>
  `const { parentPort } = require('node:worker_threads'); parentPort.on('message', jobs => { ${work} });`;
const answer = "parentPort.postMessage(jobs.map(() => ({ kind: 'proved' })))";

for (const [what, code] of Object.entries({
  'throws while it works': onMessage('throw new Error("broken")'),
  'ends while it works': onMessage('process.exit(3)'),
  'cannot start': 'throw new Error("broken")',
  'ends at once': 'process.exit(0)',
  'runs out of memory': onMessage('const all = []; for (;;) all.push(new Array(1e6).fill(all.length));'),
})) {
  test(`a thread that ${what} fails its jobs, and none of them hangs`, { timeout: 20_000 }, async () => {
    const pool = poolOf({ spawn: threadOf(code) });
    const jobs = ['a', 'b', 'c'].map(name => pool.run(proof(name)));
    for (const job of jobs) await assert.rejects(job, error => isScraperError(error, 'INTERNAL'));
    await pool.close();
  });
}

test(
  'a thread that could not even be made fails its jobs, and none of them hangs',
  { timeout: 5000 },
  async () => {
    const spawn = (): Worker => {
      throw new Error('no thread left');
    };
    const pool = poolOf({ spawn });
    for (const name of ['a', 'b'])
      await assert.rejects(pool.run(proof(name)), error => {
        assert.ok(isScraperError(error, 'INTERNAL') && error.details.hint !== undefined);
        return error.message.includes('no thread left');
      });
    await pool.close();
  },
);

test('where no more threads are to be had, those that there are do the work', async () => {
  let left = 1;
  const spawn: PoolOptions['spawn'] = () => {
    left -= 1;
    if (left < 0) throw new Error('no thread left');
    return threadOf(onMessage(answer))();
  };
  const pool = poolOf({ spawn, concurrency: 4 });
  const jobs = ['a', 'b', 'c', 'd', 'e'].map(name => pool.run(proof(name)));
  assert.deepEqual(await Promise.all(jobs), Array(5).fill(done));
  await pool.close();
});

test('goes on with a new thread after one has died', async () => {
  const code = onMessage(`if (jobs[0].source.path === 'bad') throw new Error('broken'); ${answer}`);
  const pool = poolOf({ spawn: threadOf(code) });
  const [before, bad, after] = await Promise.allSettled(
    ['good', 'bad', 'good'].map(name => pool.run(proof(name))),
  );
  assert.deepEqual([before?.status, bad?.status, after?.status], ['fulfilled', 'rejected', 'fulfilled']);
  await pool.close();
});

test('gives nothing to a thread that has died of boredom', async () => {
  const pool = poolOf({ spawn: threadOf(onMessage(`${answer}; setTimeout(() => process.exit(0), 5);`)) });
  for (const name of ['a', 'b']) {
    assert.deepEqual(await pool.run(proof(name)), done);
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  await pool.close();
});

test('can be closed while a thread dies', async () => {
  const pool = poolOf({ spawn: threadOf(onMessage('setTimeout(() => { throw new Error("broken"); }, 30)')) });
  const job = assert.rejects(pool.run(proof('a')), error => isScraperError(error, 'INTERNAL'));
  await new Promise(resolve => setTimeout(resolve, 5));
  await pool.close();
  await job;
});

test('threads that make the same directories for somebody else do not get in the way of each other', async t => {
  const root = await temporaryDirectory(t);
  const { uid, gid } = await stat(root);
  const scratch = join(root, 'scratch');
  await mkdir(scratch);
  const settings = {
    sync: false,
    scratch,
    like: { owner: { uid, gid }, fileMode: 0o640, directoryMode: 0o750 },
  };
  const pool = poolOf({ concurrency: 4, settings });
  const jobs = Array.from({ length: 4 * 256 }, (_, index): Job => {
    // each of the four gets a batch of 64 jobs at a time, with the same directories in the same order
    const directory = join(root, 'place', String(Math.floor(index / 256)), String(index % 64), 'a/b');
    const name = `file${String(index)}`;
    const file = { scratch: join(scratch, name), target: join(directory, name), content: 'x' };
    return { kind: 'publish', root, directories: [], files: [file] };
  });
  const outcomes = await Promise.allSettled(jobs.map(job => pool.run(job)));
  await pool.close();
  assert.deepEqual(
    outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [String(outcome.reason)] : [])),
    [],
  );
  assert.deepEqual(await readdir(scratch), []);
});
