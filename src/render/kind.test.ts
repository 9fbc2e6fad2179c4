import assert from 'node:assert/strict';
import { test } from 'node:test';
import { artifactName, artifactText, kindText } from './kind.ts';

test('images are called by their kind, artifacts by what they are', () => {
  assert.equal(kindText({ kind: 'index' }), 'index');
  assert.equal(kindText({ kind: 'artifact', artifactType: 'application/vnd.cyclonedx+json' }), 'SBOM');
  assert.equal(kindText({ kind: 'artifact', artifactType: 'application/vnd.example' }), 'artifact');
});

test('signatures of every maker are signatures', () => {
  for (const type of [
    'application/vnd.dev.cosign.simplesigning.v1+json',
    'application/vnd.dev.cosign.artifact.sig.v1+json',
    'application/vnd.cncf.notary.signature',
    'application/vnd.dev.sigstore.bundle.v0.3+json',
  ])
    assert.equal(artifactName(type), 'signature', type);
});

test('the suffixes of digest tags read the same', () => {
  assert.deepEqual(['sig', 'att', 'sbom'].map(artifactText), ['signature', 'attestation', 'SBOM']);
});

test('what has no name among people is called by its type, made printable', () => {
  assert.equal(artifactName('text/plain'), undefined);
  assert.equal(artifactText('text/\x1bplain'), 'text/\\x1bplain');
  assert.equal(artifactText(''), 'artifact');
});
