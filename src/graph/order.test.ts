import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childrenFirst } from './order.ts';

test('a node stands after everything below it, each once', () => {
  const below: Record<string, readonly string[]> = {
    root: ['a', 'b'],
    a: ['shared'],
    b: ['a', 'shared', 'c'],
    c: [],
  };
  const order = childrenFirst('root', key => below[key] ?? []);
  assert.deepEqual(order, ['shared', 'a', 'c', 'b', 'root']);
});

test('a chain of a hundred thousand nodes does not exhaust the stack', () => {
  const order = childrenFirst(0, key => (key < 100_000 ? [key + 1] : []));
  assert.equal(order.length, 100_001);
  assert.equal(order.at(-1), 0);
});
