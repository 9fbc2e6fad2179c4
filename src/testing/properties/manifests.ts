import fc from 'fast-check';
import assert from 'node:assert/strict';
import { childrenOf, parseManifest, type Manifest } from '../../oci/manifest.ts';
import { findAmbiguousKey } from '../../oci/json.ts';
import { buildRegistry } from '../registry.ts';
import { mediaTypes } from '../media-types.ts';
import * as arbitrary from './arbitraries.ts';
import { unlessRefused } from './names.ts';
import { property, type Property } from './property.ts';

interface Entry {
  readonly digest: string;
  readonly size: number;
}
interface Body {
  readonly config: Entry;
  readonly layers?: readonly Entry[] | null;
  readonly manifests?: readonly Entry[] | null;
  readonly fsLayers: readonly { readonly blobSum: string }[];
}

/** What JSON says that a manifest leads to, in its order. */
function entriesOf(body: Body, kind: Manifest['kind']): readonly Partial<Entry>[] {
  if (kind === 'image') return [body.config, ...(body.layers ?? [])];
  if (kind === 'index') return body.manifests ?? [];
  if (kind === 'artifact') return [];
  return [...new Set(body.fsLayers.map(({ blobSum }) => blobSum))].map(digest => ({ digest }));
}

function assertAgrees(bytes: Uint8Array): void {
  const manifest = unlessRefused(() => parseManifest(bytes));
  if (manifest === undefined) return;
  const body = JSON.parse(Buffer.from(bytes).toString()) as Body;
  assert.deepEqual(
    childrenOf(manifest).map(({ descriptor: { digest, size } }) => ({
      digest,
      ...(size !== undefined && { size }),
    })),
    entriesOf(body, manifest.kind).map(({ digest, size }) => ({
      digest,
      ...(size !== undefined && { size }),
    })),
  );
  for (const { descriptor } of childrenOf(manifest))
    assert.ok(descriptor.size === undefined || Number.isSafeInteger(descriptor.size));
}

const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, -1, 0.5, 2 ** 53, 1e300, '', [], {}),
  arbitrary.text,
  fc.jsonValue({ maxDepth: 1 }),
);
const often = (usual: fc.Arbitrary<unknown>, weight = 12): fc.Arbitrary<unknown> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd });

const descriptor = often(
  fc.record(
    {
      mediaType: often(
        fc.constantFrom(...Object.values(mediaTypes.oci).filter(type => typeof type === 'string')),
      ),
      digest: often(arbitrary.digest, 30),
      size: often(fc.nat(), 30),
      urls: often(fc.array(arbitrary.text, { maxLength: 2 })),
      annotations: often(fc.dictionary(arbitrary.text, arbitrary.text, { maxKeys: 3 })),
      platform: often(fc.record({ os: often(arbitrary.text), architecture: often(arbitrary.text) })),
      data: often(fc.base64String()),
    },
    { requiredKeys: ['digest', 'size'] },
  ),
  30,
);
const list = often(fc.array(descriptor, { maxLength: 4 }), 30);
const type = (...types: readonly string[]): fc.Arbitrary<unknown> => often(fc.constantFrom(...types), 30);
const others = { subject: descriptor, artifactType: often(arbitrary.text), annotations: odd };

const body = fc.oneof(
  fc.record(
    {
      schemaVersion: fc.constant(2),
      mediaType: type(mediaTypes.oci.manifest),
      config: descriptor,
      layers: list,
      ...others,
    },
    { requiredKeys: ['schemaVersion', 'config'] },
  ),
  fc.record(
    { schemaVersion: fc.constant(2), mediaType: type(mediaTypes.oci.index), manifests: list, ...others },
    { requiredKeys: ['schemaVersion', 'mediaType'] },
  ),
  fc.record({
    schemaVersion: fc.constant(1),
    fsLayers: often(fc.array(fc.record({ blobSum: often(arbitrary.digest, 30) }), { maxLength: 4 })),
  }),
);

/** Manifests of every kind that a registry has. */
const sound: readonly Uint8Array[] = (() => {
  const registry = buildRegistry('manifests');
  const app = registry.repository('app');
  const image = app.image({ layers: [100, 200] });
  const docker = app.image({ format: 'docker', layers: [{ content: 9, inline: true }] });
  return [
    image,
    docker,
    app.index([image, docker]),
    app.artifact({ subject: image }),
    app.schema1({ tag: '1' }),
  ].map(({ bytes }) => bytes);
})();

export const manifestProperties: readonly Property[] = [
  property('a manifest is read as JSON says, or refused', 6, body, drawn => {
    assertAgrees(Buffer.from(JSON.stringify(drawn)));
  }),
  property(
    'a manifest of which some bytes were changed is read as JSON says, or refused',
    8,
    fc.tuple(fc.constantFrom(...sound), arbitrary.edits),
    ([bytes, changes]) => {
      assertAgrees(arbitrary.edited(bytes, changes));
    },
  ),
  property(
    'a key that stands twice in an object is found, wherever it is',
    4,
    fc.tuple(fc.jsonValue({ maxDepth: 3 }), arbitrary.text, fc.jsonValue({ maxDepth: 1 })),
    ([value, key, other]) => {
      const pair = `${JSON.stringify(key)}:${JSON.stringify(other)}`;
      const around = (inner: string): string => `{"around":[${JSON.stringify(value)},${inner}]}`;
      assert.notEqual(findAmbiguousKey(around(`{${pair},"x y":1,${pair}}`), []), undefined);
      // what JSON itself wrote has no key twice, but may have two that differ only in case
      const found = findAmbiguousKey(JSON.stringify({ annotations: value }), []);
      assert.ok(found === undefined || JSON.stringify(value).includes(JSON.stringify(found).slice(1, -1)));
    },
  ),
];
