import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from './errors.ts';
import { ATTESTED } from './graph/choice.ts';
import { parsePlatform } from './oci/platform.ts';
import { attendedDriver } from './testing/attended.ts';
import type { Descriptor } from './testing/contents.ts';
import { mediaTypes } from './testing/media-types.ts';
import { buildRegistry } from './testing/registry.ts';
import type { Manifest } from './testing/repository.ts';
import { scrapeTree, type Scraped } from './testing/scrape.ts';

const platforms = [parsePlatform('linux/amd64')];
const nameless = ({ descriptor: { platform: _, ...rest } }: Manifest): Descriptor => rest;

test('an entry that does not say its platform is taken for what it is, also where it is damaged', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const bad = app.image({ platform: 'linux/arm64' });
  app.index([app.image(), nameless(bad)], { tag: '1' });
  registry.flipBit(bad);
  const { report } = await scrapeTree(registry, 'app:1', { platforms });
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['DIGEST_MISMATCH'],
  );
  // found by the walk, which tells the way
  assert.match(report.errors[0]?.message ?? '', /^index → manifest 2: /);
});

test('an entry that says whom it attests is taken with that, whatever its config says', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image();
  const attesting = app.image({ platform: 'linux/arm64' });
  app.index([image, { ...nameless(attesting), annotations: { [ATTESTED]: image.digest } }], { tag: '1' });
  const { listing, report } = await scrapeTree(registry, 'app:1', { platforms });
  assert.deepEqual(report.errors, []);
  assert.ok(listing.has(app.revisionLink(attesting)));
});

test('what is left out need not be readable, and counts as far as it is', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const [base, image] = [app.blob(3000), app.image({ layers: [app.blob('x'), 700] })];
  const shared = app.image({ layers: [base, 500] });
  const left = app.image({ platform: 'linux/arm64', layers: [base, 90] });
  const old = app.schema1({ layers: [40] });
  const entries = [
    image,
    shared,
    left,
    { ...old.descriptor, platform: { os: 'linux', architecture: 's390x' } },
  ];
  app.index(entries, { tag: '1' });
  const scrapeWithout = (broken?: string): Promise<Scraped> => {
    const driver = attendedDriver(registry.driver(), path => {
      if (path === broken) throw new ScraperError('IO_ERROR', `reading ${path}`, { path });
      return undefined;
    });
    return scrapeTree(registry, 'app:1', { platforms, driver });
  };
  const { report } = await scrapeWithout();
  // sizes of schema1 layers stand nowhere
  const sizes = [left, left.config, left.layer(1)].reduce((sum, { size }) => sum + size, 0);
  assert.deepEqual([report.errors, report.images[0]?.leftBytes], [[], sizes + old.size]);
  const without = await scrapeWithout(registry.pathOf(left));
  assert.deepEqual([without.report.errors, without.report.images[0]?.leftBytes], [[], old.size]);
});

test('of an image that lists a manifest among its layers nothing is left out', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const inner = app.image({ platform: 'linux/arm64', layers: [40] });
  app.image({ tag: '1', layers: [{ content: inner, mediaType: mediaTypes.oci.manifest }] });
  const { report, listing } = await scrapeTree(registry, 'app:1', { platforms });
  assert.deepEqual([report.errors, report.images[0]?.leftPlatforms], [[], []]);
  assert.ok(listing.has(app.revisionLink(inner)) && listing.has(app.layerLink(inner)));
});
