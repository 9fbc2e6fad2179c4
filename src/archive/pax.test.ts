import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePax, paxRecord } from './pax.ts';

test('a record counts its own length', () => {
  assert.equal(paxRecord('path', 'abc').toString(), '12 path=abc\n');
  for (let length = 0; length < 2000; length++) {
    const record = paxRecord('k', 'v'.repeat(length));
    assert.equal(parseInt(record.toString(), 10), record.length);
  }
});

test('records are read as they were built, whatever their values', () => {
  const keys = fc.stringMatching(/^[a-zA-Z.]{1,12}$/);
  fc.assert(
    fc.property(fc.dictionary(keys, fc.string({ unit: 'binary' }), { noNullPrototype: true }), records => {
      const body = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)));
      assert.deepEqual(parsePax(body), new Map(Object.entries(records)));
    }),
  );
});

test('any bytes are either records or not, and never a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
      const found = parsePax(Buffer.from(bytes));
      assert.ok(typeof found === 'string' || found instanceof Map);
    }),
  );
});

test('of a keyword that decides nothing the last value counts', () => {
  const body = Buffer.concat([paxRecord('mtime', '1'), paxRecord('mtime', '2')]);
  assert.deepEqual(parsePax(body), new Map([['mtime', '2']]));
});
