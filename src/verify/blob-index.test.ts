import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyDigest } from '../oci/digest.ts';
import { seededRandom } from '../testing/random.ts';
import { digestOf } from '../oci/digest.ts';
import { blobIndex, marks, rowsBySize } from './blob-index.ts';

test('marks come and go one by one, and a row has none at first', () => {
  const blobs = blobIndex();
  const row = blobs.add(emptyDigest);
  assert.equal(
    Object.values(marks).some(mark => blobs.has(row, mark)),
    false,
  );
  blobs.mark(row, marks.stored | marks.doomed);
  blobs.unmark(row, marks.stored);
  assert.deepEqual([blobs.has(row, marks.stored), blobs.has(row, marks.doomed)], [false, true]);
});

test('every mark is a bit of its own', () => {
  const bits = Object.values(marks);
  assert.equal(
    bits.reduce<number>((sum, bit) => sum | bit, 0),
    2 ** bits.length - 1,
  );
});

test('only the repository that was looked at last counts', () => {
  const blobs = blobIndex();
  const row = blobs.add(emptyDigest);
  blobs.setLayerOf(row, 1);
  assert.deepEqual([blobs.isLayerOf(row, 1), blobs.isRevisionOf(row, 1)], [true, false]);
  blobs.setLayerOf(row, 2);
  blobs.setRevisionOf(row, 2);
  assert.deepEqual(
    [blobs.isLayerOf(row, 1), blobs.isLayerOf(row, 2), blobs.isRevisionOf(row, 2)],
    [false, true, true],
  );
});

test('rows by size begin with the largest, among equals with the first, for sizes past 4 GiB too', () => {
  const blobs = blobIndex();
  const random = seededRandom('rows');
  for (const size of [5, 7, 2 ** 40, 7, 0]) {
    const row = blobs.add(digestOf('sha256', random.hex(64)));
    blobs.setSize(row, size);
    if (size > 0) blobs.mark(row, marks.stored);
  }
  assert.deepEqual([...rowsBySize(blobs, row => blobs.has(row, marks.stored))], [2, 1, 3, 0]);
});
