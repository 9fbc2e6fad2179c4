import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, test } from 'node:test';
import { directCalls, pacedCalls, pooledCalls, type FileCalls } from './calls.ts';

const here = import.meta.dirname;

/** Paced calls over a clock that moves on by what `takes` says, in milliseconds, with every direct call. */
function paced(takes: (call: number) => number): {
  calls: FileCalls;
  direct: () => number;
  pooled: () => number;
} {
  let time = 0;
  let direct = 0;
  let pooled = 0;
  const calls = pacedCalls(
    () => time,
    { ...directCalls, lstat: place => ((time += takes((direct += 1))), directCalls.lstat(place)) },
    { ...pooledCalls, lstat: place => ((pooled += 1), pooledCalls.lstat(place)) },
  );
  return { calls, direct: () => direct, pooled: () => pooled };
}

describe('paced calls', () => {
  test('are made directly while the storage answers at once', async () => {
    const { calls, direct, pooled } = paced(() => 0.01);
    for (let count = 0; count < 2000; count += 1) assert.ok((await calls.lstat(here)).isDirectory());
    assert.deepEqual([direct(), pooled()], [2000, 0]);
  });

  test('go to the thread pool while the storage is slow, and are tried directly now and then', async () => {
    const { calls, direct, pooled } = paced(() => 3);
    for (let count = 0; count < 520; count += 1) assert.ok((await calls.lstat(here)).isDirectory());
    assert.ok(direct() < 20, `${String(direct())} direct calls`);
    assert.equal(direct() + pooled(), 520);
  });

  test('are made directly again when the storage is quick again', async () => {
    const { calls, direct } = paced(call => (call < 10 ? 3 : 0.01));
    for (let count = 0; count < 1000; count += 1) await calls.lstat(here);
    assert.ok(direct() > 400, `${String(direct())} direct calls`);
  });

  test('do not mind a single hiccup', async () => {
    const { calls, pooled } = paced(call => (call % 100 === 0 ? 50 : 0.01));
    for (let count = 0; count < 1000; count += 1) await calls.lstat(here);
    assert.equal(pooled(), 0);
  });

  test('fail as the calls themselves do, also after the others had their turn', async () => {
    let time = 0;
    const calls = pacedCalls(() => time);
    assert.throws(() => calls.lstat('/nowhere/at/all'), { code: 'ENOENT' });
    time = 1000;
    await assert.rejects(async () => calls.lstat('/nowhere/at/all'), { code: 'ENOENT' });
  });

  test('let timers have their turn', async () => {
    const calls = pacedCalls(() => performance.now());
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const end = performance.now() + 100;
    while (performance.now() < end) await calls.lstat(here);
    clearInterval(timer);
    assert.ok(turns > 2, `${String(turns)} turns in 100 ms`);
  });
});

test('a directory is read the same directly and in the thread pool', async () => {
  const [direct, pooled] = [await directCalls.readdir(here), await pooledCalls.readdir(here)];
  assert.ok(direct.some(({ name }) => name === 'calls.ts'));
  assert.deepEqual(direct.map(({ name }) => name).sort(), pooled.map(({ name }) => name).sort());
});

test('a close that fails is no failure: nothing was written', async () => {
  const closed = 1_000_000;
  for (const calls of [directCalls, pooledCalls]) await calls.close(closed);
});
