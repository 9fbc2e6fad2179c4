import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspected } from '../testing/look.ts';
import { sharingImages } from '../testing/sharing-images.ts';
import { renderInspectionJson } from './inspect-json.ts';

type Node = Readonly<Record<string, unknown>> & {
  readonly parts: readonly Node[];
  readonly referrers: readonly Node[];
};
interface InspectDocument {
  readonly ok: boolean;
  readonly image: Readonly<Record<string, unknown>> & { readonly manifest: Node };
  readonly totals: Readonly<Record<string, number>>;
  readonly sharing: Readonly<Record<string, number>>;
  readonly errors: readonly unknown[];
}

test('an image is one document, its tree nested', async () => {
  const { registry, app, first, index } = sharingImages();
  const signature = app.signature(first);
  const inspection = await inspected(registry, 'team/app:both');
  const document = JSON.parse(renderInspectionJson(inspection, [], [])) as InspectDocument;
  const { manifest, ...image } = document.image;
  assert.deepEqual(image, {
    requested: 'team/app:both',
    repository: 'team/app',
    tag: 'both',
    digest: index.digest,
    tags: ['both'],
  });
  assert.deepEqual(
    [manifest['label'], manifest['kind'], manifest['bytes'], manifest['state']],
    ['index', 'index', index.size, 'ok'],
  );
  const [amd64] = manifest.parts;
  const { parts, referrers, ...told } = amd64 ?? assert.fail();
  assert.deepEqual(told, {
    label: 'linux/amd64 manifest',
    role: 'manifest',
    digest: first.digest,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    bytes: first.size,
    state: 'ok',
    sharedWith: 1,
    annotations: {},
    kind: 'image',
    artifactType: null,
    platform: 'linux/amd64',
    created: '2026-01-02T03:04:05Z',
    subject: null,
  });
  assert.deepEqual(
    parts.map(part => part['role']),
    ['config', 'layer', 'layer'],
  );
  assert.deepEqual(
    referrers.map(({ via, tag, artifactType }) => [via, tag, artifactType]),
    [['digest tag', `sha256-${first.digest.slice(7)}.sig`, 'sig']],
  );
  assert.equal((referrers[0]?.['manifest'] as Node)['digest'], signature.digest);
  assert.equal(document.totals['bytes'], inspection.totals.bytes);
  assert.deepEqual(Object.keys(document.sharing), [
    'sharedBytes',
    'ownBytes',
    'otherImages',
    'comparedImages',
  ]);
});

test('what is wrong stands at its part and in the list, and makes it not ok', async () => {
  const { registry, first } = sharingImages();
  registry.remove(first.layer(0));
  const inspection = await inspected(registry, 'team/app:1');
  const document = JSON.parse(renderInspectionJson(inspection, [], inspection.errors)) as InspectDocument;
  assert.deepEqual([document.ok, document.errors.length], [false, 1]);
  const layer = document.image.manifest.parts[1];
  assert.equal(layer?.['state'], 'missing');
  assert.ok(Array.isArray(layer['errors']));
});

test('where there is no image the document says why', () => {
  const error = { code: 'TAG_UNKNOWN', message: 'no' } as const;
  assert.deepEqual(JSON.parse(renderInspectionJson(undefined, [], [error])), {
    schemaVersion: 1,
    command: 'inspect',
    ok: false,
    image: null,
    warnings: [],
    errors: [error],
  });
});
