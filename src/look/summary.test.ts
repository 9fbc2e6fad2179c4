import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../oci/digest.ts';
import { CREATED } from '../testing/image.ts';
import { inspected, sourceOf } from '../testing/look.ts';
import { foreignLayer } from '../testing/parts.ts';
import { buildRegistry } from '../testing/registry.ts';
import { sharingImages, sizeOf } from '../testing/sharing-images.ts';
import { summarise, type Summarised } from './summary.ts';

const created = Date.parse(CREATED);
const of = (
  registry: Parameters<typeof sourceOf>[0],
  { stored }: { readonly stored: Digest },
  repository = 'team/app',
): Promise<Summarised> => summarise(sourceOf(registry), repository, stored);

test('an image: its platform, its date, its size with manifest and config', async () => {
  const { registry, first } = sharingImages();
  assert.deepEqual(await of(registry, first), {
    summary: {
      kind: 'image',
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      platforms: ['linux/amd64'],
      size: sizeOf(first),
      created,
      missingManifests: 0,
    },
  });
});

test('an index: all platforms, and what its images share counts once', async () => {
  const { registry, first, second, base, index } = sharingImages();
  const { summary } = await of(registry, index);
  assert.equal(summary?.kind, 'index');
  assert.deepEqual(summary.platforms, ['linux/amd64', 'linux/arm64']);
  assert.equal(summary.size, index.size + sizeOf(first) + sizeOf(second) - base.size);
});

test('the date of an index is that of its youngest image', async () => {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  const dated = (date: string) =>
    app.image({ config: JSON.stringify({ os: 'linux', architecture: 'amd64', created: date }) });
  const index = app.index([
    dated('2020-01-01T00:00:00Z'),
    dated('2026-05-06T07:08:09.123456789Z'),
    dated('never'),
  ]);
  assert.equal((await of(registry, index)).summary?.created, Date.parse('2026-05-06T07:08:09.123Z'));
});

test('an artifact: its type, its subject, the date of its annotation', async () => {
  const { registry, app, first } = sharingImages();
  const annotations = { 'org.opencontainers.image.created': '2026-02-03T04:05:06Z' };
  const sbom = app.artifact({ subject: first, artifactType: 'application/spdx+json', annotations });
  const { summary } = await of(registry, sbom);
  assert.equal(summary?.kind, 'artifact');
  assert.equal(summary.artifactType, 'application/spdx+json');
  assert.equal(summary.subject, first.digest);
  assert.equal(summary.created, Date.parse('2026-02-03T04:05:06Z'));
  assert.deepEqual(summary.platforms, []);
});

test('schema1 and layers that may be elsewhere are looked up for their sizes', async () => {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  const old = app.schema1();
  assert.equal(
    (await of(registry, old)).summary?.size,
    (await inspected(registry, `team/app@${old.digest}`)).totals.bytes,
  );
  const image = app.image({ layers: [100, foreignLayer(5000)] });
  assert.equal((await of(registry, image)).summary?.size, image.size + image.config.size + 100);
});

test('what a sparse index lacks is counted, and no error', async () => {
  const { registry, app, first } = sharingImages();
  const index = app.index([first, app.image({ stored: false, platform: 'linux/s390x' })]);
  const { summary, error } = await of(registry, index);
  assert.deepEqual([summary?.missingManifests, summary?.platforms, error], [1, ['linux/amd64'], undefined]);
});

test('a platform that is linked and whose manifest is gone is an error', async () => {
  const { registry, app, first } = sharingImages();
  const lost = app.image({ platform: 'linux/s390x' });
  const index = app.index([first, lost]);
  registry.remove(lost);
  const { summary, error } = await of(registry, index);
  assert.deepEqual([summary?.missingManifests, error?.code], [0, 'BLOB_UNKNOWN']);
  assert.deepEqual(summary?.platforms, ['linux/amd64']);
});

test('an image that cannot be read has an error and no summary', async () => {
  const { registry, first } = sharingImages();
  registry.flipBit(first);
  const { summary, error } = await of(registry, first);
  assert.deepEqual([summary, error?.code], [undefined, 'DIGEST_MISMATCH']);
});

test('a part that cannot be read is an error beside the summary of the rest', async () => {
  const { registry, first, second, index } = sharingImages();
  registry.remove(first.config);
  const alone = await of(registry, first);
  assert.deepEqual([alone.error?.code, alone.summary?.size], ['BLOB_UNKNOWN', sizeOf(first)]);
  registry.flipBit(second);
  const both = await of(registry, index);
  assert.equal(both.summary?.kind, 'index');
  assert.ok(both.error);
});

test('an index that contains itself many times over ends', async () => {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  let below = app.index([app.image()]);
  for (let depth = 0; depth < 60; depth += 1) below = app.index([below, below]);
  const { summary } = await of(registry, below);
  assert.equal(summary?.kind, 'index');
});
