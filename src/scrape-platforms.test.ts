import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor } from './errors.ts';
import { parsePlatform } from './oci/platform.ts';
import { pathFor } from './registry/layout.ts';
import type { Descriptor } from './testing/contents.ts';
import { buildRegistry } from './testing/registry.ts';
import { scrapeTree, type MemoryScrapeSettings, type Scraped } from './testing/scrape.ts';

const platforms = (...texts: readonly string[]): MemoryScrapeSettings => ({
  platforms: texts.map(parsePlatform),
});
const blob = (digest: { readonly digest: string }): string =>
  pathFor({ kind: 'blob', digest: digest.digest as never });

test('a platform whose manifest is lost concerns only who asks for it', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const lost = app.image({ platform: 'linux/arm64' });
  app.index([app.image({ platform: 'linux/amd64' }), lost], { tag: '1' });
  registry.remove(lost);
  const amd64 = await scrapeTree(registry, 'app:1', { platforms: [parsePlatform('linux/amd64')] });
  assert.deepEqual([amd64.report.errors, amd64.report.images[0]?.platforms], [[], ['linux/amd64']]);
  const all = await scrapeTree(registry, ['app:1', 'other:1'], { keepGoing: true });
  assert.deepEqual(
    [all.report.errors.map(({ code }) => code), all.listing.size],
    [['BLOB_UNKNOWN', 'NAME_UNKNOWN'], 0],
  );
  const { digest, path, message } = all.report.errors[0] ?? {};
  assert.deepEqual([digest, path], [lost.digest, registry.driver().describe(registry.pathOf(lost))]);
  assert.match(message ?? '', /^index → linux\/arm64 manifest: manifest sha256:\S+ is not in the storage$/);
  // it is as if it had been deleted from here on
  registry.remove(app.revisionLink(lost));
  const deleted = await scrapeTree(registry, 'app:1');
  assert.deepEqual(deleted.report.errors, []);
  assert.deepEqual(
    deleted.report.warnings.map(warning => warning.code),
    ['SPARSE_INDEX'],
  );
});

test('an index keeps its bytes and becomes sparse: only platforms asked for and their attestations are taken', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const [amd, arm] = ['linux/amd64', 'linux/arm64/v8'].map(platform =>
    app.image({ platform, layers: [3000] }),
  );
  assert.ok(amd && arm);
  const [signedAmd, signedArm] = [app.attestation(amd), app.attestation(arm)];
  const index = app.index([amd, arm, signedAmd, signedArm], { tag: '1' });
  const { report, output } = await scrapeTree(registry, 'app:1', platforms('linux/arm64'));
  assert.deepEqual(report.errors, []);
  for (const one of [index, arm, arm.layer(0), signedArm]) assert.ok(output.has(blob(one)));
  for (const one of [amd, amd.layer(0), signedAmd]) assert.ok(!output.has(blob(one)));
  assert.deepEqual(output.get(blob(index)), index.bytes);
  const [image] = report.images;
  assert.deepEqual(image?.platforms, ['linux/arm64/v8']);
  assert.deepEqual(image.leftPlatforms, ['linux/amd64']);
  const left = [amd, amd.config, amd.layer(0), signedAmd, signedAmd.config, signedAmd.layer(0)];
  assert.equal(
    image.leftBytes,
    left.reduce((sum, one) => sum + one.size, 0),
  );
  assert.ok(!report.warnings.some(({ code }) => code === 'SPARSE_INDEX'));
});

test('a nested index is looked into, and entries without a platform are known by their configs', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const amd = app.image({ platform: 'linux/amd64' });
  const arm = app.image({ platform: 'linux/arm64' });
  const { platform: _, ...nameless } = {
    ...app.image({ platform: 'linux/s390x' }).descriptor,
    platform: undefined,
  };
  app.index([app.index([amd, arm]), nameless], { tag: '1' });
  const { report, output } = await scrapeTree(registry, 'app:1', platforms('linux/amd64'));
  assert.deepEqual(report.images[0]?.platforms, ['linux/amd64']);
  assert.deepEqual([...report.images[0].leftPlatforms].sort(), ['linux/arm64', 'linux/s390x']);
  assert.ok(output.has(blob(amd)) && !output.has(blob(arm)));
});

test('an image without a platform asked for is an error that names what there is; others ship with keepGoing', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.index([app.image({ platform: 'linux/amd64' }), app.image({ platform: 'linux/arm/v7' })], {
    tag: 'index',
  });
  app.image({ platform: 'windows/amd64', tag: 'single' });
  app.image({ platform: 'linux/s390x', tag: 'right' });
  const references = ['app:index', 'app:single', 'app:right'];
  const scraped = (keepGoing: boolean): Promise<Scraped> =>
    scrapeTree(registry, references, { ...platforms('linux/s390x'), keepGoing });
  const { report, output } = await scraped(false);
  assert.deepEqual(
    report.errors.map(({ code, reference }) => `${code} ${String(reference)}`),
    ['PLATFORM_UNKNOWN app:index', 'PLATFORM_UNKNOWN app:single'],
  );
  assert.match(report.errors[0]?.message ?? '', /it has linux\/amd64, linux\/arm\/v7/);
  assert.match(report.errors[1]?.message ?? '', /it has windows\/amd64/);
  assert.ok(report.errors.every(({ hint }) => hint !== undefined));
  assert.equal(exitCodeFor(report.errors), 3);
  assert.equal(output.size, 0);
  const going = await scraped(true);
  assert.deepEqual(
    going.report.images.map(({ status }) => status),
    ['failed', 'failed', 'copied'],
  );
});

test('what has no platform at all is no image of another platform', async () => {
  const registry = buildRegistry();
  registry.repository('chart').chart({ tag: '1' });
  const { report } = await scrapeTree(registry, 'chart:1', platforms('linux/amd64'));
  assert.deepEqual(
    report.images.map(({ status }) => status),
    ['copied'],
  );
});

test('where a version of the system is asked for the error names it on both sides', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const entry = (platform: string, version?: string): Descriptor => {
    const { descriptor } = app.image({ platform });
    return { ...descriptor, platform: { ...descriptor.platform, ...(version && { 'os.version': version }) } };
  };
  const [old, young, unsaid] = ['10.0.17763.1', '10.0.20348.2', undefined].map(version =>
    entry('windows/amd64', version),
  );
  assert.ok(old && young && unsaid);
  app.index([old, young, unsaid, entry('linux/arm/v7')], { tag: '1' });
  const errorFor = async (platform: string): Promise<string | undefined> =>
    (await scrapeTree(registry, 'app:1', platforms(platform))).report.errors[0]?.message;
  assert.equal(
    await errorFor('windows/amd64:10.0.14393'),
    'it has no image for windows/amd64:10.0.14393: it has windows/amd64:10.0.17763.1, windows/amd64:10.0.20348.2, windows/amd64 (no os.version), linux/arm/v7',
  );
  assert.equal(
    await errorFor('linux/arm64'),
    'it has no image for linux/arm64: it has windows/amd64, linux/arm/v7',
  );
});
