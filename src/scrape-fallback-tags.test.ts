import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { shortDigest, type Digest } from './oci/digest.ts';
import type { PlannedImage } from './plan.ts';
import { pathFor } from './registry/layout.ts';
import type { Report } from './report.ts';
import type { MemoryOutput } from './sink/memory.ts';
import { referrersTag } from './testing/artifacts.ts';
import type { Blob } from './testing/contents.ts';
import type { Image } from './testing/image.ts';
import { inlineWorker } from './testing/inline-worker.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import type { RepositoryBuilder } from './testing/repository.ts';
import {
  scrapeDirectory,
  scrapeTree,
  type DirectoryScrapeSettings,
  type MemoryScrapeSettings,
  type Scraped,
} from './testing/scrape.ts';
import { temporaryDirectory } from './testing/temporary.ts';
import { listDirectory } from './testing/tree.ts';

interface Place {
  readonly registry: RegistryBuilder;
  readonly app: RepositoryBuilder;
  readonly image: Image;
  readonly sbom: Image;
  readonly report: Image;
}

const [SBOM, REPORT] = ['application/spdx+json', 'application/vnd.example.report'];
const only = (artifactType: string): MemoryScrapeSettings => ({
  referrers: { takes: ([kind]) => kind === artifactType },
});

/** An image with two untagged referrers of different kinds. */
function place(): Place {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  const sbom = app.artifact({ subject: image, artifactType: SBOM, annotations: { b: '2', a: '1' } });
  const report = app.artifact({ subject: image, artifactType: REPORT });
  return { registry, app, image, sbom, report };
}

/** One image in two repositories, each with a referrer of its own. */
function twins(): Place & { readonly copy: RepositoryBuilder } {
  const registry = buildRegistry();
  const [app, copy] = [registry.repository('one/app'), registry.repository('two/app')];
  const image = app.image({ tag: '1' });
  for (const blob of [image.config, ...image.layers]) copy.blob(blob);
  copy.manifest(image.bytes, { tag: '1' });
  const sbom = app.artifact({ subject: image, artifactType: SBOM });
  const report = copy.artifact({ subject: image, artifactType: REPORT });
  return { registry, app, copy, image, sbom, report };
}

const scrapeApp = (
  { registry }: Place,
  settings: MemoryScrapeSettings = {},
  references: string | readonly string[] = 'app:1',
): Promise<Scraped> => scrapeTree(registry, references, { referrers: {}, ...settings });
const scrapeTwins = (
  { registry }: Place,
  references: readonly string[] = ['one/app:1', 'two/app:1'],
  settings: MemoryScrapeSettings = {},
): Promise<Scraped> => scrapeTree(registry, references, { referrers: {}, rename: () => 'app', ...settings });

const tagPath = (image: Blob): string =>
  pathFor({ kind: 'tagLink', repository: 'app', tag: referrersTag(image) });
const blobPath = (digest: Digest): string => pathFor({ kind: 'blob', digest });
const revisionPathIn = (repository: string, { digest }: Blob): string =>
  pathFor({ kind: 'revisionLink', repository, digest });
const revisionPath = (manifest: Blob): string => revisionPathIn('app', manifest);
const indexDigest = (output: MemoryOutput, { image }: Place): Digest =>
  output.get(tagPath(image))?.toString() as Digest;
const warned = ({ report }: Scraped): readonly string[] => report.warnings.map(({ code }) => code);

/** Digests that the index under the image's fallback tag lists. */
function listed({ output }: Scraped, where: Place): readonly string[] {
  const bytes = output.get(blobPath(indexDigest(output, where)));
  assert.ok(bytes instanceof Uint8Array);
  const { manifests } = JSON.parse(Buffer.from(bytes).toString()) as { manifests: { digest: string }[] };
  return manifests.map(({ digest }) => digest);
}

const digests = (...blobs: readonly Blob[]): readonly string[] => blobs.map(({ digest }) => digest).sort();

/** Every manifest that a fallback index of the output lists is there, with its link. */
function nothingDangles(scraped: Scraped, where: Place): void {
  for (const digest of listed(scraped, where)) {
    assert.ok(scraped.output.has(blobPath(digest as Digest)), digest);
    assert.ok(
      scraped.output.has(pathFor({ kind: 'revisionLink', repository: 'app', digest: digest as Digest })),
    );
  }
}

test('a scrape of other kinds of referrers into the same output goes on listing those that are there', async () => {
  const where = place();
  const { sbom, report } = where;
  const output: MemoryOutput = new Map();
  await scrapeApp(where, { ...only(SBOM), output });
  const second = await scrapeApp(where, { ...only(REPORT), output });
  assert.deepEqual(second.report.errors, []);
  assert.deepEqual(listed(second, where), digests(sbom, report));
  assert.deepEqual(warned(second), ['FALLBACK_TAG_WRITTEN']);
  assert.match(
    second.report.warnings[0]?.message ?? '',
    /find 1 untagged referrer of .*, beside 1 that the output has$/,
  );
  nothingDangles(second, where);
});

test('the order of scrapes makes no difference to the index that is left', async () => {
  const where = place();
  const left: Digest[] = [];
  for (const kinds of [
    [SBOM, REPORT],
    [REPORT, SBOM],
    [SBOM, REPORT, SBOM],
  ]) {
    const output: MemoryOutput = new Map();
    for (const kind of kinds) await scrapeApp(where, { ...only(kind), output });
    left.push(indexDigest(output, where));
  }
  const { output } = await scrapeApp(where);
  assert.deepEqual(new Set(left), new Set([indexDigest(output, where)]));
});

test('a narrower scrape writes nothing where all is listed already, and a wider one moves the tag quietly', async () => {
  const where = place();
  const full = await scrapeApp(where);
  const again = await scrapeApp(where, { ...only(SBOM), output: full.output });
  assert.deepEqual(again.report.images[0]?.status, 'present');
  assert.deepEqual(again.listing, full.listing);
  const pushed = where.app.artifact({ subject: where.image });
  const wider = await scrapeApp(where, { output: full.output });
  assert.deepEqual(listed(wider, where), digests(where.sbom, where.report, pushed));
  assert.deepEqual(warned(wider), ['FALLBACK_TAG_WRITTEN']);
});

test('two scrapes into a directory leave what one leaves', async t => {
  const where = place();
  const directory = await temporaryDirectory(t);
  const source = join(directory, 'source');
  await where.registry.write(source);
  const scrapeInto = (name: string, settings: DirectoryScrapeSettings): Promise<Report> =>
    scrapeDirectory(source, join(directory, name), 'app:1', { spawn: inlineWorker, ...settings });
  for (const kind of [REPORT, SBOM]) {
    const { errors, warnings } = await scrapeInto('two', { referrers: { takes: ([it]) => it === kind } });
    assert.deepEqual([errors, warnings.map(({ code }) => code)], [[], ['FALLBACK_TAG_WRITTEN']]);
  }
  await scrapeInto('one', { referrers: {} });
  const [one, two] = await Promise.all(['one', 'two'].map(name => listDirectory(join(directory, name))));
  assert.ok(one && two);
  const tag = tagPath(where.image);
  assert.equal(two.get(tag), one.get(tag));
  // the index that the first of the two wrote is left, as whatever a tag pointed at before is
  assert.deepEqual(
    [...one.keys()].filter(path => !two.has(path)),
    [],
  );
});

test('only what the output has, link and blob, goes on being listed', async () => {
  const where = place();
  for (const lost of [blobPath(where.sbom.digest), revisionPath(where.sbom)]) {
    const { output } = await scrapeApp(where);
    output.delete(lost);
    const narrow = await scrapeApp(where, { ...only(REPORT), output });
    assert.deepEqual(listed(narrow, where), digests(where.report));
    assert.deepEqual(warned(narrow), ['FALLBACK_TAG_WRITTEN']);
  }
});

test('an index or a listed manifest of the output that is damaged is told of, and what can be listed is', async () => {
  const where = place();
  const { sbom, report, image } = where;
  const foreign = Buffer.from(image.digest);
  const spoil = (output: MemoryOutput, digest: Digest): unknown => {
    const bytes = Buffer.from(output.get(blobPath(digest)) as Uint8Array);
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    return output.set(blobPath(digest), bytes);
  };
  const cases: readonly (readonly [RegExp, (output: MemoryOutput) => unknown])[] = [
    [/expected sha256:.*found sha256:/, output => spoil(output, indexDigest(output, where))],
    [/expected an index .*found nothing/, output => output.delete(blobPath(indexDigest(output, where)))],
    [/expected an index .*another kind/, output => output.set(tagPath(image), foreign)],
    [/lists a manifest that cannot be used/, output => spoil(output, sbom.digest)],
  ];
  for (const [message, damage] of cases) {
    const { output } = await scrapeApp(where);
    damage(output);
    const narrow = await scrapeApp(where, { ...only(REPORT), output });
    assert.deepEqual(narrow.report.errors, []);
    const [first] = narrow.report.warnings;
    assert.equal(first?.code, 'FALLBACK_TAG_DAMAGED', String(message));
    assert.match(first.message, message);
    assert.deepEqual(listed(narrow, where), digests(report));
  }
});

test('a damaged index is written anew even when it is the one that would be written', async () => {
  const where = place();
  const { output, listing } = await scrapeApp(where);
  const path = blobPath(indexDigest(output, where));
  output.set(path, Buffer.alloc((output.get(path) as Uint8Array).length, 'x'));
  const again = await scrapeApp(where, { output });
  assert.deepEqual(warned(again), ['FALLBACK_TAG_DAMAGED', 'FALLBACK_TAG_WRITTEN']);
  assert.equal(again.report.images[0]?.status, 'copied');
  assert.deepEqual(again.listing, listing);
});

test('a tag link of the output that holds no digest is replaced', async () => {
  const where = place();
  const { output, listing } = await scrapeApp(where);
  output.set(tagPath(where.image), Buffer.from('nonsense'));
  const again = await scrapeApp(where, { output });
  assert.deepEqual(again.report.errors, []);
  assert.deepEqual(again.listing, listing);
});

test('a dry run plans what the run then does', async () => {
  const where = place();
  const { output } = await scrapeApp(where, only(SBOM));
  const plans: unknown[] = [];
  const observer = { onPlan: (plan: unknown) => plans.push(plan) };
  const dry = await scrapeApp(where, { ...only(REPORT), output, dryRun: true, observer });
  const real = await scrapeApp(where, { ...only(REPORT), output, observer });
  assert.deepEqual(plans[0], plans[1]);
  assert.deepEqual(
    dry.report.warnings.map(warning => ({ ...warning, message: warning.message.replace('would be', 'is') })),
    real.report.warnings,
  );
});

test('what makes an index too large together leaves the tag of the output as it is', async () => {
  const where = place();
  const { output } = await scrapeApp(where, only(SBOM));
  const before = output.get(tagPath(where.image));
  const annotations = { padding: 'x'.repeat(60_000) };
  for (let count = 0; count < 75; count += 1)
    where.app.artifact({ subject: where.image, artifactType: REPORT, annotations });
  const second = await scrapeApp(where, { ...only(REPORT), output });
  assert.deepEqual(warned(second), ['REFERRER_UNLISTED']);
  assert.deepEqual(output.get(tagPath(where.image)), before);
});

test('repositories that become one share the index of the image that they share', async () => {
  const where = twins();
  const plans: (readonly PlannedImage[])[] = [];
  const observer = { onPlan: (plan: { images: readonly PlannedImage[] }) => plans.push(plan.images) };
  const both = await scrapeTwins(where, undefined, { observer });
  assert.deepEqual(both.report.errors, []);
  assert.deepEqual(listed(both, where), digests(where.sbom, where.report));
  assert.deepEqual(warned(both), ['FALLBACK_TAG_WRITTEN']);
  for (const { referrers } of both.report.images)
    assert.deepEqual(referrers.map(({ digest }) => digest).sort(), digests(where.sbom, where.report));
  // whichever is published first, its index names nothing that is not there
  for (const { links, blobs } of plans[0] ?? []) {
    const paths = links.map(pathFor);
    assert.equal(new Set(paths).size, paths.length);
    for (const one of [where.sbom, where.report]) {
      assert.ok(paths.indexOf(revisionPath(one)) < paths.indexOf(tagPath(where.image)));
      assert.ok(paths.includes(revisionPath(one)) && blobs.includes(one.digest));
    }
  }
  const { output } = await scrapeTwins(where, ['two/app:1']);
  const oneByOne = await scrapeTwins(where, ['one/app:1'], { output });
  assert.equal(indexDigest(output, where), indexDigest(both.output, where));
  assert.deepEqual(warned(oneByOne), ['FALLBACK_TAG_WRITTEN']);
});

test('an image that fails leaves nothing listed that is not there', async () => {
  const where = twins();
  const { registry, copy, image } = where;
  const broken = copy.image({ platform: 'linux/arm64' });
  copy.index([image, broken], { tag: 'both' });
  registry.flipBit(broken.layer(0));
  const references = ['one/app:1', 'two/app:both'];
  const scraped = await scrapeTwins(where, references, { keepGoing: true });
  assert.deepEqual(
    scraped.report.images.map(({ status }) => status),
    ['copied', 'failed'],
  );
  assert.deepEqual(listed(scraped, where), digests(where.sbom, where.report));
  nothingDangles(scraped, where);
});

test('a fallback tag that one of the sources has is kept, and what it leaves out is told', async () => {
  const where = twins();
  const index = where.app.index([where.sbom], { tag: referrersTag(where.image) });
  for (const references of [
    ['one/app:1', 'two/app:1'],
    ['two/app:1', 'one/app:1'],
  ]) {
    const scraped = await scrapeTwins(where, references);
    assert.deepEqual(scraped.report.errors, []);
    assert.equal(indexDigest(scraped.output, where), index.digest);
    assert.deepEqual(warned(scraped), ['REFERRER_UNLISTED']);
  }
});

test('a fallback tag that was asked for by name is written as it is', async () => {
  const where = twins();
  const tag = referrersTag(where.image);
  const index = where.app.index([where.sbom], { tag });
  const references = [`one/app:${tag}`, 'two/app:1'];
  const plans: (readonly PlannedImage[])[] = [];
  const observer = { onPlan: (plan: { images: readonly PlannedImage[] }) => plans.push(plan.images) };
  const { report, output } = await scrapeTwins(where, references, { observer });
  assert.deepEqual(report.errors, []);
  assert.equal(indexDigest(output, where), index.digest);
  const links = plans.flat().flatMap(image => image.links);
  const targets = links.filter(link => pathFor(link) === tagPath(where.image)).map(({ target }) => target);
  assert.deepEqual(new Set(targets), new Set([index.digest]));
});

test('a fallback tag of one source that lists only what names no subject is kept too', async () => {
  const where = twins();
  const plain = where.app.artifact();
  where.registry.remove(revisionPathIn('one/app', where.sbom));
  const index = where.app.index([plain], { tag: referrersTag(where.image) });
  const scraped = await scrapeTwins(where);
  assert.equal(indexDigest(scraped.output, where), index.digest);
  assert.deepEqual(warned(scraped), ['REFERRER_UNLISTED']);
});

test('fallback tags that both sources have still conflict', async () => {
  const where = twins();
  where.app.index([where.sbom], { tag: referrersTag(where.image) });
  where.copy.index([where.report], { tag: referrersTag(where.image) });
  const { report, output } = await scrapeTwins(where);
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['RENAME_CONFLICT'],
  );
  assert.equal(output.size, 0);
});

test('tags that lead to one image have one index, told of once', async () => {
  const where = place();
  where.app.tag('latest', where.image);
  const scraped = await scrapeApp(where, {}, ['app:1', 'app:latest']);
  const { digest } = where.image;
  const message = `a tag is written by which registries find 2 untagged referrers of ${shortDigest(digest)}`;
  assert.deepEqual(scraped.report.warnings, [
    { code: 'FALLBACK_TAG_WRITTEN', message, reference: 'app:1', digest },
  ]);
  assert.deepEqual(listed(scraped, where), digests(where.sbom, where.report));
});

test('an index of just as many bytes as a registry takes is written, one more is too many', async () => {
  const registry = buildRegistry();
  const sizeWith = async (name: string, padding: number): Promise<number | undefined> => {
    const app = registry.repository(name);
    const image = app.image({ tag: '1' });
    for (const length of [2_000_000, padding])
      app.artifact({ subject: image, annotations: { padding: 'x'.repeat(length) } });
    const { output } = await scrapeTree(registry, `${name}:1`, { referrers: {} });
    const digest = output.get(app.tagLink(referrersTag(image)))?.toString() as Digest | undefined;
    return digest && (output.get(blobPath(digest)) as Uint8Array).length;
  };
  const most = 4 * 1024 * 1024;
  const padding = 1_000_000;
  const size = await sizeWith('a', padding);
  assert.ok(size);
  assert.equal(await sizeWith('b', padding + most - size), most);
  assert.equal(await sizeWith('c', padding + most - size + 1), undefined);
});

test('an image lacks of its twin’s referrers those that no tag leads to', async () => {
  const where = twins();
  where.app.signature(where.image);
  const { report } = await scrapeTwins(where);
  const [one, two] = report.images.map(({ referrers }) => referrers.map(({ digest }) => digest).sort());
  assert.deepEqual(two, digests(where.sbom, where.report));
  assert.equal(one?.length, 3);
});

test('twins that have one referrer in common get what either has besides', async () => {
  const where = twins();
  const common = where.app.artifact({ subject: where.image });
  for (const blob of [common.config, ...common.layers]) where.copy.blob(blob);
  where.copy.manifest(common.bytes);
  const { report } = await scrapeTwins(where);
  for (const { referrers } of report.images)
    assert.deepEqual(referrers.map(({ digest }) => digest).sort(), digests(where.sbom, where.report, common));
});
