import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Difference, TagDifference } from '../diff/diff.ts';
import { parseDigest } from '../oci/digest.ts';
import { renderDiff, type DiffContext } from './diff.ts';
import { diffDocument, failedDiffDocument } from './diff-json.ts';
import { fakeStream } from './fakes.ts';
import { sampleDigest } from './samples.ts';
import { terminalFor } from './terminal.ts';
import { displayWidth } from './text.ts';

const { colors } = terminalFor(fakeStream(), {}, false);
const plain: DiffContext = { colors, width: undefined, verbose: false };
const names = { a: 'site', b: 'shipment' };
const digest = (number: number) => parseDigest(sampleDigest(number));

const tag = (name: string, before: number | null, after: number | null): TagDifference => ({
  ...{ repository: 'team/app', tag: name },
  before: before === null ? null : digest(before),
  after: after === null ? null : digest(after),
});
const different: Difference = {
  tags: [tag('1.0', 1, null), tag('1.1', null, 2), tag('latest', 1, 2)],
  added: { blobs: 12, bytes: 51_000_000 },
  removed: { blobs: 1, bytes: 999 },
  common: { blobs: 12_345, bytes: 1_200_000_000 },
  ...{ resized: [], commonTags: 7, same: false },
};
const none = { blobs: 0, bytes: 0 };
const lines = (difference: Difference, context = plain): string[] =>
  renderDiff(difference, names, context).split('\n');

test('tags that were added, removed and moved, and blobs of each side', () => {
  assert.deepEqual(lines(different), [
    'site → shipment: 1 tag added, 1 tag removed, 1 tag moved',
    '     TAG              A                    B',
    '  -  team/app:1.0     sha256:100000000000  -',
    '  +  team/app:1.1     -                    sha256:200000000000',
    '  ~  team/app:latest  sha256:100000000000  sha256:200000000000',
    '',
    '  + only in B      12 blobs   51 MB',
    '  - only in A       1 blob    999 B',
    '    in both    12,345 blobs  1.2 GB',
    '',
  ]);
});

test('the same is said in one line', () => {
  const same = { ...different, tags: [], added: none, removed: none, same: true };
  assert.deepEqual(lines(same), ['site and shipment have the same: 7 tags, 12,345 blobs, 1.2 GB', '']);
});

test('where only tags or only blobs differ, it is said so', () => {
  assert.equal(lines({ ...different, tags: [] })[0], 'site → shipment: the same tags');
  const tagsOnly = { ...different, added: none, removed: none, tags: different.tags.slice(2) };
  assert.equal(lines(tagsOnly)[0], 'site → shipment: 1 tag moved, the same blobs');
});

test('a blob of two sizes is damaged on one side', () => {
  const text = lines({ ...different, resized: [{ digest: digest(3), before: 100, after: 99 }] });
  assert.ok(text.includes('  sha256:300000000000  100 bytes in A, 99 in B'));
  assert.ok(text.some(line => line.startsWith('Blobs whose size differs')));
});

test('long lists are cut short, and --verbose cuts nothing', () => {
  const tags = Array.from({ length: 150 }, (_, at) => tag(`1.${String(at)}`, null, at));
  const resized = Array.from({ length: 30 }, (_, at) => ({ digest: digest(at), before: 1, after: 2 }));
  const text = lines({ ...different, tags, resized });
  assert.ok(text.includes('  ... and 50 more tags; --verbose lists them all'));
  assert.ok(text.includes('  ... and 10 more blobs; --verbose lists them all'));
  const verbose = lines({ ...different, tags, resized }, { ...plain, verbose: true });
  assert.ok(
    verbose.some(line => line.includes('team/app:1.149')) && verbose.join().includes(sampleDigest(29)),
  );
});

test('no line is wider than the terminal, and nothing reaches it raw', () => {
  const tags = [{ ...tag('x', 1, 2), repository: `a\x1b[2J/${'long/'.repeat(30)}` }];
  for (const width of [50, 80]) {
    const text = renderDiff({ ...different, tags }, { a: 'a\x1b[1m', b: 'b' }, { ...plain, width });
    assert.ok(!/[\x00-\x09\x0b-\x1f]/.test(text));
    for (const line of text.split('\n')) assert.ok(displayWidth(line) <= width, line);
  }
});

test('the document holds all of it, and has its form also where nothing was compared', () => {
  const document = diffDocument(different, names, []) as Record<string, unknown>;
  assert.deepEqual(document['tags'], [
    { change: 'removed', ...different.tags[0] },
    { change: 'added', ...different.tags[1] },
    { change: 'moved', ...different.tags[2] },
  ]);
  assert.deepEqual([document['same'], document['commonTags']], [false, 7]);
  const failed = failedDiffDocument([], [{ code: 'IO_ERROR', message: 'x' }]) as Record<string, unknown>;
  assert.deepEqual(Object.keys(failed), Object.keys(document));
});
