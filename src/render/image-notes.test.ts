import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeStream } from './fakes.ts';
import { renderNotes } from './image-notes.ts';
import { lostImage, sampleDigest, sampleImage, sampleReport } from './samples.ts';
import { terminalFor } from './terminal.ts';

const { colors } = terminalFor(fakeStream(), {}, false);
const notes = (report: ReturnType<typeof sampleReport>, verbose = false, width?: number): readonly string[] =>
  renderNotes(report, { colors, width, verbose });
const signature = {
  ...{ digest: sampleDigest(22), subject: sampleDigest(11), artifactType: 'sig' },
  tag: `${sampleDigest(11).replace(':', '-')}.sig`,
};
const sbom = {
  digest: sampleDigest(33),
  subject: sampleDigest(11),
  artifactType: 'application/spdx+json',
  tag: null,
};
const rich = sampleImage('team/app:1', {
  ...{ reasons: ['matches team/**:*', 'newest 1 of 3 by semver'] },
  ...{
    outputRepository: 'site/app',
    leftPlatforms: ['linux/s390x'],
    leftBytes: 5_000_000,
    referrers: [signature, sbom],
  },
});

test('plain images need no notes', () => {
  assert.deepEqual(notes(sampleReport([sampleImage('app:1')])), []);
});

test('what goes along and what is left out is summed up', () => {
  assert.deepEqual(notes(sampleReport([rich, sampleImage('app:1'), lostImage('gone:1')])), [
    '  with 2 referrers: signature, SBOM',
    '  platforms left out: linux/s390x, saving 5 MB',
  ]);
});

test('verbose tells for each image why it is in, what it was called, and what goes with it', () => {
  const report = sampleReport([rich, sampleImage('app:1')], { totals: { scannedManifests: 9 } });
  assert.deepEqual(notes(report, true), [
    '  site/app:1',
    '    in because: matches team/**:*; newest 1 of 3 by semver',
    '    renamed from team/app',
    '    left out: linux/s390x, saving 5 MB',
    `    signature ${sampleDigest(22)} about ${sampleDigest(11)} (tag sha256-110000000000….sig)`,
    `    SBOM (application/spdx+json) ${sampleDigest(33)} about ${sampleDigest(11)}`,
    '  app:1',
    '    in because: named exactly',
    '',
    '  with 2 referrers: signature, SBOM',
    '  platforms left out: linux/s390x, saving 5 MB',
    '  9 manifests read in looking for referrers',
  ]);
});

test('what was asked for is told only where it differs from the name', () => {
  const why = (name: string, requested: string, reasons: readonly string[] = ['named exactly']): unknown =>
    notes(sampleReport([sampleImage(name, { requested, reasons })]), true)[1];
  assert.equal(why('app:latest', 'app'), '    in because: named exactly; asked for as app');
  assert.equal(
    why('library/redis:7', 'redis:7', ['named exactly', 'listed in compose.yaml:3']),
    '    in because: named exactly; listed in compose.yaml:3; asked for as redis:7',
  );
  assert.equal(why('app:1', 'app:1'), '    in because: named exactly');
  const digest = sampleDigest(5);
  const pinned = sampleImage('app', { requested: `app@${digest}`, digest, tag: null });
  assert.equal(notes(sampleReport([pinned]), true)[1], '    in because: named exactly');
});

test('lines fit the terminal where their words do', () => {
  const types = ['sig', 'application/vnd.security.report+json', 'application/vnd.licence.report+json'];
  const referrers = types.map(artifactType => ({ ...sbom, artifactType }));
  const lines = notes(sampleReport([{ ...rich, referrers }]), true, 80);
  for (const line of lines) assert.ok(line.length <= 80, line);
  assert.deepEqual(
    lines.filter(line => line.includes('licence')),
    ['    application/vnd.licence.report+json', '    application/vnd.licence.report+json'],
  );
});

test('text out of the registry cannot move the cursor', () => {
  const hostile = { ...sbom, artifactType: '\u001b[2Jx' };
  const text = notes(sampleReport([sampleImage('app:1', { referrers: [hostile] })]), true).join('\n');
  assert.ok(!text.includes('\u001b'));
});
