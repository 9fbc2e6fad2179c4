import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../look/inspect.ts';
import { inspected } from '../testing/look.ts';
import { sharingImages } from '../testing/sharing-images.ts';
import { treeRows, type TreeRow } from './tree-rows.ts';

const linesOf = (rows: readonly TreeRow[]): readonly string[] =>
  rows.map(({ branches, part, remark }) => branches + (remark ?? part?.label ?? ''));

function signedIndex(): Promise<Inspection> {
  const { registry, app, first } = sharingImages();
  app.signature(first);
  return inspected(registry, 'team/app:both');
}

test('every part has its place, and lines lead to it', async () => {
  const { manifest } = await signedIndex();
  assert.deepEqual(linesOf(treeRows(manifest, true, Infinity)), [
    'index',
    '├─ linux/amd64 manifest',
    '│  ├─ config',
    '│  ├─ layer 1',
    '│  ├─ layer 2',
    '│  └─ referrer',
    '│     ├─ config',
    '│     └─ layer 1',
    '└─ linux/arm64 manifest',
    '   ├─ config',
    '   ├─ layer 1',
    '   └─ layer 2',
  ]);
});

test('without line-drawing characters it is drawn by what every terminal has', async () => {
  const lines = linesOf(treeRows((await signedIndex()).manifest, false, Infinity));
  for (const line of lines) assert.match(line, /^[ -~]*$/);
  assert.equal(lines[5], '|  `- referrer');
});

test('of many parts the first are shown and the others counted', async () => {
  const { manifest } = await signedIndex();
  assert.deepEqual(linesOf(treeRows(manifest, true, 1)), [
    'index',
    '├─ linux/amd64 manifest',
    '│  ├─ config',
    '│  ├─ ... and 2 more parts; --verbose lists them all',
    '│  └─ referrer',
    '│     ├─ config',
    '│     └─ ... and 1 more part; --verbose lists them all',
    '└─ ... and 1 more part; --verbose lists them all',
  ]);
});
