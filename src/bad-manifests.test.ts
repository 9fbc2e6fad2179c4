import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_MANIFEST_BYTES } from './oci/manifest.ts';
import { testBadInput } from './testing/bad-input.ts';
import { mediaTypes } from './testing/media-types.ts';
import { buildRegistry } from './testing/registry.ts';
import { scrapeTree } from './testing/scrape.ts';

const digest = `sha256:${'c'.repeat(64)}`;
const type = 'application/octet-stream';
const sound = { mediaType: type, digest, size: 3 };
const image = { schemaVersion: 2, mediaType: mediaTypes.oci.manifest, config: sound, layers: [sound] };
const index = { schemaVersion: 2, mediaType: mediaTypes.oci.index, manifests: [sound] };
const withLayer = (layer: unknown): object => ({ ...image, layers: [sound, layer] });
/** A layer whose size is written as `text`, which JSON would not keep. */
const withSize = (text: string): string => JSON.stringify(image).replace('"size":3', `"size":${text}`);

const bodies: Readonly<Record<string, readonly [unknown, RegExp]>> = {
  'that is empty': ['', /not JSON/],
  'that is not JSON': ['<html>502 Bad Gateway</html>', /not JSON/],
  'that is cut short': [JSON.stringify(image).slice(0, -1), /not JSON/],
  'that is binary': [Buffer.from([0x1f, 0x8b, 0, 0xff, 0xfe]), /not JSON/],
  'with something behind it': [`${JSON.stringify(image)}x`, /not JSON/],
  'that is an array': [[image], /expected a JSON object, found an array/],
  'that is null': ['null', /expected a JSON object, found null/],
  'that is a text': ['"image"', /expected a JSON object, found "image"/],
  'that is a number': ['2', /expected a JSON object, found 2/],
  'without a schemaVersion': [
    { ...image, schemaVersion: undefined },
    /schemaVersion: expected 1 or 2, found nothing/,
  ],
  'of schemaVersion 3': [{ ...image, schemaVersion: 3 }, /schemaVersion: expected 1 or 2, found 3/],
  'of schemaVersion "2"': [{ ...image, schemaVersion: '2' }, /schemaVersion: expected 1 or 2, found "2"/],
  'of another media type': [
    { ...image, mediaType: 'text/html' },
    /mediaType "text\/html" is none that a registry serves/,
  ],
  'whose media type is a number': [{ ...image, mediaType: 5 }, /mediaType: expected a string, found number/],
  'without a config': [{ ...image, config: undefined }, /config: it is missing/],
  'whose config is null': [{ ...image, config: null }, /config: expected .* found null/],
  'whose config is a digest': [{ ...image, config: digest }, /config: expected .* found "sha256:c+/],
  'whose layers are an object': [{ ...image, layers: { 0: sound } }, /layers: expected Array, found Object/],
  'whose layers are a text': [{ ...image, layers: digest }, /layers: expected Array, found "sha256/],
  'with a layer that is null': [withLayer(null), /layers\.1: expected Object, found null/],
  'with a layer that is a digest': [withLayer(digest), /layers\.1: expected Object, found "sha256/],
  'with a layer without a digest': [withLayer({ size: 3 }), /layers\.1\.digest: it is missing/],
  'with a layer whose digest is null': [
    withLayer({ ...sound, digest: null }),
    /layers\.1\.digest: .* found null/,
  ],
  'with a digest of an unknown algorithm': [
    withLayer({ ...sound, digest: `md5:${'c'.repeat(32)}` }),
    /layers\.1\.digest: expected a digest such as .* found "md5:cc/,
  ],
  'with a digest that is a path': [
    withLayer({ ...sound, digest: 'sha256:../../../../etc/passwd' }),
    /layers\.1\.digest: expected a digest such as .* found "sha256:\.\./,
  ],
  'with a digest in upper case': [
    withLayer({ ...sound, digest: `sha256:${'C'.repeat(64)}` }),
    /layers\.1\.digest: /,
  ],
  'with a layer without a size': [withLayer({ digest }), /layers\.1\.size: it is missing/],
  'with a size that is a text': [withSize('"3"'), /config\.size: expected number, found "3"/],
  'with a negative size': [withSize('-1'), /config\.size: expected a size of 0 or more, found -1/],
  'with a fractional size': [withSize('1.5'), /config\.size: expected a whole number of bytes, found 1\.5/],
  'with a size beyond all numbers': [
    withSize('1e400'),
    /config\.size: expected a whole number of bytes, found Infinity/,
  ],
  'with a size that numbers blur': [
    withSize('9007199254740993'),
    /config\.size: expected a whole number of bytes/,
  ],
  'that is an image and an index': [
    { ...image, manifests: [] },
    /an image manifest must not have "manifests"/,
  ],
  'that is an index and an image': [{ ...index, layers: [] }, /an index must not have "layers"/],
  'whose entries are an object': [{ ...index, manifests: {} }, /manifests: expected Array, found Object/],
  'with an entry that is a text': [
    { ...index, manifests: [digest] },
    /manifests\.0: expected Object, found "sha256/,
  ],
  'of schema1 without layers': [{ schemaVersion: 1 }, /fsLayers: it is missing/],
  'of schema1 with a bad layer': [
    { schemaVersion: 1, fsLayers: [{ blobSum: digest }, { blobSum: 'sha256:x' }] },
    /fsLayers\.1\.blobSum: expected a digest/,
  ],
  'with a key twice': [JSON.stringify(image).replace('{', '{"layers":[],'), /key layers stands twice/],
  'with a key twice in a layer': [withSize('3,"size":4'), /key size stands twice/],
  'with a key in another case': [
    { ...image, Layers: [] },
    /key (L|l)ayers stands twice .* or in unusual letter case/,
  ],
  'with a prototype': [
    `{"schemaVersion":2,"__proto__":{"config":${JSON.stringify(sound)},"layers":[]}}`,
    /config: it is missing/,
  ],
  'with a prototype of a layer': [
    `{"schemaVersion":2,"config":{"__proto__":${JSON.stringify(sound)}},"layers":[]}`,
    /config\.digest: it is missing/,
  ],
  'that nests 100,000 levels deep': [
    `{"schemaVersion":2,"x":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
    /config: it is missing/,
  ],
};

for (const [what, [body, says]] of Object.entries(bodies)) {
  testBadInput(`a manifest ${what}`, {
    make: ({ registry, app }) => registry.pathOf(app.manifest(body, { tag: '1.0' })),
    code: 'MANIFEST_INVALID',
    exitCode: 4,
    says: [/^manifest: it cannot be used as a manifest: /, says],
  });
}

testBadInput('a manifest below an index', {
  make: ({ registry, app }) => {
    const child = app.manifest('{}');
    const platform = { os: 'linux', architecture: 'amd64' };
    const descriptor = { ...child.descriptor, mediaType: mediaTypes.oci.manifest, platform };
    app.index([app.image({ platform: 'linux/arm64' }), descriptor], { tag: '1.0' });
    return registry.pathOf(child);
  },
  code: 'MANIFEST_INVALID',
  exitCode: 4,
  says: [/^index → linux\/amd64 manifest: it cannot be used as a manifest: schemaVersion: expected 1 or 2/],
});

for (const below of [false, true]) {
  testBadInput(`a manifest that is larger than registries serve${below ? ', below an index' : ''}`, {
    make: ({ registry, app }) => {
      const body = JSON.stringify(image).padEnd(MAX_MANIFEST_BYTES + 1);
      const large = app.manifest(body, below ? {} : { tag: '1.0' });
      const descriptor = { ...large.descriptor, mediaType: mediaTypes.oci.manifest };
      if (below) app.index([descriptor], { tag: '1.0' });
      return registry.pathOf(large);
    },
    code: 'MANIFEST_INVALID',
    exitCode: 4,
    says: [
      below ? /^index → manifest 1: / : /^manifest: /,
      /too large for a manifest, a registry serves at most 4 MiB: /,
      /4194305/,
    ],
  });
}

test('a manifest of just the size that registries serve is shipped', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const { bytes } = app.image();
  app.manifest(bytes.toString().padEnd(MAX_MANIFEST_BYTES), { tag: '1' });
  const { report } = await scrapeTree(registry, 'app:1');
  assert.deepEqual(report.errors, []);
  assert.ok(report.totals.bytes > MAX_MANIFEST_BYTES);
});

for (const size of [0, 999, 1001, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
  testBadInput(`a manifest that gives a layer ${String(size)} bytes`, {
    make: ({ registry, app }) =>
      registry.pathOf(app.image({ tag: '1.0', layers: [{ content: 1000, claim: { size } }] }).layer(0)),
    code: 'SIZE_INVALID',
    exitCode: 4,
    says: [/^manifest → layer 1: /, new RegExp(`expected ${String(size)} bytes, found 1000`)],
  });
}

testBadInput('a layer of zero bytes that has a digest of more, and zero bytes by its manifest', {
  make: ({ registry, app }) => {
    const image = app.image({ tag: '1.0', layers: [{ content: 1000, claim: { size: 0 } }] });
    return registry.makeEmpty(image.layer(0));
  },
  code: 'SIZE_INVALID',
  exitCode: 4,
  says: [/^manifest → layer 1: /, /expected at least 1 byte, found 0$/],
});

testBadInput('an index that gives a manifest another size', {
  make: ({ registry, app }) => {
    const child = app.image();
    app.index([{ ...child.descriptor, size: child.size - 1 }], { tag: '1.0' });
    return registry.pathOf(child);
  },
  code: 'SIZE_INVALID',
  exitCode: 4,
  says: [/^index → linux\/amd64 manifest: /, /expected \d+ bytes, found \d+/],
});

testBadInput('a withdrawn artifact manifest', {
  make: ({ app }) => void app.artifactManifest({ tag: '1.0' }),
  code: 'UNSUPPORTED',
  exitCode: 3,
  says: [/^manifest: it is an OCI artifact manifest, a type that was withdrawn/],
});

test('harmless oddities of a manifest are taken as registries take them', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const odd = {
    'with odd keys': { __proto__x: 1, constructor: { prototype: {} }, hasOwnProperty: null },
    'with nulls': { annotations: null, subject: null, artifactType: null, manifests: null },
    'with keys of annotations that differ in case': {
      annotations: { Name: 'a', name: 'b', ['__proto__']: 'c' },
    },
    'with a long text': { annotations: { text: '"\\'.repeat(600_000) } },
  };
  for (const [tag, overrides] of Object.entries(odd)) app.image({ tag: tag.replaceAll(' ', '-'), overrides });
  const references = Object.keys(odd).map(tag => `app:${tag.replaceAll(' ', '-')}`);
  const { report } = await scrapeTree(registry, references);
  assert.deepEqual(report.errors, []);
});
