import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApplyReport } from '../apply/apply.ts';
import type { MovedTag } from '../apply/existing-tags.ts';
import type { Failure } from '../errors.ts';
import type { ImageReport } from '../report.ts';
import { renderApply, renderApplyConsequence } from './apply.ts';
import { fakeStream } from './fakes.ts';
import type { ReportContext } from './image-table.ts';
import { lostImage, sampleDigest, sampleImage, sampleReport } from './samples.ts';
import { terminalFor } from './terminal.ts';
import { displayWidth } from './text.ts';

const { colors } = terminalFor(fakeStream(), {}, false);
const plain: ReportContext = { colors, width: undefined, verbose: false };

type Changes = Parameters<typeof sampleReport>[1] & { readonly movedTags?: readonly MovedTag[] };
const report = (
  images: readonly ImageReport[],
  { movedTags = [], ...changes }: Changes = {},
): ApplyReport => ({
  ...sampleReport(images, changes),
  command: 'apply',
  movedTags,
});
const lines = (applied: ApplyReport, context = plain): string[] =>
  renderApply(applied, '/srv/registry', context).split('\n');

const moved: MovedTag = {
  ...{ repository: 'team/app', tag: 'latest', kept: false },
  ...{ before: sampleDigest(1), after: sampleDigest(2) },
};
const present = sampleImage('platform/web:latest', { status: 'present' });
const planned = sampleImage('team/app:1.2', { status: 'planned' });
const broken: Failure = { code: 'DIGEST_MISMATCH', message: 'wrong', reference: 'app:9' };
const interrupted: Failure = { code: 'INTERRUPTED', message: 'interrupted' };

test('what was applied, which tags moved and stayed, what it took, how to go on', () => {
  const kept: MovedTag = { ...moved, tag: 'stable', kept: true };
  assert.deepEqual(lines(report([sampleImage('team/app:latest'), present], { movedTags: [moved, kept] })), [
    '2 images in /srv/registry: 1 applied, 1 there already',
    '  IMAGE                DIGEST               PLATFORMS      SIZE  STATUS',
    '  team/app:latest      sha256:987654321000  linux/amd64  120 MB  copied',
    '  platform/web:latest  sha256:987654321000  linux/amd64  120 MB  present',
    '',
    '  MOVED            FROM                 TO',
    '  team/app:latest  sha256:100000000000  sha256:200000000000',
    '',
    '  KEPT             AT                   NOT',
    '  team/app:stable  sha256:100000000000  sha256:200000000000',
    '',
    '  8 blobs, 200 MB (sharing saves 40 MB)',
    '  200 MB copied in 2.5 s (80 MB/s)',
    '',
    'Next',
    '  check   registry-scraper verify -d /srv/registry',
    'A registry that runs there serves it already, without a restart.',
    '',
  ]);
  assert.equal(lines(report([sampleImage('a:1')]))[0], 'Applied 1 image to /srv/registry');
});

test('a dry run says what would be new, and names no next step', () => {
  const totals = { bytes: 200_000_000, copiedBytes: 0, skippedBytes: 80_000_000 };
  const text = lines(report([planned, present], { dryRun: true, movedTags: [moved], totals }));
  assert.equal(text[0], 'Would apply 1 image to /srv/registry (dry run, nothing is written)');
  assert.ok(text.includes('  WOULD MOVE       FROM                 TO'));
  assert.equal(text.at(-2), '  8 blobs, 200 MB: 120 MB new, 80 MB there already');
});

test('where there is nothing to do it is said so', () => {
  for (const dryRun of [true, false]) {
    const one = lines(report([present], { dryRun }));
    assert.equal(one[0], 'Nothing to apply: 1 image is in /srv/registry already');
    assert.ok(!one.includes('Next'));
    const two = lines(report([present, present], { dryRun }));
    assert.equal(two[0], 'Nothing to apply: all 2 images are in /srv/registry already');
    assert.deepEqual(lines(report([], { dryRun })), ['Nothing to apply: there are no images in it', '']);
  }
});

test('a dry run that would be refused because of tags lists them', () => {
  const errors: Failure[] = [{ code: 'TAG_EXISTS', message: 'tag …' }];
  const text = lines(report([planned], { dryRun: true, errors, movedTags: [moved] }));
  assert.equal(text[0], 'Nothing would be applied to /srv/registry (dry run)');
  assert.ok(text.some(line => line.startsWith('  IN THE WAY ')));
  assert.equal(renderApply(report([planned], { dryRun: true, errors: [broken] }), '/x', plain), '');
});

test('what failed is in the list, and after the errors it is said what was not done', () => {
  const some = report([sampleImage('app:1'), lostImage('app:9'), planned], { errors: [broken] });
  assert.equal(lines(some)[0], '1 of 3 images is in /srv/registry');
  assert.ok(!lines(some).includes('Next'));
  assert.equal(
    renderApplyConsequence(some),
    '2 images were not applied; all that the registry has of the others is whole.\n',
  );
  const none = report([planned], { errors: [broken], totals: { copiedBytes: 0 } });
  assert.equal(renderApply(none, '/x', plain), '');
  assert.equal(renderApplyConsequence(none), 'Nothing was written.\n');
  assert.equal(renderApplyConsequence(report([present])), '');
  const cut = report([], { errors: [broken], totals: { copiedBytes: 100 } });
  assert.match(renderApplyConsequence(cut), /^Only blobs were written, to which nothing leads: /);
  assert.equal(renderApplyConsequence({ ...none, dryRun: true }), '');
});

test('a tag that lists all it listed before is told apart from one that moved', () => {
  const movedTags = [moved, { ...moved, tag: 'list', merged: true }];
  const text = lines(report([sampleImage('a:1')], { movedTags })).join('\n');
  assert.match(text, /MOVED .*\n {2}team\/app:latest .*\n\n {2}MERGED .*\n {2}team\/app:list /);
});

test('an interruption says what is there and how to go on', () => {
  const text = lines(report([sampleImage('a:1'), planned], { errors: [interrupted] }));
  assert.equal(text[0], 'Interrupted: 1 of 2 images is complete in /srv/registry');
  assert.equal(
    text.at(-2),
    'Run the same command again to go on: what is there already is not written again.',
  );
  assert.equal(
    renderApply(report([], { errors: [interrupted] }), '/x', plain),
    'Interrupted before anything was written.\n',
  );
  assert.equal(renderApplyConsequence(report([planned], { errors: [interrupted] })), '');
});

test('a registry with a database is not said to serve what was written', () => {
  const warnings = [{ code: 'DATABASE_IN_USE', message: '', path: '/srv/registry' }] as const;
  assert.ok(
    !lines(report([sampleImage('a:1')], { warnings }))
      .join('\n')
      .includes('restart'),
  );
});

test('long lists of tags are cut short, digest tags are abbreviated, and --verbose shows all of it', () => {
  const digestTag = `sha256-${'0123456789abcdef'.repeat(4)}.sig`;
  const movedTags = Array.from({ length: 50 }, (_, at) => ({ ...moved, tag: `1.${String(at)}` }));
  const many = report([sampleImage('a:1')], { movedTags: [{ ...moved, tag: digestTag }, ...movedTags] });
  const text = lines(many);
  assert.ok(text.includes('  ... and 21 more tags; --verbose lists them all'));
  assert.ok(text.some(line => line.includes('team/app:sha256-0123456789ab….sig ')));
  const verbose = lines(many, { ...plain, verbose: true });
  assert.ok(verbose.some(line => line.includes(digestTag) && line.includes(moved.before)));
  assert.ok(verbose.some(line => line.includes('team/app:1.49 ')));
});

test('no line is wider than the terminal, and nothing out of a registry reaches it raw', () => {
  const long = `registry.example.org/${'very-long-name/'.repeat(6)}app`;
  const movedTags = [{ ...moved, repository: long, before: `evil\x1b[2J${'x'.repeat(300)}` }];
  for (const width of [50, 80, 120]) {
    const text = lines(report([sampleImage(`${long}:1`)], { movedTags }), { ...plain, width });
    for (const line of text) {
      assert.ok(displayWidth(line) <= width, `${String(width)}: ${line}`);
      assert.ok(!/[\x00-\x1f\x7f-\x9f]/.test(line));
    }
  }
});
