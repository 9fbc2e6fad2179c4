import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { isScraperError, ScraperError, type ErrorCode } from '../errors.ts';
import { referrersTag } from '../testing/artifacts.ts';
import { CREATED } from '../testing/image.ts';
import { inspected, sourceOf, type Readable } from '../testing/look.ts';
import { foreignLayer } from '../testing/parts.ts';
import { buildRegistry } from '../testing/registry.ts';
import { sharingImages, sizeOf } from '../testing/sharing-images.ts';
import { inspect, rawManifest } from './inspect.ts';
import { ownParts, referrersIn, type BlobPart, type ManifestPart } from './tree.ts';

const linesOf = (manifest: ManifestPart): readonly string[] =>
  [...ownParts(manifest)].map(({ label, state }) => (state === 'ok' ? label : `${label} ${state}`));

const manifestsIn = (manifest: ManifestPart): readonly ManifestPart[] =>
  manifest.parts.filter((part: ManifestPart | BlobPart) => part.role === 'manifest');

function raw(registry: Readable, reference: string): Promise<Uint8Array> {
  const signal = new AbortController().signal;
  return rawManifest(reference, { source: sourceOf(registry), signal, warn: () => undefined });
}

async function refused(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(promise, error => isScraperError(error, code));
}

test('an image: config and layers with types, digests and sizes', async () => {
  const { registry, first } = sharingImages();
  const { repository, tag, digest, manifest, errors, warnings } = await inspected(registry, 'team/app:1');
  assert.deepEqual([repository, tag, digest], ['team/app', '1', first.digest]);
  assert.deepEqual(linesOf(manifest), ['manifest', 'config', 'layer 1', 'layer 2']);
  assert.deepEqual(
    manifest.parts.map(part => [part.digest, part.size]),
    [first.config, ...first.layers].map(blob => [blob.digest, blob.size]),
  );
  assert.deepEqual(
    [manifest.kind, manifest.platform, manifest.created, manifest.size],
    ['image', 'linux/amd64', Date.parse(CREATED), first.size],
  );
  assert.deepEqual([errors, warnings], [[], []]);
});

test('an index: its manifests with theirs', async () => {
  const { registry, first, second, index, base } = sharingImages();
  const { manifest, totals } = await inspected(registry, 'team/app:both');
  assert.deepEqual(linesOf(manifest), [
    ...['index', 'linux/amd64 manifest', 'config', 'layer 1', 'layer 2'],
    ...['linux/arm64 manifest', 'config', 'layer 1', 'layer 2'],
  ]);
  assert.equal(totals.bytes, index.size + sizeOf(first) + sizeOf(second) - base.size);
  assert.deepEqual([totals.manifests, totals.blobs], [3, 8]);
});

test('all tags that point to it are named, by name', async () => {
  const { registry, app, index } = sharingImages();
  for (const tag of ['10', '9', 'latest']) app.tag(tag, index);
  registry.replace(app.tagLink('9'), 'junk');
  assert.deepEqual((await inspected(registry, 'team/app:both')).tags, ['10', 'both', 'latest']);
});

test('annotations of an entry and of the manifest itself stand together', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ annotations: { own: 'a' } });
  const entry = { ...image.descriptor, annotations: { entry: 'b' } };
  app.index([entry], { tag: '1', annotations: { top: 'c' } });
  const { manifest } = await inspected(registry, 'app:1');
  assert.deepEqual(manifest.annotations, { top: 'c' });
  assert.deepEqual(manifest.parts[0]?.annotations, { entry: 'b', own: 'a' });
});

test('what signs and describes it hangs at the manifest it is about, to any depth', async () => {
  const { registry, app, first, index } = sharingImages();
  const signature = app.signature(index);
  const sbom = app.artifact({ subject: first, artifactType: 'application/spdx+json' });
  const aboutSbom = app.artifact({ subject: sbom });
  const { manifest, totals, errors } = await inspected(registry, 'team/app:both');
  const [signed] = manifest.referrers;
  assert.deepEqual(
    [signed?.via, signed?.tag, signed?.artifactType, signed?.manifest.digest],
    ['digest tag', `${referrersTag(index)}.sig`, 'sig', signature.digest],
  );
  const described = manifestsIn(manifest)[0]?.referrers[0];
  assert.deepEqual(
    [described?.via, described?.artifactType, described?.manifest.digest, described?.manifest.subject],
    ['subject', 'application/spdx+json', sbom.digest, first.digest],
  );
  assert.equal(described?.manifest.referrers[0]?.manifest.digest, aboutSbom.digest);
  assert.deepEqual([...referrersIn(manifest)].length, 3);
  assert.deepEqual([totals.referrers, errors], [3, []]);
  assert.ok(totals.referrerBytes >= sizeOf(signature) + sbom.size + aboutSbom.size);
  assert.ok(totals.scannedManifests >= 6);
});

test('a fallback tag is a list of referrers and none itself; what it lists is shown once with its parts', async () => {
  const { registry, app, first } = sharingImages();
  const sbom = app.artifact({ subject: first });
  app.index([sbom], { tag: referrersTag(first) });
  const { manifest, totals } = await inspected(registry, 'team/app:1');
  assert.deepEqual(
    manifest.referrers.map(({ via }) => via),
    ['subject', 'fallback tag'],
  );
  const list = manifest.referrers[1]?.manifest;
  const [again] = list ? manifestsIn(list) : [];
  assert.deepEqual([again?.digest, again?.repeated, again?.parts], [sbom.digest, true, []]);
  assert.equal(totals.referrers, 1);
});

test('a manifest that stands in several places is entered once', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  let below = app.index([app.image()]);
  for (let depth = 0; depth < 25; depth += 1) below = app.index([below, below]);
  app.tag('deep', below);
  const { manifest, totals } = await inspected(registry, 'app:deep');
  assert.equal(totals.manifests, 27);
  assert.ok([...ownParts(manifest)].length < 100);
});

test('an index that nests too deep is damaged where it does', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  let below = app.index([app.image()]);
  for (let depth = 0; depth < 40; depth += 1) below = app.index([below]);
  app.tag('deep', below);
  const { errors } = await inspected(registry, 'app:deep');
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['MANIFEST_INVALID'],
  );
});

const broken: [
  name: string,
  code: ErrorCode,
  state: string,
  break_: (made: ReturnType<typeof sharingImages>) => void,
][] = [
  [
    'a missing layer',
    'BLOB_UNKNOWN',
    'layer 1 missing',
    ({ registry, first }) => registry.remove(first.layer(0)),
  ],
  [
    'a missing config',
    'BLOB_UNKNOWN',
    'config missing',
    ({ registry, first }) => registry.remove(first.config),
  ],
  [
    'a layer of the wrong size',
    'SIZE_INVALID',
    'layer 2 damaged',
    ({ registry, first }) => registry.truncate(first.layer(1), 9),
  ],
  [
    'a layer that is a directory',
    'NOT_A_FILE',
    'layer 1 damaged',
    ({ registry, first }) => {
      const place = registry.remove(first.layer(0));
      registry.tree.set(place, 'directory');
    },
  ],
  [
    'a layer link of junk',
    'LINK_INVALID',
    'layer 2 damaged',
    ({ registry, app, first }) => registry.replace(app.layerLink(first.layer(1)), 'x'),
  ],
  [
    'a manifest with a flipped bit',
    'DIGEST_MISMATCH',
    'manifest damaged',
    ({ registry, first }) => registry.flipBit(first),
  ],
  ['a missing manifest', 'BLOB_UNKNOWN', 'manifest missing', ({ registry, first }) => registry.remove(first)],
];
for (const [name, code, line, damage] of broken) {
  test(`${name} stands in the tree and among the errors`, async () => {
    const made = sharingImages();
    damage(made);
    const { manifest, errors } = await inspected(made.registry, 'team/app:1');
    assert.ok(linesOf(manifest).includes(line), linesOf(manifest).join(', '));
    assert.deepEqual(
      errors.map(error => [error.code, error.reference]),
      [[code, 'team/app:1']],
    );
    assert.match(errors[0]?.message ?? '', /^manifest( → (config|layer \d))?: /);
  });
}

test('all that is wrong is told, with the way to it', async () => {
  const { registry, first, second } = sharingImages();
  registry.remove(first.layer(1));
  registry.flipBit(second);
  const { errors } = await inspected(registry, 'team/app:both');
  assert.deepEqual(
    errors.map(({ code, message }) => [code, message.slice(0, message.indexOf(':'))]),
    [
      ['BLOB_UNKNOWN', 'index → linux/amd64 manifest → layer 2'],
      ['DIGEST_MISMATCH', 'index → linux/arm64 manifest'],
    ],
  );
});

test('damage in what signs it counts as well', async () => {
  const { registry, app, first } = sharingImages();
  const signature = app.signature(first);
  registry.remove(signature.layer(0));
  const { errors } = await inspected(registry, 'team/app:1');
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['BLOB_UNKNOWN'],
  );
  registry.remove(signature);
  const lost = await inspected(registry, 'team/app:1');
  assert.deepEqual(
    lost.manifest.referrers.map(referrer => referrer.manifest.state),
    ['missing'],
  );
});

test('an entry that an index lacks is a warning', async () => {
  const { registry, app, first } = sharingImages();
  app.index([first, app.image({ stored: false, platform: 'linux/s390x' })], { tag: 'sparse' });
  const { manifest, errors, warnings } = await inspected(registry, 'team/app:sparse');
  assert.ok(linesOf(manifest).includes('linux/s390x manifest missing'));
  assert.deepEqual([errors, warnings.map(({ code }) => code)], [[], ['SPARSE_INDEX']]);
});

test('an entry that the repository links and whose manifest is gone is an error', async () => {
  const { registry, app, first } = sharingImages();
  const lost = app.image({ platform: 'linux/s390x' });
  app.index([first, lost], { tag: 'damaged' });
  registry.remove(lost);
  const { manifest, errors, warnings } = await inspected(registry, 'team/app:damaged');
  assert.ok(linesOf(manifest).includes('linux/s390x manifest missing'));
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['BLOB_UNKNOWN'],
  );
  assert.ok(!warnings.some(({ code }) => code === 'SPARSE_INDEX'));
});

test('a layer that clients fetch from elsewhere is neither missing nor counted', async () => {
  const registry = buildRegistry();
  registry.repository('app').image({ tag: '1', layers: [100, foreignLayer(5000)] });
  const { manifest, totals, errors } = await inspected(registry, 'app:1');
  assert.deepEqual([linesOf(manifest).at(-1), errors], ['layer 2 elsewhere', []]);
  assert.ok(totals.bytes < 5000);
});

test('schema1 images have layers and no config', async () => {
  const registry = buildRegistry();
  registry.repository('app').schema1({ tag: 'old' });
  const { manifest, warnings } = await inspected(registry, 'app:old');
  assert.equal(manifest.kind, 'schema1');
  assert.ok(manifest.parts.every(({ role, size }) => role === 'layer' && size !== null));
  assert.ok(warnings.some(({ code }) => code === 'SCHEMA1'));
});

test('a build cache has blobs where other indexes have manifests', async () => {
  const registry = buildRegistry();
  registry.repository('app').cacheIndex({ tag: 'cache' });
  const { manifest } = await inspected(registry, 'app:cache');
  assert.deepEqual(
    [manifest.kind, manifest.artifactType],
    ['artifact', 'application/vnd.buildkit.cacheconfig.v0'],
  );
  assert.deepEqual(
    manifest.parts.map(({ role, state }) => [role, state]),
    [
      ['layer', 'ok'],
      ['layer', 'ok'],
      ['layer', 'ok'],
    ],
  );
});

test('a reference that leads to nothing is an error', async () => {
  const { registry, app } = sharingImages();
  await refused(inspected(registry, 'nosuch'), 'NAME_UNKNOWN');
  await refused(inspected(registry, 'team/app:9'), 'TAG_UNKNOWN');
  await refused(inspected(registry, 'Team'), 'NAME_INVALID');
  registry.replace(app.tagLink('1'), '');
  await refused(inspected(registry, 'team/app:1'), 'LINK_INVALID');
});

test('it stops when it is told to', async () => {
  const { registry } = sharingImages();
  const reason = new ScraperError('INTERRUPTED', 'interrupted');
  const options = { source: sourceOf(registry), warn: () => undefined, signal: AbortSignal.abort(reason) };
  await assert.rejects(inspect('team/app:1', options), reason);
});

test('the bytes of a manifest are those that were pushed', async () => {
  const { registry, app, first, index } = sharingImages();
  assert.deepEqual(Buffer.from(await raw(registry, 'team/app:both')), index.bytes);
  assert.deepEqual(Buffer.from(await raw(registry, `team/app@${first.digest}`)), first.bytes);
  const odd = app.manifest('no JSON at all', { tag: 'odd' });
  assert.deepEqual(Buffer.from(await raw(registry, 'team/app:odd')), odd.bytes);
});

test('bytes that are not what the digest says are not given', async () => {
  const { registry, first } = sharingImages();
  registry.flipBit(first);
  await refused(raw(registry, 'team/app:1'), 'DIGEST_MISMATCH');
  await refused(raw(registry, 'team/app:9'), 'TAG_UNKNOWN');
});

test('a manifest pushed by another algorithm is shown under its own digest', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1', layers: [{ content: 100, algorithm: 'sha512' }] });
  const { manifest, errors } = await inspected(registry, 'app:1');
  assert.deepEqual(errors, []);
  assert.ok(manifest.parts[1]?.digest.startsWith('sha512:'));
  assert.equal(createHash('sha256').update(image.bytes).digest('hex'), manifest.digest.slice(7));
});

test('it tells how many manifests it has read in looking for referrers', async () => {
  const { registry } = sharingImages();
  const told: number[] = [];
  const { totals } = await inspect('team/app:1', {
    ...{ source: sourceOf(registry), signal: new AbortController().signal },
    warn: () => undefined,
    onScan: count => told.push(count),
  });
  assert.deepEqual(
    told,
    Array.from({ length: totals.scannedManifests }, (_, index) => index + 1),
  );
  assert.ok(told.length > 1);
});
