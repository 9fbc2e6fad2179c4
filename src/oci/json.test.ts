import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAmbiguousKey } from './json.ts';

const fields = ['mediaType', 'layers', 'size'];
const find = (text: string): string | undefined => {
  JSON.parse(text);
  return findAmbiguousKey(text, fields);
};

test('finds nothing in documents that every reader reads alike', () => {
  const sound = [
    '{}',
    '[]',
    '{"layers":[{"size":1},{"size":2}],"size":3}',
    '{"a":{"size":1},"b":{"size":1}}',
    '{"a":"\\"size\\":1","size":1}',
    '{"a":"{\\"layers\\":","layers":[]}',
    '{"annotations":{"Key":"1","key":"2","Layers":"3"}}',
    '{"__proto__":1,"constructor":2}',
  ];
  for (const text of sound) assert.equal(find(text), undefined, text);
});

test('finds keys that stand twice, also when they are spelt differently', () => {
  const cases: readonly [string, string][] = [
    ['{"layers":[],"layers":[]}', 'layers'],
    ['{"a":{"x":1,"x":2}}', 'x'],
    ['[{"x":1},{"x":1,"x":2}]', 'x'],
    ['{"other":1,"Other":2}', 'Other'],
    ['{"size":1,"si\\u007ae":2}', 'size'],
    ['{"annotations":{"key":"1","key":"2"}}', 'key'],
    ['{"layers" : 1 , "layers"\n: 2}', 'layers'],
  ];
  for (const [text, key] of cases) assert.equal(find(text), key, text);
});

test('finds a known property in unusual letter case, which the registry reads and others do not', () => {
  assert.equal(find('{"Layers":[]}'), 'Layers');
  assert.equal(find('{"MEDIATYPE":""}'), 'MEDIATYPE');
  assert.equal(find('{"layer\u017f":[]}'), 'layer\u017f');
});
