import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { childrenOf, MAX_MANIFEST_BYTES, parseManifest, type Manifest } from './manifest.ts';
import { mediaTypes } from './media-type.ts';

const digest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const descriptor = (name: string, more: object = {}): object => ({
  mediaType: 'application/x',
  digest: digest(name),
  size: 3,
  ...more,
});
const image = (more: object = {}): object => ({
  schemaVersion: 2,
  config: descriptor('config'),
  layers: [descriptor('layer')],
  ...more,
});
const parse = (body: unknown): Manifest =>
  parseManifest(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

test('types a manifest by its body, as the registry does', () => {
  const entries = { schemaVersion: 2, manifests: [descriptor('child')] };
  const cases: readonly [unknown, Manifest['kind'], string][] = [
    [image({ mediaType: mediaTypes.dockerManifest }), 'image', mediaTypes.dockerManifest],
    [image({ mediaType: mediaTypes.ociManifest }), 'image', mediaTypes.ociManifest],
    [image(), 'image', mediaTypes.ociManifest],
    [image({ layers: null }), 'image', mediaTypes.ociManifest],
    [image({ mediaType: '', manifests: null }), 'image', mediaTypes.ociManifest],
    [{ ...entries, mediaType: mediaTypes.ociIndex }, 'index', mediaTypes.ociIndex],
    [{ ...entries, mediaType: mediaTypes.dockerManifestList }, 'index', mediaTypes.dockerManifestList],
    [entries, 'index', mediaTypes.ociIndex],
    [{ schemaVersion: 2, manifests: [] }, 'index', mediaTypes.ociIndex],
    [{ schemaVersion: 1, fsLayers: [{ blobSum: digest('a') }] }, 'schema1', mediaTypes.schema1],
    [{ schemaVersion: 1, fsLayers: [], signatures: [] }, 'schema1', mediaTypes.schema1Signed],
    [{ mediaType: mediaTypes.ociArtifactManifest, blobs: [] }, 'artifact', mediaTypes.ociArtifactManifest],
  ];
  for (const [body, kind, mediaType] of cases) {
    const parsed = parse(body);
    assert.deepEqual([parsed.kind, parsed.mediaType], [kind, mediaType], JSON.stringify(body));
  }
});

test('names the children of every kind, config first, in document order', () => {
  const labels = (body: unknown): readonly string[] =>
    childrenOf(parse(body)).map(child => `${child.role}: ${child.label}`);
  assert.deepEqual(labels(image({ layers: [descriptor('a'), descriptor('b')] })), [
    'config: config',
    'layer: layer 1',
    'layer: layer 2',
  ]);
  const platform = { os: 'linux', architecture: 'arm', variant: 'v7' };
  const attestation = {
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
  };
  const manifests = [
    descriptor('a', { mediaType: mediaTypes.ociManifest, platform }),
    descriptor('b', { mediaType: mediaTypes.ociIndex }),
    descriptor('c', { mediaType: mediaTypes.ociManifest, ...attestation }),
    descriptor('d', { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }),
    descriptor('e', { mediaType: null, platform }),
  ];
  assert.deepEqual(labels({ schemaVersion: 2, manifests }), [
    'manifest: linux/arm/v7 manifest',
    'manifest: index 2',
    'manifest: attestation manifest',
    'manifest: entry 4',
    'manifest: linux/arm/v7 manifest',
  ]);
  const [a, b] = [{ blobSum: digest('a') }, { blobSum: digest('b') }];
  assert.deepEqual(labels({ schemaVersion: 1, fsLayers: [a, b, a, a] }), [
    'layer: layer 1',
    'layer: layer 2',
  ]);
});

test('keeps embedded data only when it is what the digest and size say', () => {
  const config = (data: string, size = 2): Manifest =>
    parse(image({ config: { digest: digest('{}'), size, data } }));
  const dataOf = (manifest: Manifest): unknown => childrenOf(manifest)[0]?.descriptor.data;
  assert.deepEqual(dataOf(config('e30=')), Buffer.from('{}'));
  assert.equal(dataOf(config('e30K')), undefined);
  assert.equal(dataOf(config('e30=', 3)), undefined);
  assert.equal(dataOf(config('!!!')), undefined);
});

test('refuses what no registry serves or readers disagree on, and names the property', () => {
  const layers = (more: object): object => image({ layers: [descriptor('layer', more)] });
  const cases: readonly [unknown, RegExp][] = [
    ['', /not JSON/],
    ['{"schemaVersion":2', /not JSON/],
    ['\ufeff{}', /not JSON/],
    ['[]', /JSON object, found an array/],
    ['null', /JSON object, found null/],
    ['"text"', /JSON object, found "text"/],
    [{}, /schemaVersion: expected 1 or 2, found nothing/],
    [{ schemaVersion: '2' }, /schemaVersion: expected 1 or 2, found "2"/],
    [{ schemaVersion: 3 }, /found 3/],
    [{ schemaVersion: 2, mediaType: 7 }, /mediaType: expected a string/],
    [{ schemaVersion: 2, mediaType: 'text/plain' }, /"text\/plain" is none that a registry serves/],
    [{ schemaVersion: 2 }, /config: it is missing/],
    [image({ layers: {} }), /layers: expected Array/],
    [image({ layers: [7] }), /layers\.0: expected Object, found 7/],
    [layers({ size: -1 }), /layers\.0\.size: .*-1/],
    [layers({ size: 1.5 }), /layers\.0\.size: expected a whole number of bytes, found 1\.5/],
    [layers({ size: 1e300 }), /layers\.0\.size: expected a whole number/],
    [layers({ size: 2 ** 53 }), /layers\.0\.size: expected a whole number/],
    [layers({ size: '3' }), /layers\.0\.size: expected number/],
    [layers({ size: undefined }), /layers\.0\.size: it is missing/],
    [layers({ digest: undefined }), /layers\.0\.digest: it is missing/],
    [layers({ digest: `md5:${'0'.repeat(32)}` }), /layers\.0\.digest: expected a digest/],
    [layers({ digest: 'x'.repeat(10_000) }), /layers\.0\.digest: expected a digest/],
    [layers({ annotations: { a: 1 } }), /layers\.0\.annotations\.a/],
    [image({ mediaType: mediaTypes.ociManifest, manifests: [] }), /must not have "manifests"/],
    [image({ manifests: [] }), /must not have "config"/],
    [
      { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], layers: [] },
      /must not have "layers"/,
    ],
    [{ schemaVersion: 1 }, /fsLayers: it is missing/],
    [{ schemaVersion: 1, fsLayers: [{}] }, /fsLayers\.0\.blobSum: it is missing/],
    ['{"schemaVersion":2,"schemaVersion":2}', /"?schemaVersion"? stands twice/],
    ['{"schemaVersion":2,"Config":{}}', /"?Config"? stands twice .* or in unusual letter case/],
    [`${JSON.stringify(image())}${' '.repeat(MAX_MANIFEST_BYTES)}`, /a registry serves at most 4 MiB$/],
  ];
  for (const [body, why] of cases) {
    assert.throws(
      () => parse(body),
      error => {
        assert.ok(isScraperError(error, 'MANIFEST_INVALID'), String(error));
        assert.match(error.message, why);
        return error.message.length < 300;
      },
    );
  }
});

test('properties named like those of every object do no harm', () => {
  const parsed = parse(
    '{"schemaVersion":2,"__proto__":{"layers":[1]},"config":{"digest":"' +
      digest('c') +
      '","size":1,"__proto__":null}}',
  );
  assert.equal(childrenOf(parsed).length, 1);
});

test('a manifest of the largest size that a registry serves is accepted', () => {
  const text = JSON.stringify(image());
  assert.equal(parse(text + ' '.repeat(MAX_MANIFEST_BYTES - text.length)).kind, 'image');
});
