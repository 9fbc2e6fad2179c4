import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeStream } from './fakes.ts';
import type { ReportContext } from './image-table.ts';
import { renderPlan } from './plan.ts';
import { lostImage, sampleImage, sampleReport } from './samples.ts';
import { terminalFor } from './terminal.ts';

const { colors } = terminalFor(fakeStream(), {}, false);
const plain: ReportContext = { colors, width: undefined, verbose: false };
const planned = { status: 'planned', sharedBytes: 40_000_000 } as const;
const totals = { bytes: 200_000_000, copiedBytes: 0, skippedBytes: 50_000_000 };

test('a plan shows own, shared and total bytes, and what the output lacks', () => {
  const report = sampleReport([sampleImage('app:1', planned), sampleImage('web:2', planned)], {
    dryRun: true,
    totals,
  });
  assert.deepEqual(renderPlan(report, 'out', plain).split('\n'), [
    'Plan for 2 images (dry run, nothing is written)',
    '  IMAGE  DIGEST               PLATFORMS      OWN  SHARED   TOTAL',
    '  app:1  sha256:987654321000  linux/amd64  80 MB   40 MB  120 MB',
    '  web:2  sha256:987654321000  linux/amd64  80 MB   40 MB  120 MB',
    '',
    '  each on its own  240 MB',
    '  together         200 MB  8 blobs, 2 manifests among them',
    '  already there     50 MB  in out',
    '  to be copied     150 MB',
    '',
  ]);
});

test('without an output there is nothing to compare with', () => {
  const report = sampleReport([sampleImage('app:1', { status: 'planned' })], {
    dryRun: true,
    totals: { ...totals, skippedBytes: 0 },
  });
  assert.deepEqual(
    renderPlan(report, undefined, plain).split('\n'),
    [
      'Plan for 1 image (dry run, nothing is written)',
      '  IMAGE  DIGEST               PLATFORMS     TOTAL',
      '  app:1  sha256:987654321000  linux/amd64  120 MB',
      '',
      '  together  200 MB  8 blobs, 2 manifests among them',
      '',
    ].map(line => line.replace('    TOTAL', '     SIZE')),
  );
});

test('what cannot be shipped is in the table and not in the sums', () => {
  const report = sampleReport([sampleImage('app:1', { status: 'planned' }), lostImage('app:9')], {
    dryRun: true,
    totals,
    errors: [{ code: 'TAG_UNKNOWN', message: 'repository app has no tag 9' }],
  });
  const text = renderPlan(report, 'out', plain);
  assert.match(text, /^Plan for 1 of 2 images /);
  assert.match(text, /^ {2}app:9 {2}- .* failed$/m);
});

test('no image at all gives no plan', () => {
  assert.equal(renderPlan(sampleReport([lostImage('app:9')], { dryRun: true }), 'out', plain), '');
});

test('an interrupted dry run says that there is no plan', () => {
  const report = sampleReport([], {
    dryRun: true,
    errors: [{ code: 'INTERRUPTED', message: 'interrupted' }],
  });
  assert.equal(
    renderPlan(report, 'out', plain),
    'Interrupted before the plan was made; nothing was written.\n',
  );
});

test('80 columns hold a plan of usual names', () => {
  const report = sampleReport(
    [sampleImage('platform/frontend/webserver:1.2.3', planned), sampleImage('web:2', planned)],
    {
      dryRun: true,
      totals,
    },
  );
  const lines = renderPlan(report, 'out', { ...plain, width: 80 }).split('\n');
  assert.ok(lines.every(line => line.length <= 80));
  assert.match(lines[1] ?? '', /IMAGE +DIGEST .*OWN +SHARED +TOTAL$/);
});
