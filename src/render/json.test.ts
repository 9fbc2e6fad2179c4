import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderJson } from './json.ts';
import { lostImage, sampleImage, sampleReport } from './samples.ts';

test('a report is one document that reads back as it was', () => {
  const report = sampleReport([sampleImage('app:1'), lostImage('app:9')], {
    errors: [{ code: 'TAG_UNKNOWN', message: 'no', reference: 'app:9' }],
  });
  const text = renderJson(report);
  assert.deepEqual(JSON.parse(text), report);
  assert.ok(text.endsWith('}\n'));
});

test('names of the document are those that are promised', () => {
  const report = sampleReport([sampleImage('app:1')]);
  assert.deepEqual(Object.keys(JSON.parse(renderJson(report)) as object), [
    'schemaVersion',
    'command',
    'ok',
    'dryRun',
    'images',
    'totals',
    'warnings',
    'errors',
  ]);
});

test('characters that act on a terminal are escaped and survive', () => {
  const path = 'a\x1b[2J\x7f\x9b\u202e\u2028\u{e0001}日\ud800';
  const report = sampleReport([], { errors: [{ code: 'IO_ERROR', message: 'no', path }] });
  const text = renderJson(report);
  assert.ok(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028\u{e0001}]/u.test(text));
  assert.deepEqual(JSON.parse(text), report);
});
