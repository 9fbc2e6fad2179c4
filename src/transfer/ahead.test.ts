import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { threadsAhead } from './ahead.ts';
import { sharedState, type Outcome } from './job.ts';
import { startTransferWorker } from './spawn.ts';

/** Counts the threads that it starts. */
function counting(start: () => Worker = startTransferWorker): { start: () => Worker; started: Worker[] } {
  const started: Worker[] = [];
  return {
    started,
    start: () => {
      const worker = start();
      started.push(worker);
      return worker;
    },
  };
}

test('hands out the threads that it has started, and then others, each ready to work', async () => {
  const { start, started } = counting();
  const spawn = threadsAhead(2, start);
  assert.equal(started.length, 2);
  const workers = [1, 2, 3].map(() => spawn(sharedState()));
  assert.deepEqual(new Set(workers), new Set(started));
  for (const worker of workers) {
    const answer = once(worker, 'message') as Promise<[readonly Outcome[]]>;
    worker.postMessage([
      { kind: 'publish', root: '/', directories: [], files: [] },
      { kind: 'prove', source: { path: '/dev/null' }, expected: { digests: [], size: 1, origin: 'null' } },
    ]);
    const [[published, proved]] = await answer;
    assert.deepEqual(published, { kind: 'published' });
    assert.equal(proved?.kind, 'failed');
    await worker.terminate();
  }
});

test('starts no more than can start at once', async () => {
  const { start, started } = counting();
  threadsAhead(64, start);
  assert.equal(started.length, 4);
  await Promise.all(started.map(worker => worker.terminate()));
});

test('does without threads that died or could not be started', async () => {
  const { start, started } = counting(() => new Worker('process.exit(1)', { eval: true }));
  const spawn = threadsAhead(1, start);
  await Promise.all(started.map(worker => once(worker, 'exit')));
  const worker = spawn(sharedState());
  assert.equal(started.length, 2);
  assert.equal(worker, started[1]);
  await once(worker, 'exit');

  let full = true;
  const later = threadsAhead(2, () => {
    if (full) throw new Error('no more threads');
    return startTransferWorker();
  });
  assert.throws(() => later(sharedState()), /no more threads/);
  full = false;
  await later(sharedState()).terminate();
});

test('keeps nothing alive that nobody asked for', async () => {
  const program = `import { threadsAhead } from ${JSON.stringify(new URL('./ahead.ts', import.meta.url).href)}; threadsAhead(2);`;
  const worker = new Worker(program, { eval: true, execArgv: ['--input-type=module'] });
  assert.deepEqual(await once(worker, 'exit'), [0]);
});
