import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError, ScraperError } from '../errors.ts';
import { emptyDigest } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import { registrySource } from '../registry/source.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { digestFor, inventoryOf } from '../testing/inventory.ts';
import { buildRegistry } from '../testing/registry.ts';
import { openBase, unionOf } from './base.ts';

const [one, two, three] = [digestFor(1), digestFor(2), digestFor(3)];
const overDriver = (driver: StorageDriver) =>
  openBase({ kind: 'registry', source: registrySource(driver, () => undefined) });

test('an inventory has the blobs that it lists, with the sizes that it lists', async () => {
  const inventory = inventoryOf([{ digest: one, size: 5 }]);
  const base = openBase({ kind: 'inventory', inventory });
  assert.deepEqual(base.source, { kind: 'inventory', digest: inventory.digest });
  assert.deepEqual(
    [await base.has(one, 5), await base.has(one, 4), await base.has(two, 5)],
    [true, false, false],
  );
});

test('a bundle has what it ships and what it counted on', async () => {
  const manifest = {
    blobs: [{ digest: one, size: 1, manifest: true as const }],
    base: { sources: [], blobs: [{ digest: two, size: 2 }] },
  };
  const base = openBase({ kind: 'bundle', manifest, digest: three });
  assert.deepEqual(base.source, { kind: 'bundle', digest: three });
  assert.ok((await base.has(one, 1)) && (await base.has(two, 2)));
  assert.ok(!(await base.has(one, 2)) && !(await base.has(three, 3)));
  const whole = openBase({ kind: 'bundle', manifest: { ...manifest, base: null }, digest: three });
  assert.ok((await whole.has(one, 1)) && !(await whole.has(two, 2)));
});

test('a registry has the blobs that are there with the right size, and only these are looked at', async () => {
  const registry = buildRegistry();
  const [blob, short, empty, directory] = [1, 2, 3, 4]
    .map(() => registry.orphan(10))
    .map(({ stored }) => stored);
  assert.ok(blob && short && empty && directory);
  registry.orphan('');
  registry.truncate({ stored: short }, 9);
  registry.makeEmpty({ stored: empty });
  registry.tree.set(`${registry.remove({ stored: directory })}/x`, Buffer.from('x'));
  registry.tree.delete(pathFor({ kind: 'blob', digest: directory }).replace(/\/data$/, ''));
  registry.tree.set(pathFor({ kind: 'blob', digest: two }), { symlink: '/etc/passwd' });
  const driver = registry.driver();
  const asked: string[] = [];
  const watched: StorageDriver = {
    ...driver,
    stat: path => {
      asked.push(path);
      return driver.stat(path);
    },
    list: () => assert.fail('nothing is listed'),
    read: () => assert.fail('nothing is read'),
  };
  const base = overDriver(watched);
  assert.deepEqual(base.source, { kind: 'registry', digest: null });
  for (const [digest, size, has] of [
    [blob, 10, true],
    [blob, 11, false],
    [short, 10, false],
    [empty, 10, false],
    [empty, 0, false],
    [emptyDigest, 0, true],
    [directory, 10, false],
    [one, 1, false],
    [two, 1, false],
  ] as const)
    assert.equal(await base.has(digest, size), has, `${digest} ${String(size)}`);
  assert.equal(asked.length, 8);
});

test('a registry that cannot be read is a failure, and not one that has nothing', async () => {
  const stat = (path: string): Promise<never> =>
    Promise.reject(new ScraperError('ACCESS_DENIED', 'permission denied', { path }));
  const base = overDriver({ ...buildRegistry().driver(), stat });
  await assert.rejects(base.has(one, 1), error => isScraperError(error, 'ACCESS_DENIED'));
});

test('several bases have together what any of them has, and each source is named once', async () => {
  const [first, second] = [inventoryOf([{ digest: one, size: 1 }]), inventoryOf([{ digest: two, size: 2 }])];
  const bases = [first, second, first].map(inventory => openBase({ kind: 'inventory', inventory }));
  const union = unionOf(bases);
  assert.deepEqual(union.sources, [
    { kind: 'inventory', digest: first.digest },
    { kind: 'inventory', digest: second.digest },
  ]);
  assert.ok((await union.has(one, 1)) && (await union.has(two, 2)));
  assert.ok(!(await union.has(one, 2)) && !(await union.has(three, 1)));
  assert.ok(!(await unionOf([]).has(one, 1)));
});
