import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareNames } from './order.ts';

const sorted = (...names: string[]): string[] => names.sort(compareNames);

test('numbers in names are compared by their value', () => {
  assert.deepEqual(sorted('1.10', '1.9', '1.2.10', '1.2.9', '10', '9'), [
    '1.2.9',
    '1.2.10',
    '1.9',
    '1.10',
    '9',
    '10',
  ]);
  assert.deepEqual(sorted('v10-alpine', 'v9-alpine', 'v10'), ['v9-alpine', 'v10', 'v10-alpine']);
});

test('everything else is compared by its characters', () => {
  assert.deepEqual(sorted('latest', 'edge', 'Edge', '1'), ['1', 'Edge', 'edge', 'latest']);
  assert.deepEqual(sorted('ab', 'a', ''), ['', 'a', 'ab']);
});

test('numbers of any length, and leading zeros, have their order', () => {
  const huge = `1${'0'.repeat(40)}`;
  assert.deepEqual(sorted(huge, '2', '9'.repeat(40)), ['2', '9'.repeat(40), huge]);
  assert.deepEqual(sorted('1', '01', '2', '001'), ['1', '01', '001', '2'].sort(compareNames));
  assert.ok(compareNames('01', '1') !== 0 && compareNames('01', '2') < 0 && compareNames('2', '01') > 0);
});

test('the order is one: it does not depend on where sorting starts', () => {
  const names = ['1', '01', '1a', '1.0', '1.00', 'a1', 'a01', 'a', '', '10', '9z'];
  const once = sorted(...names);
  assert.deepEqual(sorted(...names.toReversed()), once);
  for (const a of names)
    for (const b of names) assert.equal(Math.sign(compareNames(a, b)), -Math.sign(compareNames(b, a)) || 0);
});
