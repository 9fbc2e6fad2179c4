import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { digestOf, shortDigest, type Digest } from './oci/digest.ts';
import { parsePlatform } from './oci/platform.ts';
import { pathFor } from './registry/layout.ts';
import { referrersTag } from './testing/artifacts.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import { scrapeTree, type MemoryScrapeSettings, type Scraped } from './testing/scrape.ts';

const has = ({ output }: Scraped, { digest }: { readonly digest: Digest }): boolean =>
  output.has(pathFor({ kind: 'blob', digest })) &&
  output.has(pathFor({ kind: 'revisionLink', repository: 'app', digest }));
const tagOf = ({ output }: Scraped, tag: string): string | undefined =>
  output.get(pathFor({ kind: 'tagLink', repository: 'app', tag }))?.toString();
const scrapeApp = (registry: RegistryBuilder, settings: MemoryScrapeSettings = {}): Promise<Scraped> =>
  scrapeTree(registry, 'app:1', { referrers: {}, ...settings });
const names = ({ report }: Scraped): readonly string[] =>
  report.images[0]?.referrers.map(({ digest }) => digest) ?? [];
const warned = ({ report }: Scraped): readonly string[] => report.warnings.map(({ code }) => code);

test('cosign signatures of the image and of every platform taken come along with their tags, recursively', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const amd = app.image({ platform: 'linux/amd64' });
  const arm = app.image({ platform: 'linux/arm64' });
  const index = app.index([amd, arm], { tag: '1' });
  const [overall, ofAmd, ofArm] = [index, amd, arm].map(one => app.signature(one));
  assert.ok(overall && ofAmd && ofArm);
  const countersigned = app.signature(overall);
  const other = app.signature(app.image({ tag: 'other' }));
  const scraped = await scrapeApp(registry, { platforms: [parsePlatform('linux/amd64')] });
  assert.deepEqual(scraped.report.errors, []);
  for (const one of [index, amd, overall, ofAmd, countersigned]) assert.ok(has(scraped, one));
  for (const one of [arm, ofArm, other]) assert.ok(!has(scraped, one));
  assert.equal(tagOf(scraped, `${referrersTag(amd)}.sig`), ofAmd.digest);
  assert.deepEqual([...names(scraped)].sort(), [overall, ofAmd, countersigned].map(one => one.digest).sort());
  assert.deepEqual(scraped.report.images[0]?.platforms, ['linux/amd64']);
});

test('untagged referrers are found by their subject, and the fallback tag that the source lacks is written', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const sbom = app.artifact({
    subject: image,
    artifactType: 'application/spdx+json',
    annotations: { b: '2', a: '1' },
  });
  const about = app.artifact({ subject: sbom });
  const scraped = await scrapeApp(registry);
  assert.ok(has(scraped, sbom) && has(scraped, about) && !has(scraped, sbom.config));
  const fallback = tagOf(scraped, referrersTag(image));
  assert.ok(fallback && has(scraped, { digest: fallback as Digest }));
  const bytes = scraped.output.get(pathFor({ kind: 'blob', digest: fallback as Digest }));
  assert.ok(bytes instanceof Uint8Array);
  assert.equal(`sha256:${createHash('sha256').update(bytes).digest('hex')}`, fallback);
  assert.deepEqual(JSON.parse(bytes.toString()), {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        mediaType: sbom.descriptor.mediaType,
        digest: sbom.digest,
        size: sbom.size,
        artifactType: 'application/spdx+json',
        annotations: { a: '1', b: '2' },
      },
    ],
  });
  assert.ok(tagOf(scraped, referrersTag(sbom)));
  assert.deepEqual(warned(scraped), ['FALLBACK_TAG_WRITTEN', 'FALLBACK_TAG_WRITTEN']);
  const again = await scrapeApp(registry);
  assert.deepEqual(again.listing, scraped.listing);
});

test("the source's own fallback tag is kept byte for byte, and what it leaves out is told", async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const [listed, unlisted] = [app.artifact({ subject: image }), app.artifact({ subject: image })];
  const index = app.index([listed], { tag: referrersTag(image) });
  const scraped = await scrapeApp(registry);
  assert.equal(tagOf(scraped, referrersTag(image)), index.digest);
  assert.ok(has(scraped, listed) && has(scraped, unlisted));
  assert.deepEqual(warned(scraped), ['REFERRER_UNLISTED']);
});

test('without referrers, and with some kinds of them only', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const signature = app.signature(image);
  const spdx = app.artifact({ subject: image, artifactType: 'application/spdx+json' });
  const report = app.artifact({ subject: image, artifactType: 'application/vnd.example' });
  const index = app.index([spdx, report], { tag: referrersTag(image) });
  const none = await scrapeApp(registry, { referrers: undefined });
  assert.ok([signature, spdx, report, index].every(one => !has(none, one)));
  assert.equal(none.report.totals.scannedManifests, 0);
  const spdxOnly = await scrapeApp(registry, {
    referrers: { takes: kinds => kinds.some(kind => kind.includes('spdx')) },
  });
  assert.ok(has(spdxOnly, spdx) && has(spdxOnly, index));
  assert.ok(!has(spdxOnly, signature) && !has(spdxOnly, report));
  const signatures = await scrapeApp(registry, { referrers: { takes: ([kind]) => kind === 'sig' } });
  assert.ok(has(signatures, signature) && !has(signatures, spdx) && !has(signatures, index));
});

test('a repository is scanned once for all its images, and a damaged manifest that nobody asked for is passed over', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const [one, two] = [app.image({ tag: '1' }), app.image({ tag: '2' })];
  const sbom = app.artifact({ subject: two });
  const broken = app.artifact({ subject: one });
  registry.flipBit(broken);
  const scraped = await scrapeTree(registry, ['app:1', 'app:2'], { referrers: {} });
  assert.deepEqual(scraped.report.errors, []);
  assert.equal(scraped.report.totals.scannedManifests, 4);
  assert.ok(has(scraped, sbom) && !has(scraped, broken));
  assert.ok(warned(scraped).includes('REFERRER_UNREADABLE'));
});

test('a referrer that cannot be shipped whole fails its image, and the error names the way to it', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const signature = app.signature(app.image({ tag: '1' }));
  registry.remove(signature.layer(0));
  const { report, output } = await scrapeApp(registry);
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['BLOB_UNKNOWN'],
  );
  assert.match(report.errors[0]?.message ?? '', /^sha256-[0-9a-f]+\.sig → manifest → layer 1: /);
  assert.equal(output.size, 0);
});

test('too many referrers for one index are shipped without one', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const annotations = { padding: 'x'.repeat(60_000) };
  for (let count = 0; count < 75; count += 1) app.artifact({ subject: image, annotations });
  const scraped = await scrapeApp(registry);
  assert.equal(names(scraped).length, 75);
  assert.equal(tagOf(scraped, referrersTag(image)), undefined);
  assert.deepEqual(warned(scraped), ['REFERRER_UNLISTED']);
});

test('the links of referrers stand before the tag of their image', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.signature(app.image({ tag: '1' }));
  const plans: string[][] = [];
  await scrapeApp(registry, {
    dryRun: true,
    observer: {
      onPlan: plan => plans.push(plan.images.flatMap(image => image.links.map(pathFor))),
    },
  });
  assert.equal(plans[0]?.at(-1), pathFor({ kind: 'tagLink', repository: 'app', tag: '1' }));
});

test('two manifests that are about each other do not make it run in a circle', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const missing = digestOf('sha256', 'f'.repeat(64));
  const first = app.artifact({ subject: image });
  app.artifact({ subject: first, overrides: { subject: { mediaType: '', digest: missing, size: 1 } } });
  const scraped = await scrapeApp(registry);
  assert.deepEqual(names(scraped), [first.digest]);
});

test('what is said of fallback tags is short, and tells a dry run from a real one', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const both = ['a', 'b'].map(artifactType => app.artifact({ subject: image, artifactType }));
  const said = async (settings: MemoryScrapeSettings = {}): Promise<readonly unknown[]> =>
    (await scrapeApp(registry, settings)).report.warnings.map(({ message, hint }) => [message, hint]);
  const subject = shortDigest(image.digest);
  assert.deepEqual(await said({ dryRun: true }), [
    [`a tag would be written by which registries find 2 untagged referrers of ${subject}`, undefined],
  ]);
  assert.deepEqual(await said(), [
    [`a tag is written by which registries find 2 untagged referrers of ${subject}`, undefined],
  ]);
  for (const count of [2, 1, 0]) {
    app.index(both.slice(count), { tag: referrersTag(image) });
    const unlisted = [
      `2 untagged referrers of ${subject}: the source's tag for them leaves out ${String(count)}; registries without the referrers API do not show those`,
      'attach them again with a current client, or serve the copy by a registry that has the referrers API',
    ];
    assert.deepEqual(await said(), count === 0 ? [] : [unlisted]);
  }
});
