import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import { pathFor } from './layout.ts';
import { registrySource, type RegistrySource } from './source.ts';

function registryOf(...names: string[]): RegistryBuilder {
  const registry = buildRegistry();
  for (const name of names) registry.repository(name).image({ tag: '1', layers: [10] });
  return registry;
}

const sourceOver = (driver: StorageDriver): RegistrySource => registrySource(driver, () => undefined);
const names = ['b', 'a/b/c', 'a', 'a-b', 'a.b/c', 'a/c'];

test('repositories come in order, each before those below it', async () => {
  const source = sourceOver(registryOf(...names).driver());
  assert.deepEqual(await Array.fromAsync(source.repositories()), ['a', 'a/b/c', 'a/c', 'a-b', 'a.b/c', 'b']);
});

test('repositories below a path, which need not be one', async () => {
  const source = sourceOver(registryOf(...names).driver());
  assert.deepEqual(await Array.fromAsync(source.repositories('a')), ['a', 'a/b/c', 'a/c']);
  assert.deepEqual(await Array.fromAsync(source.repositories('a/b')), ['a/b/c']);
  assert.deepEqual(await Array.fromAsync(source.repositories('nosuch')), []);
});

test('a directory that cannot be read ends the listing, or is told of and left out', async () => {
  const driver = registryOf(...names).driver();
  const denied = new ScraperError('ACCESS_DENIED', 'no');
  const source = sourceOver({
    ...driver,
    async *list(path) {
      if (path === pathFor({ kind: 'repository', repository: 'a' })) throw denied;
      yield* driver.list(path);
    },
  });
  await assert.rejects(Array.fromAsync(source.repositories()), denied);
  const told: ScraperError[] = [];
  const found = await Array.fromAsync(source.repositories(undefined, error => told.push(error)));
  assert.deepEqual([found, told], [['a-b', 'a.b/c', 'b'], [denied]]);
});

test('revisions are those with a link, whatever deleted ones left behind', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const [kept, deleted] = [app.image(), app.image()];
  app.deleteManifest(deleted);
  const source = sourceOver(registry.driver());
  assert.deepEqual(await Array.fromAsync(source.revisions('app')), [kept.digest]);
  assert.deepEqual(await Array.fromAsync(source.revisions('nosuch')), []);
});
