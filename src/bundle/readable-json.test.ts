import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readableJson, type Json } from './readable-json.ts';

const long = 'x'.repeat(100);
const map = (entries: Readonly<Record<string, Json>>): Json => new Map(Object.entries(entries));

test('what fits into a line stands in one', () => {
  assert.equal(readableJson([]), '[]\n');
  assert.equal(readableJson(map({})), '{}\n');
  assert.equal(readableJson('a"b'), '"a\\"b"\n');
  assert.equal(
    readableJson(map({ a: [1, true, null], b: map({ c: 'd' }) })),
    '{ "a": [1, true, null], "b": { "c": "d" } }\n',
  );
});

test('what does not fit is indented, and an object of plain values in a list keeps its line', () => {
  const value = map({ list: [map({ a: long, b: long }), map({ a: [long], b: long })], name: long });
  assert.equal(
    readableJson(value),
    [
      '{',
      '  "list": [',
      `    { "a": "${long}", "b": "${long}" },`,
      '    {',
      `      "a": ["${long}"],`,
      `      "b": "${long}"`,
      '    }',
      '  ],',
      `  "name": "${long}"`,
      '}',
      '',
    ].join('\n'),
  );
});

test('keys keep the order in which they were set, also when they are numbers', () => {
  const value = new Map([
    ['b', 1],
    ['10', 2],
    ['9', 3],
    ['__proto__', 4],
  ]);
  assert.equal(readableJson(value), '{ "b": 1, "10": 2, "9": 3, "__proto__": 4 }\n');
});
