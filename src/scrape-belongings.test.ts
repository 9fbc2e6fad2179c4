import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from './oci/digest.ts';
import type { Plan } from './plan.ts';
import { pathFor } from './registry/layout.ts';
import { referrersTag } from './testing/artifacts.ts';
import { buildRegistry } from './testing/registry.ts';
import { scrapeTree } from './testing/scrape.ts';

test('digest tags come in the order of their names, and no list of referrers is written for them', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const tags = ['sig', 'att', 'sbom'].map(suffix => `${referrersTag(image)}.${suffix}`);
  for (const tag of tags) app.artifact({ tag, annotations: { tag } });
  const { report, listing } = await scrapeTree(registry, 'app:1', { referrers: {} });
  assert.deepEqual(
    report.images[0]?.referrers.map(({ artifactType }) => artifactType),
    ['att', 'sbom', 'sig'],
  );
  assert.ok(!listing.has(app.tagLink(referrersTag(image))));
});

test('what a fallback tag lists comes along although it does not say what it is about', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const silent = app.artifact({ annotations: { silent: 'yes' } });
  app.index([app.artifact({ subject: image }), silent], { tag: referrersTag(image) });
  const { report, listing } = await scrapeTree(registry, 'app:1', { referrers: {} });
  assert.deepEqual(report.errors, []);
  assert.ok(listing.has(app.revisionLink(silent)) && listing.has(registry.pathOf(silent)));
});

test('a referrer is of the type that it says, not of its layers’', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const layers = [{ content: 10, mediaType: 'application/b' }];
  const about = app.artifact({ subject: app.image({ tag: '1' }), artifactType: 'application/a', layers });
  for (const type of ['application/a', 'application/b']) {
    const referrers = { takes: (kinds: readonly string[]): boolean => kinds.includes(type) };
    const { listing } = await scrapeTree(registry, 'app:1', { referrers });
    assert.equal(listing.has(app.revisionLink(about)), type === 'application/a', type);
  }
});

test('the list of referrers says of one no more than that says itself', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const plain = app.index([], { subject: image });
  const plans: Plan[] = [];
  const observer = { onPlan: (plan: Plan): void => void plans.push(plan) };
  const { output } = await scrapeTree(registry, 'app:1', { referrers: {}, observer });
  for (const blob of plans[0]?.blobs ?? []) assert.ok(blob.digests.includes(blob.digest), blob.trail);
  const [, hex = ''] =
    output
      .get(app.tagLink(referrersTag(image)))
      ?.toString()
      .split(':') ?? [];
  const bytes = output.get(pathFor({ kind: 'blob', digest: digestOf('sha256', hex) }));
  assert.ok(bytes instanceof Uint8Array);
  const { mediaType, digest, size } = plain.descriptor;
  const { manifests } = JSON.parse(Buffer.from(bytes).toString()) as { readonly manifests: unknown };
  assert.deepEqual(manifests, [{ mediaType, digest, size }]);
});
