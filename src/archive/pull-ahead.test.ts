import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pullAhead, type PulledAhead } from './pull-ahead.ts';

async function all<T>({ next }: PulledAhead<T>): Promise<T[]> {
  const things: T[] = [];
  for (let thing; (thing = await next()) !== undefined;) things.push(thing);
  return things;
}

test('things come in their order, from lists and from streams', async () => {
  const numbers = Array.from({ length: 50 }, (_, index) => index);
  async function* slowly(): AsyncGenerator<number> {
    for (const number of numbers) {
      if (number % 10 === 0) await sleep(1);
      yield number;
    }
  }
  const doubled = numbers.map(number => 2 * number);
  for (const ahead of [0, 1, 7, 100]) {
    assert.deepEqual(await all(pullAhead(numbers, ahead, number => 2 * number)), doubled);
    assert.deepEqual(await all(pullAhead(slowly(), ahead, number => 2 * number)), doubled);
  }
  assert.deepEqual(await all(pullAhead([], 5, number => number)), []);
});

test('no more are taken ahead than was said', async () => {
  const taken: number[] = [];
  const source = function* (): Generator<number> {
    for (let number = 0; ; number++) {
      taken.push(number);
      yield number;
    }
  };
  const pulled = pullAhead(source(), 3, number => number);
  assert.equal(taken.length, 0);
  for (let number = 0; number < 10; number++) assert.equal(await pulled.next(), number);
  assert.equal(taken.length, 13);
});

test('a failure comes where it belongs, and then nothing', async () => {
  const source = function* (): Generator<number> {
    yield 1;
    yield 2;
    throw new Error('it failed');
  };
  const pulled = pullAhead(source(), 10, number => number);
  assert.deepEqual([await pulled.next(), await pulled.next()], [1, 2]);
  await assert.rejects(pulled.next(), /it failed/);
  assert.equal(await pulled.next(), undefined);
});

test('a source that is let go of is told so', async () => {
  for (const wait of [() => Promise.resolve(), () => new Promise<void>(() => undefined)]) {
    let ended = false;
    const source = async function* (): AsyncGenerator<number> {
      try {
        for (;;) {
          yield 1;
          await wait();
        }
      } finally {
        ended = true;
      }
    };
    const pulled = pullAhead(source(), 0, number => number);
    await pulled.next();
    pulled.stop();
    await sleep(5);
    assert.equal(ended, true);
  }
});
