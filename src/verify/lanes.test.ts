import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inLanes } from './lanes.ts';

const pause = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

test('no more than so many are done at once, and all are', async () => {
  let [now, most, done] = [0, 0, 0];
  await inLanes(Array(50).keys(), 4, async () => {
    now += 1;
    most = Math.max(most, now);
    await pause();
    now -= 1;
    done += 1;
  });
  assert.deepEqual([most, done], [4, 50]);
});

test('the first failure is thrown when what is under way has ended, and the source is closed', async () => {
  let [started, ended, closed] = [0, 0, false];
  async function* source(): AsyncGenerator<number> {
    try {
      for (let number = 0; ; number += 1) yield await Promise.resolve(number);
    } finally {
      closed = true;
    }
  }
  const work = inLanes(source(), 3, async number => {
    started += 1;
    await pause();
    ended += 1;
    if (number === 5) throw new Error('five');
  });
  await assert.rejects(work, /five/);
  assert.equal(started, ended);
  assert.ok(started < 12);
  assert.equal(closed, true);
});

test('a failure of the source is thrown', async () => {
  async function* source(): AsyncGenerator<number> {
    yield await Promise.resolve(1);
    throw new Error('unreadable');
  }
  await assert.rejects(
    inLanes(source(), 2, () => Promise.resolve()),
    /unreadable/,
  );
});

test('waits until what it goes through is closed', async () => {
  let closed = false;
  const endless = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: false as const, value: 1 }),
      async return() {
        await new Promise(resolve => setTimeout(resolve, 50));
        closed = true;
        return { done: true as const, value: undefined };
      },
    }),
  };
  await assert.rejects(
    inLanes(endless, 2, () => Promise.reject(new Error('broken'))),
    /broken/,
  );
  assert.equal(closed, true);
});
