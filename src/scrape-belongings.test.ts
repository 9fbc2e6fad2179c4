import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, shortDigest } from './oci/digest.ts';
import { parsePlatform } from './oci/platform.ts';
import type { Plan } from './plan.ts';
import { pathFor } from './registry/layout.ts';
import type { ImageReport } from './report.ts';
import { referrersTag } from './testing/artifacts.ts';
import { buildRegistry } from './testing/registry.ts';
import { scrapeTree } from './testing/scrape.ts';

const kindsIn = ({ referrers }: ImageReport): readonly string[] =>
  referrers.map(({ artifactType }) => artifactType);

test('digest tags come in the order of their names, and no list of referrers is written for them', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const tags = ['sig', 'att', 'sbom'].map(suffix => `${referrersTag(image)}.${suffix}`);
  for (const tag of tags) app.artifact({ tag, annotations: { tag } });
  const { report, listing } = await scrapeTree(registry, 'app:1', { referrers: {} });
  assert.deepEqual(report.images.flatMap(kindsIn), ['att', 'sbom', 'sig']);
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
  const annotations = { b: '2', c: '3', a: '1' };
  const typed = app.index([], { subject: image, artifactType: 'application/a', annotations });
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
  const { manifests } = JSON.parse(Buffer.from(bytes).toString()) as { readonly manifests: unknown[] };
  const said = [
    plain.descriptor,
    { ...typed.descriptor, artifactType: 'application/a', annotations: { a: '1', b: '2', c: '3' } },
  ];
  // the order of the keys counts: the same referrers always give the same bytes
  assert.deepEqual(
    manifests.map(one => JSON.stringify(one)).sort(),
    said.map(one => JSON.stringify(one)).sort(),
  );
});

test('a digest tag that leads to the image itself brings no more of it', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const [amd, arm] = [app.image({ platform: 'linux/amd64' }), app.image({ platform: 'linux/arm64' })];
  const index = app.index([amd, arm], { tag: '1' });
  app.tag(`${referrersTag(index)}.sig`, index);
  const platforms = [parsePlatform('linux/amd64')];
  const { report, listing } = await scrapeTree(registry, 'app:1', { referrers: {}, platforms });
  assert.deepEqual(report.errors, []);
  assert.ok(listing.has(registry.pathOf(amd)) && !listing.has(registry.pathOf(arm)));
});

test('the list of referrers goes with those that it lists, when only some kinds are taken', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const list = app.index([app.artifact()], { tag: referrersTag(image) });
  const referrers = { takes: (): boolean => true };
  const taken = async (): Promise<readonly string[]> => {
    const { report, listing } = await scrapeTree(registry, 'app:1', { referrers });
    assert.deepEqual(report.errors, []);
    assert.equal(listing.has(app.revisionLink(list)), listing.has(app.tagLink(referrersTag(image))));
    return [...(listing.has(app.revisionLink(list)) ? ['list'] : []), ...report.images.flatMap(kindsIn)];
  };
  assert.deepEqual(await taken(), []);
  app.signature(image);
  assert.deepEqual(await taken(), ['sig']);
  app.artifact({ subject: image, artifactType: 'application/a' });
  assert.deepEqual(await taken(), ['list', 'sig', 'application/a']);
});

test('a listed referrer for a platform may be left out like any other', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const about = app.artifact({ subject: image, artifactType: 'application/a' });
  const built = app.image({ subject: image, artifactType: 'application/b' });
  app.index([about, built], { tag: referrersTag(image) });
  const referrers = { takes: ([kind]: readonly string[]): boolean => kind === 'application/a' };
  const { report, listing } = await scrapeTree(registry, 'app:1', { referrers });
  assert.deepEqual(report.errors, []);
  assert.ok(listing.has(app.revisionLink(about)) && !listing.has(app.revisionLink(built)));
});

test('what stands behind a digest tag may say what it is', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const layers = [{ content: 10, mediaType: 'application/a' }];
  app.image({ tag: `${referrersTag(image)}.a`, artifactType: 'application/b', layers });
  app.index([], { tag: `${referrersTag(image)}.c`, artifactType: 'application/d' });
  for (const [kind, suffix] of Object.entries({
    ...{ a: 'a', c: 'c', 'application/a': 'a', 'application/b': 'a', 'application/d': 'c' },
  })) {
    const referrers = { takes: (kinds: readonly string[]): boolean => kinds.includes(kind) };
    const { report } = await scrapeTree(registry, 'app:1', { referrers });
    assert.deepEqual(report.images.flatMap(kindsIn), [suffix], kind);
  }
});

test('a referrer that is an index comes whole, also when only some kinds are taken', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const child = app.artifact();
  app.index([child], { subject: image, artifactType: 'application/a' });
  const { listing } = await scrapeTree(registry, 'app:1', { referrers: { takes: () => true } });
  assert.ok(listing.has(app.revisionLink(child)));
});

test('what cannot be shipped is named with the way to it', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const whole = app.artifact({ subject: image });
  const messages = async (): Promise<readonly string[]> =>
    (await scrapeTree(registry, 'app:1', { referrers: {} })).report.errors.map(({ message }) => message);
  const list = app.index([whole], { tag: referrersTag(image) });
  registry.flipBit(list);
  const [damaged, ...others] = await messages();
  assert.ok(damaged?.startsWith(`${referrersTag(image)} → manifest: `), damaged);
  assert.deepEqual(others, []);
  registry.flipBit(list);
  const broken = app.artifact({ subject: image });
  registry.remove(broken.layer(0));
  const [missing, ...more] = await messages();
  assert.ok(missing?.startsWith(`referrer ${shortDigest(broken.digest)} → manifest → layer 1: `), missing);
  assert.deepEqual(more, []);
});

test('what is about a layer is about no image', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const [layer, image] = [app.artifact(), app.image({ tag: '1' })];
  const { digest, size } = image.layer(0);
  const about = app.artifact({ overrides: { subject: { ...layer.descriptor, digest, size } } });
  const { listing } = await scrapeTree(registry, 'app:1', { referrers: {} });
  assert.ok(!listing.has(app.revisionLink(about)));
});

test('untagged referrers come in the order of their digests, and their list is none', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const all = [1, 2, 3, 4, 5, 6].map(() => app.artifact({ subject: image }));
  app.index(all, { tag: referrersTag(image) });
  const { report } = await scrapeTree(registry, 'app:1', { referrers: {} });
  const digests = report.images.flatMap(({ referrers }) => referrers.map(({ digest }) => digest));
  assert.deepEqual(digests, all.map(({ digest }) => digest).sort());
});
