import assert from 'node:assert/strict';
import { test } from 'node:test';
import { walkEverything } from './apply/everything.ts';
import { isScraperError, ScraperError, type Warning } from './errors.ts';
import type { Digest } from './oci/digest.ts';
import { checkSpace, preparePlan, type Prepared, type PrepareOptions } from './prepare.ts';
import { pathFor } from './registry/layout.ts';
import { memorySink, type MemoryOutput } from './sink/memory.ts';
import type { Sink } from './sink/sink.ts';
import { referrersTag } from './testing/artifacts.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import { scrapeTree } from './testing/scrape.ts';

async function prepare(
  registry: RegistryBuilder,
  options: Partial<PrepareOptions> = {},
): Promise<Prepared & { readonly warnings: readonly Warning[] }> {
  const warnings: Warning[] = [];
  const warn = (warning: Warning): void => void warnings.push(warning);
  const signal = new AbortController().signal;
  const { images } = await walkEverything({ driver: registry.driver(), signal, warn });
  return { ...(await preparePlan(images, { warn, ...options })), warnings };
}

function twoImages(): RegistryBuilder {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const shared = app.blob(5000);
  for (const tag of ['1', '2']) app.image({ tag, layers: [shared, 300] });
  return registry;
}

test('without an output everything is to be written', async () => {
  const { plan, output, merged } = await prepare(twoImages());
  assert.ok(plan.blobs.every(({ present, inBase }) => !present && !inBase));
  assert.deepEqual([output.links.size, merged.size], [0, 0]);
  assert.deepEqual([plan.totals.presentBytes, plan.totals.baseBlobs, plan.totals.baseBytes], [0, 0, 0]);
});

test('what an output has is not needed any more', async () => {
  const registry = twoImages();
  const { output } = await scrapeTree(registry, 'app:1');
  const { plan } = await prepare(registry, { sink: memorySink(output) });
  assert.deepEqual(
    plan.images.map(({ present }) => present),
    [true, false],
  );
  assert.ok(plan.totals.presentBytes > 5300);
});

test('each blob of the base is asked for once with its size, and no manifest is', async () => {
  const registry = twoImages();
  const asked: [Digest, number][] = [];
  const { plan } = await prepare(registry, {
    has(digest, size) {
      asked.push([digest, size]);
      return Promise.resolve(size === 5000);
    },
  });
  const blobs = plan.blobs.filter(({ role }) => role !== 'manifest');
  assert.deepEqual(asked.toSorted(), blobs.map(({ digest, size }) => [digest, size]).toSorted());
  assert.deepEqual(
    plan.blobs.filter(({ inBase }) => inBase).map(({ size }) => size),
    [5000],
  );
  assert.deepEqual([plan.totals.baseBlobs, plan.totals.baseBytes], [1, 5000]);
  assert.deepEqual(
    plan.images.map(({ baseBytes }) => baseBytes),
    [5000, 5000],
  );
});

test('what the output has as well as the base is counted once', async () => {
  const registry = twoImages();
  const { output } = await scrapeTree(registry, 'app:1');
  const has = (_: Digest, size: number): Promise<boolean> => Promise.resolve(size >= 300);
  const { plan } = await prepare(registry, { sink: memorySink(output), has });
  const { bytes, presentBytes, baseBytes } = plan.totals;
  const needed = plan.blobs.filter(({ present, inBase }) => !present && !inBase);
  assert.equal(
    bytes - presentBytes - baseBytes,
    needed.reduce((sum, { size }) => sum + size, 0),
  );
});

test('a base that cannot be read ends it', async () => {
  const has = (): Promise<never> => Promise.reject(new ScraperError('ACCESS_DENIED', 'denied'));
  await assert.rejects(prepare(twoImages(), { has }), error => isScraperError(error, 'ACCESS_DENIED'));
});

test('a fallback tag that the output has is completed, and does not count as moved', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  app.artifact({ subject: image });
  const { output } = await scrapeTree(registry, 'app:1', { referrers: {} });
  const first = await prepare(registry, { sink: memorySink(output) });
  assert.ok(first.plan.images.every(({ present }) => present));
  const more = app.artifact({ subject: image, artifactType: 'application/spdx+json' });
  const { merged, plan, warnings } = await prepare(registry, { sink: memorySink(output) });
  const tag = pathFor({ kind: 'tagLink', repository: 'app', tag: referrersTag(image) });
  assert.deepEqual([...merged], [tag]);
  assert.ok(plan.blobs.some(({ digest }) => digest === more.digest));
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['FALLBACK_TAG_WRITTEN'],
  );
});

test('space is needed for what is lacking, and only then looked at', async () => {
  const registry = twoImages();
  const { output } = await scrapeTree(registry, ['app:1', 'app:2']);
  const target: MemoryOutput = new Map();
  const sink = (free: number): Sink => ({ ...memorySink(target), freeBytes: () => Promise.resolve(free) });
  const { plan } = await prepare(registry);
  await assert.rejects(checkSpace(sink(plan.totals.bytes - 1), plan), error =>
    isScraperError(error, 'NO_SPACE'),
  );
  await checkSpace(sink(plan.totals.bytes), plan);
  const has = (_: Digest, size: number): Promise<boolean> => Promise.resolve(size === 5000);
  await checkSpace(sink(plan.totals.bytes - 5000), (await prepare(registry, { has })).plan);
  const complete = await prepare(registry, { sink: memorySink(output) });
  const unasked: Sink = { ...memorySink(target), freeBytes: () => assert.fail('nothing is needed') };
  await checkSpace(unasked, complete.plan);
});
