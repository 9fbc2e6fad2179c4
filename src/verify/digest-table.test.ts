import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { digestOf, emptyDigest, type Digest } from '../oci/digest.ts';
import { digestTable } from './digest-table.ts';

const digest = (text: string | number, algorithm: 'sha256' | 'sha512' = 'sha256'): Digest =>
  digestOf(algorithm, createHash(algorithm).update(String(text)).digest('hex'));

test('rows count from 0 in the order of adding, and each digest has one', () => {
  const table = digestTable();
  assert.equal(table.find(digest('a')), -1);
  assert.deepEqual(
    [digest('a'), digest('b'), digest('a'), emptyDigest].map(one => table.add(one)),
    [0, 1, 0, 2],
  );
  assert.equal(table.rows, 3);
  assert.deepEqual([table.find(digest('b')), table.find(digest('c'))], [1, -1]);
  assert.deepEqual([table.digest(0), table.digest(2)], [digest('a'), emptyDigest]);
});

test('digests of other algorithms have rows as well', () => {
  const table = digestTable();
  assert.equal(table.add(digest('a', 'sha512')), 0);
  assert.equal(table.add(digest('a')), 1);
  assert.equal(table.find(digest('a', 'sha512')), 0);
  assert.equal(table.digest(0), digest('a', 'sha512'));
  const half = 'a'.repeat(64);
  assert.equal(table.add(digestOf('sha256', half)), 2);
  assert.equal(table.add(digestOf('sha512', half + half)), 3);
});

test('digests that differ in one digit only are different, whichever it is', () => {
  const table = digestTable();
  for (let at = 0; at < 64; at += 1) {
    const digits = [...'a'.repeat(64)];
    digits[at] = 'b';
    assert.equal(table.add(digestOf('sha256', digits.join(''))), at);
  }
});

test('a row that does not exist is refused', () => {
  const table = digestTable();
  assert.throws(() => table.digest(0), RangeError);
  table.add(emptyDigest);
  assert.equal(table.digest(0), emptyDigest);
  for (const row of [1, 2 ** 20]) assert.throws(() => table.digest(row), RangeError);
});

test('a hundred thousand digests are all found again, also such that were chosen to collide', () => {
  const table = digestTable();
  // chosen so that they differ in the middle only, in any eight digits but the first and the last, or in high bits
  const alike = (number: number, at: number): Digest =>
    digestOf('sha256', number.toString(16).padStart(8, '0').padStart(at, '0').padEnd(64, '0'));
  for (let number = 0; number < 100_000; number += 1) assert.equal(table.add(digest(number)), number);
  const places = [12, 20, 38, 52, 62];
  let rows = 100_000;
  for (const at of places)
    for (let number = 1; number <= 30_000; number += 1, rows += 1)
      assert.equal(table.add(alike(number, at)), rows);
  for (let number = 0; number < 100_000; number += 997) {
    assert.equal(table.find(digest(number)), number);
    assert.equal(table.digest(number), digest(number));
  }
  assert.equal(table.find(alike(30_000, 62)), rows - 1);
  assert.equal(table.find(digest('other')), -1);
});
