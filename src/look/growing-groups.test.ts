import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growingGroups } from './growing-groups.ts';

async function* numbers(count: number): AsyncGenerator<number> {
  for (let number = 0; number < count; number += 1) yield await Promise.resolve(number);
}

async function sizes(count: number, weigh: (item: number) => number, most: number): Promise<number[]> {
  const groups = await Array.fromAsync(growingGroups(numbers(count), weigh, most));
  assert.deepEqual(groups.flat(), await Array.fromAsync(numbers(count)), 'nothing is lost or moved');
  return groups.map(group => group.length);
}

test('groups double until they weigh the most', async () => {
  assert.deepEqual(await sizes(30, () => 1, 8), [1, 2, 4, 8, 8, 7]);
});

test('what is heavy fills a group sooner, and what weighs nothing does not fill it', async () => {
  assert.deepEqual(await sizes(6, item => (item === 3 ? 100 : 1), 8), [1, 2, 1, 2]);
  assert.deepEqual(await sizes(3, () => 0, 8), [3]);
});

test('each stands alone where the most is one, and there is none without items', async () => {
  assert.deepEqual(await sizes(3, () => 5, 1), [1, 1, 1]);
  assert.deepEqual(await sizes(0, () => 1, 8), []);
});

test('the first group is there before the second item is asked for', async () => {
  let asked = 0;
  async function* items(): AsyncGenerator<number> {
    for (asked = 1; ; asked += 1) yield await Promise.resolve(asked);
  }
  for await (const group of growingGroups(items(), () => 1, 8)) {
    assert.deepEqual([group, asked], [[1], 1]);
    break;
  }
});
