import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeStream } from './fakes.ts';
import { renderNotes } from './image-notes.ts';
import { lostImage, sampleDigest, sampleImage, sampleReport } from './samples.ts';
import { terminalFor } from './terminal.ts';

const { colors } = terminalFor(fakeStream(), {}, false);
const notes = (report: ReturnType<typeof sampleReport>, verbose = false): readonly string[] =>
  renderNotes(report, { colors, width: undefined, verbose });
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
  ...{ requested: 'team/**:*', reasons: ['matches team/**:*', 'newest 1 of 3 by semver'] },
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
    '  with 2 referrers: sig, application/spdx+json',
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
    '    sig sha256:220000000000 about sha256:110000000000 (tag sha256-110000000000….sig)',
    '    application/spdx+json sha256:330000000000 about sha256:110000000000',
    '  app:1',
    '    in because: named exactly; asked for as app:1',
    '',
    '  with 2 referrers: sig, application/spdx+json',
    '  platforms left out: linux/s390x, saving 5 MB',
    '  9 manifests read to find out what they are about',
  ]);
});

test('text out of the registry cannot move the cursor', () => {
  const hostile = { ...sbom, artifactType: '\u001b[2Jx' };
  const text = notes(sampleReport([sampleImage('app:1', { referrers: [hostile] })]), true).join('\n');
  assert.ok(!text.includes('\u001b'));
});
