import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError, ScraperError, type Warning } from '../errors.ts';
import { referrersTag } from '../testing/artifacts.ts';
import type { Image } from '../testing/image.ts';
import { livingDriver } from '../testing/living.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import type { RepositoryBuilder } from '../testing/repository.ts';
import { walkEverything, type Everything, type EverythingOptions } from './everything.ts';

interface Walked extends Everything {
  readonly warnings: readonly Warning[];
  /** What was walked as an image of its own, in order. */
  readonly names: readonly string[];
}

async function walk(
  registry: Pick<RegistryBuilder, 'driver'>,
  settings: Partial<EverythingOptions> = {},
): Promise<Walked> {
  const warnings: Warning[] = [];
  const found = await walkEverything({
    driver: registry.driver(),
    signal: new AbortController().signal,
    warn: warning => warnings.push(warning),
    ...settings,
  });
  return { ...found, warnings, names: found.images.map(({ reference }) => reference.requested) };
}

const failed = ({ failures }: Everything): readonly (readonly [string, string | undefined])[] =>
  failures.map(({ code, details }) => [code, details.reference] as const);

test('tags come in the order of their names, repository by repository', async () => {
  const registry = buildRegistry();
  for (const tag of ['b', 'a', '10', '9']) registry.repository('zed').image({ tag });
  registry.repository('app/sub').image({ tag: '1' });
  registry.repository('app').image({ tag: '1' });
  const { names, failures } = await walk(registry);
  assert.deepEqual(failures, []);
  assert.deepEqual(names.toSorted(), ['app/sub:1', 'app:1', 'zed:10', 'zed:9', 'zed:a', 'zed:b']);
  assert.deepEqual(
    names.filter(name => name.startsWith('zed')),
    ['zed:10', 'zed:9', 'zed:a', 'zed:b'],
  );
});

test('an empty registry has nothing, and a repository without anything is nothing', async () => {
  const registry = buildRegistry();
  registry.orphan();
  registry.repository('app').blob(10);
  registry.repository('app').ghostTag('gone');
  const { images, failures } = await walk(registry);
  assert.deepEqual([images, failures], [[], []]);
});

test('what belongs to an image comes with it, and is not told twice', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const index = app.index([app.image({}), app.image({ platform: 'linux/arm64' })], { tag: '1' });
  app.signature(index);
  app.artifact({ subject: index });
  const { names, images } = await walk(registry);
  assert.deepEqual(names, ['app:1']);
  assert.equal(images[0]?.graph.referrers.length, 2);
});

test('what no tag leads to is taken by its digest, from the top', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.image({ tag: '1' });
  const index = app.index([app.image({}), app.image({})], {});
  const nested = app.index([index], {});
  const loose = app.image({});
  const signed = app.image({});
  app.tag(`${referrersTag(signed)}.sig`, app.image({}));
  const { names } = await walk(registry);
  const expected = [nested, loose, signed].map(({ digest }) => `app@${digest}`).sort();
  assert.deepEqual(
    names.filter(name => name.includes('@')),
    expected,
  );
  assert.equal(names.length, 5);
  assert.equal(names[0], 'app:1');
});

test('an artifact that no tag leads to is taken, and so is what it is about', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const subject = app.image({});
  const artifact = app.artifact({ subject });
  const { names, failures } = await walk(registry);
  assert.deepEqual(failures, []);
  assert.deepEqual(names, [subject, artifact].map(({ digest }) => `app@${digest}`).sort());
});

test('every image that is not whole is told, and the good ones are walked all the same', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.image({ tag: 'good' });
  const layerless = app.image({ tag: 'layerless' });
  registry.remove(layerless.layer(0));
  const headless = app.image({ tag: 'headless' });
  registry.tree.delete(app.revisionLink(headless));
  app.image({ tag: 'empty' });
  registry.tree.set(app.tagLink('empty'), Buffer.alloc(0));
  registry.repository('other').manifest('no json', { tag: 'text' });
  const found = await walk(registry);
  assert.deepEqual(found.names, ['app:good']);
  assert.deepEqual(
    failed(found).toSorted(([, a = ''], [, b = '']) => (a < b ? -1 : 1)),
    [
      ['LINK_INVALID', 'app:empty'],
      ['MANIFEST_UNKNOWN', 'app:headless'],
      ['BLOB_UNKNOWN', 'app:layerless'],
      ['MANIFEST_INVALID', 'other:text'],
    ],
  );
});

test('a child that a stock registry would not miss is not missed, one that it would is told as a root', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const lost = app.image({ stored: false });
  app.index([app.image({}), lost], { tag: 'sparse' });
  const { failures, warnings } = await walk(registry);
  assert.deepEqual(failures, []);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['SPARSE_INDEX'],
  );

  const untagged = buildRegistry();
  const damaged = untagged.repository('app').image({});
  untagged.remove(damaged.config);
  assert.deepEqual(failed(await walk(untagged)), [['BLOB_UNKNOWN', `app@${damaged.digest}`]]);
});

test('progress tells how many of how many', async () => {
  const registry = buildRegistry();
  for (const tag of ['1', '2', '3']) registry.repository('app').image({ tag });
  registry.repository('app').image({});
  const steps: string[] = [];
  await walk(registry, { onWalked: (done, total) => steps.push(`${String(done)}/${String(total)}`) });
  assert.deepEqual(steps, ['1/3', '2/3', '3/3', '4/4']);
});

test('stopped, it says why; and a storage that fails is no image that is not whole', async () => {
  const registry = buildRegistry();
  registry.repository('app').image({ tag: '1' });
  const reason = new ScraperError('INTERRUPTED', 'interrupted');
  await assert.rejects(walk(registry, { signal: AbortSignal.abort(reason) }), reason);
  const driver = registry.driver();
  const list = (): AsyncGenerator<never> => {
    throw new ScraperError('ACCESS_DENIED', 'denied');
  };
  await assert.rejects(walk(registry, { driver: { ...driver, list } }), error =>
    isScraperError(error, 'ACCESS_DENIED'),
  );
  const defect = { ...driver, read: () => Promise.reject(new TypeError('a defect')) };
  await assert.rejects(walk(registry, { driver: defect }), TypeError);
});

test('what changes while it is read is looked at twice, as a scrape does', async () => {
  const shop = (): { registry: RegistryBuilder; app: RepositoryBuilder; old: Image } => {
    const registry = buildRegistry();
    const app = registry.repository('app');
    return { registry, app, old: app.image({ tag: '1', layers: [300] }) };
  };
  const living = async (
    { registry, app }: ReturnType<typeof shop>,
    change: () => unknown,
    after = app.tagLink('1'),
  ): Promise<Walked> =>
    walk(registry, { driver: livingDriver(registry, [{ after, change: () => void change() }]) });

  const moved = shop();
  let fresh: Image | undefined;
  const found = await living(moved, () => {
    moved.app.deleteManifest(moved.old);
    fresh = moved.app.image({ tag: '1', layers: [100] });
    moved.registry.remove(moved.old);
  });
  assert.deepEqual([found.failures, found.warnings], [[], []]);
  assert.deepEqual(
    found.images.map(({ reference }) => reference.digest),
    [fresh?.digest],
  );

  const broken = shop();
  const changed = await living(broken, () => {
    const { app, registry, old } = broken;
    registry.remove(app.image({ tag: '1', layers: [100] }).layer(0));
    app.deleteManifest(old);
  });
  assert.deepEqual(failed(changed), [['REGISTRY_CHANGED', 'app:1']]);
  assert.match(changed.failures[0]?.message ?? '', /; tag 1 of app led to sha256:\S+ and leads to sha256:/);

  for (const tagged of [true, false]) {
    const gone = shop();
    const { app, old, registry } = gone;
    if (!tagged) registry.remove(app.tagLink('1'));
    const left = await living(
      gone,
      () => app.deleteManifest(old),
      tagged ? undefined : app.revisionLink(old),
    );
    assert.deepEqual(
      [left.failures, left.images, left.warnings.map(({ code }) => code)],
      [[], [], ['TAG_VANISHED']],
    );
  }
});
