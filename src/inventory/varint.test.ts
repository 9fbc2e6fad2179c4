import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_VARINT_BYTES, readVarint, writeVarint } from './varint.ts';

const most = Number.MAX_SAFE_INTEGER;

test('numbers come back, in as few bytes as they need', () => {
  for (const [value, length] of [
    [0, 1],
    [127, 1],
    [128, 2],
    [2 ** 14, 3],
    [2 ** 21 - 1, 3],
    [2 ** 21, 4],
    [2 ** 31, 5],
    [2 ** 32 + 5, 5],
    [2 ** 49 - 1, 7],
    [2 ** 49, 8],
    [most, MOST_VARINT_BYTES],
  ] as const) {
    const bytes = Buffer.alloc(10, 0xff);
    const result = { value: -1, next: -1 };
    assert.equal(writeVarint(bytes, 1, value), 1 + length, String(value));
    assert.ok(readVarint(bytes, 1, result));
    assert.deepEqual(result, { value, next: 1 + length });
    assert.ok(!readVarint(bytes.subarray(0, length), 1, result), 'cut short');
  }
});

test('a number past 2⁵³ − 1, or of too many bytes, is none', () => {
  const result = { value: -1, next: -1 };
  for (const bytes of ['8080808080808010', 'ffffffffffffff7f', '808080808080808000', 'ff'.repeat(20)])
    assert.ok(!readVarint(Buffer.from(bytes, 'hex'), 0, result), bytes);
});
