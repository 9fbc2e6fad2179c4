import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure } from '../errors.ts';
import type { Report } from '../report.ts';
import { fakeStream } from './fakes.ts';
import type { ReportContext } from './image-table.ts';
import { renderConsequence, renderReport } from './report.ts';
import { lostImage, sampleImage, sampleReport } from './samples.ts';
import { terminalFor } from './terminal.ts';
import { displayWidth } from './text.ts';

const { colors } = terminalFor(fakeStream(), {}, false);
const plain: ReportContext = { colors, width: undefined, verbose: false };
const lines = (report: Report, context: ReportContext = plain, output = 'out'): string[] =>
  renderReport(report, output, context).split('\n');
const missing: Failure = { code: 'TAG_UNKNOWN', message: 'repository app has no tag 9', reference: 'app:9' };

const three = [
  sampleImage('team/app:1.2', {
    platforms: ['linux/amd64', 'linux/arm64/v8'],
    bytes: 245_000_000,
    sharedBytes: 31_000_000,
  }),
  sampleImage('platform/web:latest', { status: 'present', sharedBytes: 31_000_000 }),
  sampleImage('charts/ingress', { platforms: [], bytes: 12_345 }),
];

test('one image: what it is, what it took, how to go on', () => {
  assert.deepEqual(
    lines(
      sampleReport([sampleImage('team/app:1.2')], {
        totals: { bytes: 120_000_000, copiedBytes: 120_000_000 },
      }),
    ),
    [
      'Copied 1 image to out',
      '  IMAGE         DIGEST               PLATFORMS      SIZE',
      '  team/app:1.2  sha256:987654321000  linux/amd64  120 MB',
      '',
      '  8 blobs, 120 MB',
      '  120 MB copied in 2.5 s (48 MB/s)',
      '',
      'Next',
      '  pack    tar -C out -cf images.tar docker',
      '  unpack  tar -C /var/lib/registry -xf images.tar',
      '  serve   docker run --rm -p 5000:5000 -v "$PWD/out":/var/lib/registry registry:3',
      '',
    ],
  );
});

test('several images: status, and what sharing saves', () => {
  const report = sampleReport(three, {
    totals: { bytes: 334_012_345, copiedBytes: 214_012_345, skippedBytes: 120_000_000 },
  });
  assert.deepEqual(lines(report).slice(0, 7), [
    '3 images in out: 2 copied, 1 there already',
    '  IMAGE                               DIGEST               PLATFORMS                       SIZE  STATUS',
    '  team/app:1.2                        sha256:987654321000  linux/amd64, linux/arm64/v8   245 MB  copied',
    '  platform/web:latest                 sha256:987654321000  linux/amd64                   120 MB  present',
    '  charts/ingress@sha256:987654321000  sha256:987654321000  -                            12.3 kB  copied',
    '',
    '  8 blobs, 334 MB (sharing saves 31 MB)',
  ]);
  assert.ok(lines(report).includes('  214 MB copied in 2.5 s (85.6 MB/s), 120 MB there already'));
});

test('nothing to copy is said so', () => {
  const images = [sampleImage('a:1', { status: 'present' }), sampleImage('b:1', { status: 'present' })];
  const text = lines(
    sampleReport(images, { totals: { copiedBytes: 0, skippedBytes: 200_000_000, durationMs: 12 } }),
  );
  assert.equal(text[0], 'Nothing to copy: all 2 images are in out already');
  assert.ok(text.includes('  nothing copied in 12 ms, 200 MB there already'));
  assert.equal(lines(sampleReport(images.slice(1)))[0], 'Nothing to copy: 1 image is in out already');
});

test('hard links are counted apart', () => {
  const report = sampleReport([sampleImage('a:1')], {
    totals: { copiedBytes: 1000, linkedBytes: 199_999_000 },
  });
  assert.ok(lines(report).includes('  1 kB copied, 200 MB linked in 2.5 s (80 MB/s)'));
  assert.equal(lines(report)[0], 'Copied 1 image to out');
  const all = sampleReport([sampleImage('a:1')], { totals: { copiedBytes: 0, linkedBytes: 200_000_000 } });
  assert.equal(lines(all)[0], 'Linked 1 image to out');
});

test('an image that failed is in the list, with what was asked for', () => {
  const report = sampleReport([sampleImage('app:1'), lostImage('app:9')], { errors: [missing] });
  assert.deepEqual(lines(report).slice(0, 4), [
    '1 of 2 images is in out',
    '  IMAGE  DIGEST               PLATFORMS      SIZE  STATUS',
    '  app:1  sha256:987654321000  linux/amd64  120 MB  copied',
    '  app:9  -                    -                 -  failed',
  ]);
});

test('where nothing was shipped there is no summary', () => {
  assert.equal(renderReport(sampleReport([lostImage('app:9')], { errors: [missing] }), 'out', plain), '');
});

test('what was not done because of an error is said', () => {
  const idle = { copiedBytes: 0, linkedBytes: 0 };
  const planned = sampleImage('app:1', { status: 'planned' });
  const consequence = (images: Report['images'], totals = {}): string =>
    renderConsequence(sampleReport(images, { errors: [missing], totals }));
  assert.equal(consequence([lostImage('app:9')], idle), 'Nothing was written.\n');
  assert.equal(
    consequence([planned, lostImage('app:9')], idle),
    'Nothing was written: 1 image was not copied; --keep-going copies what can be copied whole.\n',
  );
  assert.equal(
    consequence([sampleImage('b:1'), planned, planned, lostImage('app:9')]),
    '2 images were not copied; --keep-going copies what can be copied whole.\n',
  );
  assert.equal(consequence([sampleImage('b:1'), lostImage('app:9')]), '');
  assert.equal(renderConsequence(sampleReport([planned], { dryRun: true, errors: [missing] })), '');
});

test('an interruption says what is kept and how to go on, and names no next step', () => {
  const interrupted: Failure = { code: 'INTERRUPTED', message: 'interrupted' };
  const images = [sampleImage('a:1'), sampleImage('b:1', { status: 'planned' })];
  const text = lines(sampleReport(images, { errors: [interrupted] }));
  assert.equal(text[0], 'Interrupted: 1 of 2 images is complete in out');
  assert.equal(
    text.at(-2),
    'Run the same command again to go on: what is there already is not copied again.',
  );
  assert.ok(!text.includes('Next'));
  assert.equal(
    renderReport(sampleReport([], { errors: [interrupted] }), 'out', plain),
    'Interrupted before anything was written.\n',
  );
});

test('schema1 is served by registry 2 only', () => {
  const report = sampleReport([sampleImage('old:1')], { warnings: [{ code: 'SCHEMA1', message: '' }] });
  assert.match(lines(report).join('\n'), /registry:2$/m);
});

test('the next commands can be pasted, whatever the directory is called', () => {
  const text = lines(sampleReport([sampleImage('a:1')]), plain, "./it's out").join('\n');
  assert.ok(text.includes(String.raw`tar -C './it'\''s out' -cf images.tar docker`));
  assert.ok(text.includes(String.raw`-v "$PWD"/'it'\''s out':/var/lib/registry`));
  assert.ok(
    lines(sampleReport([sampleImage('a:1')]), plain, '/srv/out')
      .join('\n')
      .includes('-v /srv/out:/var/lib/registry'),
  );
});

test('hundreds of images are cut short, failures never, and --verbose cuts nothing', () => {
  const many = Array.from({ length: 300 }, (_, index) => sampleImage(`app:${String(index)}`));
  many[250] = lostImage('app:250');
  const report = sampleReport(many, { errors: [missing] });
  const text = lines(report);
  assert.ok(text.includes('  ... and 270 more images; --verbose lists them all'));
  assert.ok(text.some(line => line.includes('app:250')));
  assert.ok(text.length < 45);
  assert.ok(lines(report, { ...plain, verbose: true }).length > 300);
});

test('--verbose shows whole digests', () => {
  const text = lines(sampleReport([sampleImage('a:1')]), { ...plain, verbose: true }).join('\n');
  assert.match(text, /sha256:[0-9]{64} /);
});

test('no line is wider than the terminal', () => {
  const long = sampleImage(`registry.example.org/${'very-long-name/'.repeat(6)}app:1.2.3-rc4`);
  for (const width of [60, 80, 120, 200]) {
    for (const line of lines(sampleReport([...three, long]), { ...plain, width }, '/srv/long/output')) {
      const command = /^ +(pack|unpack|serve|-v) /.test(line);
      assert.ok(command || displayWidth(line) <= width, `${String(width)}: ${line}`);
    }
  }
});

test('80 columns keep the short digest where names are of usual length', () => {
  const text = lines(sampleReport(three), { ...plain, width: 80 });
  assert.deepEqual(text.slice(1, 3), [
    '  IMAGE                              DIGEST        PLATFORMS       SIZE  STATUS',
    '  team/app:1.2                       987654321000  2 platforms   245 MB  copied',
  ]);
});

test('nothing out of a registry reaches the terminal raw', () => {
  const evil = sampleImage('a:1', { repository: 'a\x1b[2J', platforms: ['linux/\x07amd64'] });
  const text = renderReport(sampleReport([evil]), 'o\x1b[1mut', plain);
  assert.ok(!/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(text));
});
