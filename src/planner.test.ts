import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatherImages } from './gather.ts';
import { layOut, placesOf, type LaidOutImage } from './lay-out.ts';
import type { Digest } from './oci/digest.ts';
import type { Plan } from './plan.ts';
import { makePlan } from './planner.ts';
import { pathFor } from './registry/layout.ts';
import { memorySink } from './sink/memory.ts';
import { emptyOutput, surveyOutput } from './sink/survey.ts';
import { referrersTag } from './testing/artifacts.ts';
import { copy, watched } from './testing/copy.ts';
import type { Image } from './testing/image.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import { scrapeTree, selectionOf } from './testing/scrape.ts';
import { sharingImages } from './testing/sharing-images.ts';

async function walkAll(
  registry: RegistryBuilder,
  references: readonly string[],
): Promise<readonly LaidOutImage[]> {
  const { images } = await gatherImages({
    selection: selectionOf(references),
    driver: registry.driver(),
    platforms: [],
    referrers: undefined,
    rename: repository => repository,
    signal: new AbortController().signal,
    observer: {},
  });
  return layOut(images.map(image => ('graph' in image ? image : assert.fail(image.errors[0]?.message))));
}

const sum = (blobs: readonly { readonly size: number }[]): number =>
  blobs.reduce((total, { size }) => total + size, 0);
const left = ({ blobs }: Plan): readonly Digest[] =>
  blobs.filter(blob => blob.inBase).map(({ digest }) => digest);

test('what the other side has is left to it, and counted apart for each image and in all', async () => {
  const { registry, base, first } = sharingImages();
  const walked = await walkAll(registry, ['team/app:1', 'team/app:2']);
  const plan = makePlan(
    walked,
    emptyOutput,
    new Set([base.stored, first.layer(1).stored, first.config.stored]),
  );
  assert.deepEqual(left(plan).toSorted(), [base.stored, first.layer(1).stored, first.config.stored].sort());
  const all = makePlan(walked, emptyOutput);
  assert.deepEqual(left(all), []);
  assert.equal(plan.totals.bytes, all.totals.bytes);
  assert.equal(plan.totals.blobs, all.totals.blobs);
  assert.equal(plan.totals.baseBlobs, 3);
  assert.equal(plan.totals.baseBytes, sum(plan.blobs.filter(blob => blob.inBase)));
  assert.deepEqual(
    plan.images.map(image => image.baseBytes),
    [3700 + first.config.size, 3000],
  );
  assert.deepEqual(
    all.images.map(image => image.baseBytes),
    [0, 0],
  );
  assert.ok(plan.images.every(image => !image.present));
});

test('manifests are taken along although the other side has them', async () => {
  const { registry, index, first } = sharingImages();
  const plan = makePlan(
    await walkAll(registry, ['team/app:both']),
    emptyOutput,
    new Set([index.stored, first.stored]),
  );
  assert.deepEqual(left(plan), []);
});

test('so is one that an index in the manner of a layer lists', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const inner = app.image();
  app.image({ tag: '1', layers: [{ content: inner, mediaType: inner.descriptor.mediaType }] });
  const plan = makePlan(await walkAll(registry, ['app:1']), emptyOutput, new Set([inner.stored]));
  assert.equal(plan.blobs.find(({ digest }) => digest === inner.stored)?.role, 'manifest');
  assert.deepEqual(left(plan), []);
});

test('an image is there when all is there that is not left to the base', async () => {
  const { registry, base } = sharingImages();
  const references = ['team/app:1'];
  const { output } = await scrapeTree(registry, references);
  for (const path of output.keys())
    if (path.includes(base.stored.slice(7)) && path.endsWith('/data')) output.delete(path);
  const walked = await walkAll(registry, references);
  const state = await surveyOutput(memorySink(output), placesOf(walked));
  assert.equal(makePlan(walked, state).images[0]?.present, false);
  const plan = makePlan(walked, state, new Set([base.stored]));
  assert.equal(plan.images[0]?.present, true);
  assert.equal(plan.totals.presentBytes, plan.totals.bytes - 3000);
  const [link] = [...output.keys()].filter(path => path.endsWith('current/link'));
  output.delete(link ?? '');
  const lacking = await surveyOutput(memorySink(output), placesOf(walked));
  assert.equal(makePlan(walked, lacking, new Set([base.stored])).images[0]?.present, false);
});

test('copying leaves out what the base has, and its images are complete without it', async () => {
  const { registry, base } = sharingImages();
  const plan = makePlan(
    await walkAll(registry, ['team/app:1', 'team/app:2']),
    emptyOutput,
    new Set([base.stored]),
  );
  const { sink, output, calls } = watched();
  const result = await copy(registry, plan, sink, { verifyExisting: true });
  assert.ok(!calls.some(call => call.includes(base.stored)));
  assert.equal(result.done.size, 2);
  assert.equal(result.copiedBytes, plan.totals.bytes - 3000);
  assert.equal(result.skippedBytes, 0);
  assert.equal([...output.keys()].filter(path => path.endsWith('/data')).length, plan.blobs.length - 1);
  assert.equal([...output.keys()].filter(path => path.endsWith('current/link')).length, 2);
});

test('a blob that is named by its own digest alone is hashed once', async () => {
  const { registry } = sharingImages();
  const { blobs } = makePlan(await walkAll(registry, ['team/app:1', 'team/app:2']), emptyOutput);
  for (const { digest, digests } of blobs) assert.deepEqual(digests, [digest]);
});

test('within an image the large blobs come first, and what images share comes with the first of them', async () => {
  const { registry, app, first, second } = sharingImages();
  const mixed = app.image({ tag: 'mixed', layers: [10, 5000, 300, 4000] });
  const references = ['team/app:2', 'team/app:mixed', 'team/app:1'];
  const { blobs } = makePlan(await walkAll(registry, references), emptyOutput);
  const bySize = (images: readonly Image[]): readonly Digest[] =>
    images.flatMap(image =>
      [image, image.config, ...image.layers].sort((a, b) => b.size - a.size).map(({ stored }) => stored),
    );
  const expected = [...new Set(bySize([second, mixed, first]))];
  assert.deepEqual(
    blobs.map(({ digest }) => digest),
    expected,
  );
});

test('a blob that images know by several digests has to be all of them, and is called what the first calls it', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const layer = app.blob(500);
  const alias = { content: layer, algorithm: 'sha512' } as const;
  const named = app.image({ tag: 'plain', layers: [20, layer] });
  const other = app.image({ tag: 'alias', layers: [alias] });
  for (const [references, trail] of [
    [['app:plain', 'app:alias'], 'manifest → layer 2'],
    [['app:alias', 'app:plain'], 'manifest → layer 1'],
  ] as const) {
    const { blobs } = makePlan(await walkAll(registry, references), emptyOutput);
    const found = blobs.filter(({ digest }) => digest === layer.stored);
    assert.deepEqual(
      found.map(blob => [blob.trail, [...blob.digests].sort()]),
      [[trail, [named.layer(1).digest, other.layer(0).digest].sort()]],
    );
    assert.equal(found[0]?.digests[0], layer.stored);
  }
});

test('an image under its own digest’s tag gets that tag once, and last', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image();
  const tag = referrersTag(image);
  app.tag(tag, image);
  const signature = app.signature(image);
  const plans: Plan[] = [];
  const observer = { onPlan: (plan: Plan): void => void plans.push(plan) };
  await scrapeTree(registry, `app:${tag}`, { referrers: {}, dryRun: true, observer });
  const links = plans[0]?.images[0]?.links.map(link => [pathFor(link), link.target]) ?? [];
  assert.deepEqual(
    links.filter(([path]) => path?.includes('/tags/')),
    [
      [app.tagHistoryLink(`${tag}.sig`, signature), signature.digest],
      [app.tagLink(`${tag}.sig`), signature.digest],
      [app.tagHistoryLink(tag, image), image.digest],
      [app.tagLink(tag), image.digest],
    ],
  );
  assert.equal(links.at(-1)?.[0], app.tagLink(tag));
});

test('what is in the output and also on the other side counts once', async () => {
  const { registry, base } = sharingImages();
  const references = ['team/app:1'];
  const { output } = await scrapeTree(registry, references);
  const walked = await walkAll(registry, references);
  const state = await surveyOutput(memorySink(output), placesOf(walked));
  const { totals } = makePlan(walked, state, new Set([base.stored]));
  assert.deepEqual([totals.presentBytes, totals.baseBytes], [totals.bytes - 3000, 3000]);
});

test('what images of one repository link alike is one link, and counts once', async () => {
  const { registry, base } = sharingImages();
  const walked = await walkAll(registry, ['team/app:1', 'team/app:2']);
  const { images, totals } = makePlan(walked, emptyOutput);
  const paths = images.flatMap(({ links }) => links.map(pathFor));
  assert.equal(totals.links, new Set(paths).size);
  assert.ok(totals.links < paths.length);
  const [one, other] = images.map(({ links }) =>
    links.find(({ kind, target }) => kind === 'layerLink' && target === base.stored),
  );
  assert.ok(one && one === other);
});

test('links with one name and two contents are two, as either must lead to what its image has', async () => {
  const { registry, first, second } = sharingImages();
  const walked = await walkAll(registry, ['team/app:1', 'team/app:2']);
  const moved = walked.map(({ reference, ...rest }) => ({ ...rest, reference: { ...reference, tag: 'x' } }));
  const { images } = makePlan(layOut(moved), emptyOutput);
  const current = images.flatMap(({ links }) => links.filter(({ kind }) => kind === 'tagLink'));
  assert.deepEqual(
    current.map(({ target }) => target),
    [first.stored, second.stored],
  );
});

test('only what the output does not have exactly so is lacking', async () => {
  const { registry, app, first } = sharingImages();
  const { output } = await scrapeTree(registry, ['team/app:1']);
  output.set(app.tagLink('1'), Buffer.from(`sha256:${'0'.repeat(64)}`));
  output.delete(app.revisionLink(first));
  const walked = await walkAll(registry, ['team/app:1']);
  const [image] = makePlan(walked, await surveyOutput(memorySink(output), placesOf(walked))).images;
  assert.deepEqual(image?.lackingLinks.map(pathFor), [app.revisionLink(first), app.tagLink('1')]);
  assert.equal(image.present, false);
});
