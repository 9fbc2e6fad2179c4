import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifest } from '../oci/manifest.ts';
import { buildRegistry } from '../testing/registry.ts';
import { artifactTypeOf, kindOf } from './kind.ts';

const told = ({
  bytes,
}: {
  readonly bytes: Uint8Array;
}): [kind: string, artifactType: string | undefined] => {
  const manifest = parseManifest(bytes);
  return [kindOf(manifest), artifactTypeOf(manifest)];
};

test('images and indexes are what they are, in either format', () => {
  const app = buildRegistry().repository('app');
  for (const format of ['oci', 'docker'] as const) {
    const image = app.image({ format });
    assert.deepEqual(told(image), ['image', undefined]);
    assert.deepEqual(told(app.index([image], { format })), ['index', undefined]);
  }
  assert.deepEqual(told(app.image({ layers: [] })), ['image', undefined]);
  assert.deepEqual(told(app.index([])), ['index', undefined]);
  assert.deepEqual(told(app.schema1()), ['schema1', undefined]);
});

test('what says what it is, is that', () => {
  const app = buildRegistry().repository('app');
  assert.deepEqual(told(app.artifact({ artifactType: 'application/spdx+json' })), [
    'artifact',
    'application/spdx+json',
  ]);
  assert.deepEqual(told(app.chart()), ['artifact', 'application/vnd.cncf.helm.config.v1+json']);
  assert.deepEqual(told(app.artifactManifest()), [
    'artifact',
    'application/vnd.oci.artifact.manifest.v1+json',
  ]);
});

test('what hides behind the config of an image is told by its layers', () => {
  const app = buildRegistry().repository('app');
  const image = app.image();
  assert.deepEqual(told(app.signature(image)), [
    'artifact',
    'application/vnd.dev.cosign.simplesigning.v1+json',
  ]);
  assert.deepEqual(told(app.attestation(image)), ['artifact', 'application/vnd.in-toto+json']);
});

test('an index of blobs is a build cache', () => {
  const cache = buildRegistry().repository('app').cacheIndex();
  assert.deepEqual(told(cache), ['artifact', 'application/vnd.buildkit.cacheconfig.v0']);
});
