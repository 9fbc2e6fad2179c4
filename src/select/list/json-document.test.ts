import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entriesOf, readList, warningsOf } from '../../testing/lists.ts';
import { findingsOf } from './findings.ts';
import { jsonDocument } from './json-document.ts';
import { listLimits } from './limits.ts';

const parse = (text: string): unknown => jsonDocument(text, listLimits, findingsOf('list'));

test('a document is read with the line of everything, scalars as they are written', () => {
  assert.deepEqual(parse('{"a": [1.10, true,\n null, "x\\n\\"y\\\\"],\n\n"b":{} }'), {
    kind: 'map',
    line: 1,
    pairs: [
      {
        key: 'a',
        line: 1,
        value: {
          kind: 'list',
          line: 1,
          items: [
            { kind: 'text', text: '1.10', plain: true, line: 1 },
            { kind: 'text', text: 'true', plain: true, line: 1 },
            { kind: 'text', text: 'null', plain: true, line: 2 },
            { kind: 'text', text: 'x\n"y\\', plain: false, line: 2 },
          ],
        },
      },
      { key: 'b', line: 4, value: { kind: 'map', line: 4, pairs: [] } },
    ],
  });
});

test('what is no JSON is left to other readers', () => {
  for (const text of ['{a: 1}', '[1,]', '{"a" 1}', '{team,base}/*', '{"a": 1} {"b": 2}'])
    assert.equal(parse(text), undefined);
});

test('broken JSON is an error that names the line', async () => {
  await assert.rejects(readList('{\n  "services": {\n    "a": {"image" "x"}\n  }\n}\n'), {
    code: 'LIST_INVALID',
    message: /^list:3: this is no valid JSON and no valid YAML: /,
  });
});

test('brackets and escapes within texts mean nothing', async () => {
  const text = '{"a": "}]{[,:\\\\", "services": {"x\\"{": {"image": "a\\u003a1"}}}';
  assert.deepEqual(await entriesOf(text), ['1 a:1']);
});

test('a key that stands twice loses nothing, and is told', async () => {
  const text = '{"services": {\n"a": {"image": "a:1"},\n"a": {"image": "a:2"}}}';
  assert.deepEqual(await entriesOf(text), ['2 a:1', '3 a:2']);
  assert.deepEqual(await warningsOf(text), [
    'LIST_ASSUMED list:3: the key "a" stands in line 2 already: both are read',
  ]);
});

test('a million brackets end in an error, soon', { timeout: 20_000 }, async () => {
  const text = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
  await assert.rejects(readList(text), {
    code: 'LIST_INVALID',
    message: 'list:1: it nests more than 200 levels deep',
  });
});

test('a text of eight megabytes made of escapes is no difficulty', { timeout: 20_000 }, async () => {
  const text = `{"x": "${'\\"'.repeat(4_000_000)}", "services": {"a": {"image": "a:1"}}}`;
  assert.deepEqual(await entriesOf(text), ['1 a:1']);
});

test('a flow mapping of YAML that looks like JSON is read as YAML', async () => {
  assert.deepEqual(await entriesOf('{services: {a: {image: a:1}},\n}\n'), ['1 a:1']);
});
