import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor } from './errors.ts';
import type { Blob } from './testing/contents.ts';
import type { Image } from './testing/image.ts';
import { livingDriver, type Change } from './testing/living.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import type { RepositoryBuilder } from './testing/repository.ts';
import { scrapeTree, type MemoryScrapeSettings, type Scraped } from './testing/scrape.ts';

interface Shop {
  readonly registry: RegistryBuilder;
  readonly app: RepositoryBuilder;
  readonly old: Image;
  /** Lets the storage lose what no tag leads to, as a cleanup and garbage collection do. */
  collect(...blobs: readonly Blob[]): void;
}

function shop(): Shop {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  const old = app.image({ tag: '1.0', layers: [300, 200] });
  const collect = (...blobs: readonly Blob[]): void => blobs.forEach(blob => registry.remove(blob));
  return { registry, app, old, collect };
}

function scrapeLiving(
  { registry }: Shop,
  changes: readonly Change[],
  references: string | readonly string[] = 'team/app:1.0',
  settings: MemoryScrapeSettings = {},
): Promise<Scraped> {
  return scrapeTree(registry, references, { driver: livingDriver(registry, changes), ...settings });
}

/** The only error, which is that the registry changed. */
function changed({ report, output }: Scraped): string {
  assert.deepEqual(
    [report.errors.map(({ code }) => code), exitCodeFor(report.errors)],
    [['REGISTRY_CHANGED'], 3],
  );
  assert.deepEqual(
    [...output.keys()].filter(path => path.includes('_manifests/tags')),
    [],
  );
  return report.errors[0]?.message ?? '';
}

test('takes a tag as it stands now when it was moved and collected while it was read', async () => {
  const there = shop();
  const { app, old, collect } = there;
  let fresh: Image | undefined;
  const change = (): void => {
    app.deleteManifest(old);
    fresh = app.image({ tag: '1.0', layers: [100] });
    collect(old, old.layer(0), old.layer(1));
  };
  const { report, listing } = await scrapeLiving(there, [{ after: app.tagLink('1.0'), change }]);
  assert.deepEqual([report.errors, report.warnings], [[], []]);
  assert.equal(report.images[0]?.digest, fresh?.digest);
  const alone = await scrapeTree(there.registry, 'team/app:1.0');
  assert.deepEqual(listing, alone.listing);
});

test('reads once more what was only half written', async () => {
  for (const half of ['tag', 'manifest'] as const) {
    const there = shop();
    const { registry, app, old } = there;
    const path = half === 'tag' ? app.tagLink('1.0') : registry.pathOf(old);
    const whole = registry.tree.get(path);
    assert.ok(whole);
    if (half === 'tag') registry.makeEmpty(path);
    else registry.truncate(path, 10);
    const { report } = await scrapeLiving(there, [
      { after: path, change: () => void registry.tree.set(path, whole) },
    ]);
    assert.deepEqual([report.errors, report.images[0]?.digest], [[], old.digest], half);
  }
});

test('says that the registry changed, what was lost, and where the tag led and leads', async () => {
  const there = shop();
  const { app, old, collect } = there;
  let broken: Image | undefined;
  const change = (): void => {
    broken = app.image({ tag: '1.0', layers: [100] });
    collect(old, broken.layer(0));
  };
  const message = changed(await scrapeLiving(there, [{ after: app.tagLink('1.0'), change }]));
  assert.equal(
    message,
    `the registry changed while it was read: manifest: manifest ${old.digest} is not in the storage; ` +
      `tag 1.0 of team/app led to ${old.digest} and leads to ${String(broken?.digest)} now`,
  );
});

test('says so of a tag that is gone, if it was asked for by name; one that a pattern found is left out', async () => {
  for (const reference of ['team/app:1.0', 'team/app:*']) {
    const there = shop();
    const { app, old, collect } = there;
    app.image({ tag: '2.0' });
    const change = (): void => {
      app.deleteManifest(old);
      collect(old.layer(1));
    };
    const scraped = await scrapeLiving(there, [{ after: app.tagLink('1.0'), change }], reference);
    if (reference === 'team/app:1.0')
      assert.match(changed(scraped), /; tag 1\.0 of team\/app led to .* and is gone now$/);
    else {
      assert.deepEqual([scraped.report.errors, scraped.report.images.length], [[], 1]);
      assert.deepEqual(
        scraped.report.warnings.map(({ code }) => code),
        ['TAG_VANISHED'],
      );
    }
  }
});

test('what was missing before, and still is, is missing as ever', async () => {
  for (const reference of ['team/app:1.0', 'digest'] as const) {
    const there = shop();
    there.collect(there.old.layer(0));
    const asked = reference === 'digest' ? `team/app@${there.old.digest}` : reference;
    const { report } = await scrapeLiving(there, [], asked);
    assert.deepEqual(
      report.errors.map(({ code }) => code),
      ['BLOB_UNKNOWN'],
    );
  }
});

test('a manifest asked for by digest that was deleted meanwhile is gone', async () => {
  const there = shop();
  const { app, old } = there;
  const change = (): void => app.deleteManifest(old);
  const scraped = await scrapeLiving(
    there,
    [{ after: app.revisionLink(old), change }],
    `team/app@${old.digest}`,
  );
  assert.match(changed(scraped), /; manifest sha256:\S+ of team\/app was there and is gone now$/);
});

test('an index whose platforms are deleted while it is read is not taken for a sparse one', async () => {
  for (const moved of [true, false]) {
    const there = shop();
    const { registry, app } = there;
    const child = app.image({ platform: 'linux/amd64', layers: [50] });
    const index = app.index([child, app.image({ platform: 'linux/arm64', layers: [60] })], { tag: 'multi' });
    const change = (): void => {
      if (moved) app.deleteManifest(index);
      app.deleteManifest(child);
      there.collect(child);
    };
    const scraped = await scrapeLiving(there, [{ after: registry.pathOf(index), change }], 'team/app:multi');
    if (moved) assert.match(changed(scraped), /index: the source lacks 1 of 2 entries .* and is gone now$/);
    else {
      assert.deepEqual(
        [scraped.report.errors, scraped.report.warnings.map(({ code }) => code)],
        [[], ['SPARSE_INDEX']],
      );
    }
  }
});

test('a referrer that is deleted after it was found is left out', async () => {
  const there = shop();
  const { registry, app, old } = there;
  const [gone, stays] = [1, 2].map(size => app.artifact({ subject: old, layers: [size] }));
  assert.ok(gone && stays);
  const change = (): void => {
    app.deleteManifest(gone);
    there.collect(gone);
  };
  const { report } = await scrapeLiving(there, [{ after: registry.pathOf(gone), change }], 'team/app:1.0', {
    referrers: {},
  });
  assert.deepEqual(report.errors, []);
  assert.deepEqual(
    report.images[0]?.referrers.map(({ digest }) => digest),
    [stays.digest],
  );
});

test('what vanishes when the plan is made already fails its image, and the others are shipped if asked', async () => {
  for (const keepGoing of [true, false]) {
    const there = shop();
    const { app, old, collect } = there;
    const other = app.image({ tag: '2.0', layers: [90] });
    const onPlan = (): void => {
      collect(old.layer(0));
      app.tag('1.0', other);
    };
    const { report, output } = await scrapeLiving(there, [], ['team/app:2.0', 'team/app:1.0'], {
      observer: { onPlan },
      keepGoing,
    });
    const [error] = report.errors;
    assert.deepEqual(
      [report.errors.length, error?.code, error?.reference],
      [1, 'REGISTRY_CHANGED', 'team/app:1.0'],
    );
    assert.match(error?.message ?? '', /layer 1: .*; tag 1\.0 of team\/app led to .* and leads to .* now$/);
    const tags = [...output.keys()].filter(path => path.endsWith('current/link'));
    assert.deepEqual(
      tags,
      keepGoing ? [app.tagLink('2.0')] : tags.filter(path => path !== app.tagLink('1.0')),
    );
  }
});
