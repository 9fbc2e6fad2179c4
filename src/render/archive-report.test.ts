import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArchiveReport } from '../report.ts';
import { renderArchiveReport, renderUnfinishedArchive } from './archive-report.ts';
import { fakeStream } from './fakes.ts';
import type { ReportContext } from './image-table.ts';
import { sampleDigest, sampleImage, sampleReport } from './samples.ts';
import { terminalFor } from './terminal.ts';

const { colors } = terminalFor(fakeStream(), {}, false);
const plain: ReportContext = { colors, width: undefined, verbose: false };
const report = sampleReport([sampleImage('team/app:1.2')], { totals: { bytes: 120_000_000 } });

const filesOf = (...paths: readonly string[]): ArchiveReport['files'] =>
  paths.map((path, at) => ({ path, bytes: 650_000_000 + at, sha256: sampleDigest(at).slice(7) }));
const archiveOf = (files: ArchiveReport['files'], changes: Partial<ArchiveReport> = {}): ArchiveReport => ({
  files,
  sums: files.length === 0 ? null : '/srv/images.tar.sha256',
  tarBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  ...changes,
});

function lines(archive: ArchiveReport, of = report, context = plain): readonly string[] {
  return renderArchiveReport(of, archive, context).split('\n');
}

test('one file: what it holds, how large it is, how to go on', () => {
  assert.deepEqual(lines(archiveOf(filesOf('/srv/images.tar'))), [
    'Packed 1 image into /srv/images.tar',
    '  IMAGE         DIGEST               PLATFORMS      SIZE',
    '  team/app:1.2  sha256:987654321000  linux/amd64  120 MB',
    '',
    '  8 blobs, 120 MB',
    '  650 MB packed in 2.5 s (260 MB/s)',
    '',
    '  /srv/images.tar  650 MB',
    '  /srv/images.tar.sha256  checksums',
    '',
    'Next',
    '  check   sha256sum -c images.tar.sha256',
    '  apply   registry-scraper apply /srv/images.tar -d /var/lib/registry',
    '',
  ]);
});

test('on standard output there are no files, and whoever reads goes on', () => {
  const text = lines(archiveOf([], { tarBytes: 5_000_000 }));
  assert.equal(text[0], 'Packed 1 image into standard output');
  assert.deepEqual(text.slice(3), ['', '  8 blobs, 120 MB', '  5 MB packed in 2.5 s (2 MB/s)', '']);
});

test('compressed, both sizes are told', () => {
  const text = lines(archiveOf(filesOf('/srv/x.tar.zst'), { tarBytes: 2_000_000_000 }));
  assert.ok(text.includes('  650 MB of 2 GB packed in 2.5 s (800 MB/s)'), text.join('\n'));
});

test('parts are counted, and very many are not listed one by one', () => {
  const names = Array.from({ length: 12 }, (_, at) => `/srv/images.tar.${String(at + 1).padStart(3, '0')}`);
  const text = lines(archiveOf(filesOf(...names)));
  assert.equal(text[0], 'Packed 1 image into 12 parts');
  assert.equal(text.filter(line => /images\.tar\.\d{3} /.test(line)).length, 8 + 1);
  assert.ok(text.includes('  and 4 more'));
  assert.ok(text.includes('  apply   registry-scraper apply /srv/images.tar.001 -d /var/lib/registry'));
  const all = lines(archiveOf(filesOf(...names)), report, { ...plain, verbose: true });
  assert.ok(names.every(name => all.some(line => line.startsWith(`  ${name} `))));
});

test('what is left to the base is told', () => {
  const delta = sampleReport([sampleImage('team/app:1.2', { baseBytes: 100_000_000 })], {
    totals: { bytes: 120_000_000, baseBytes: 100_000_000 },
  });
  assert.ok(lines(archiveOf(filesOf('/srv/d.tar')), delta).includes('  100 MB of it left to the base'));
  assert.ok(!lines(archiveOf(filesOf('/srv/d.tar'))).some(line => line.includes('base')));
});

test('names that a shell or a terminal would take for something else are quoted and tamed', () => {
  const text = lines(archiveOf(filesOf("/srv/it's here/\u001b[31mred.tar"), { sums: '/srv/a b.sha256' }));
  assert.ok(text.every(line => !line.includes('\u001b')));
  assert.ok(
    text.some(line => line.startsWith("  check   sha256sum -c 'a b.sha256'")),
    text.join('\n'),
  );
  assert.ok(
    text.some(line => /apply '.*it'\\''s here.*' -d/.test(line)),
    text.join('\n'),
  );
});

test('without checksums nothing is said of checking them', () => {
  const text = lines(archiveOf(filesOf('/srv/x.tar'), { sums: null }));
  assert.ok(!text.some(line => /checksums|sha256sum/.test(line)));
});

test('an archive that was interrupted is not called one to go on with', () => {
  const interrupted = sampleReport([sampleImage('team/app:1.2', { status: 'planned' })], {
    errors: [{ code: 'INTERRUPTED', message: 'interrupted (SIGINT)' }],
  });
  assert.match(renderUnfinishedArchive(interrupted), /^Interrupted: nothing .* begins anew\.$/m);
  const damaged = sampleReport([], { errors: [{ code: 'DIGEST_MISMATCH', message: 'wrong' }] });
  assert.equal(renderUnfinishedArchive(damaged), '');
});
