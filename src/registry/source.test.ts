import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError, ScraperError } from '../errors.ts';
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

test('a file in place of a directory of a repository is damage, not an absence', async () => {
  const areas = { manifests: '_manifests', tags: '_manifests/tags', revisions: '_manifests/revisions' };
  for (const [area, below] of Object.entries({ ...areas, layers: '_layers' })) {
    const registry = buildRegistry();
    const app = registry.repository('app');
    const image = app.image({ tag: '1' });
    registry.replace(`${app.directory}/${below}`, 'a file');
    const source = sourceOver(registry.driver());
    const { digest } = image;
    const lookups = {
      tags: [
        () => Array.fromAsync(source.tags('app')),
        () => source.tagTarget('app', '1'),
        () => source.taggedAt('app', '1'),
        () => source.hasTagDirectory('app', '1'),
      ],
      revisions: [
        () => Array.fromAsync(source.revisions('app')),
        () => source.linkTarget({ kind: 'revisionLink', repository: 'app', digest }),
      ],
      layers: [() => source.linkTarget({ kind: 'layerLink', repository: 'app', digest })],
    };
    const concerned = area === 'manifests' ? ['tags', 'revisions'] : [area];
    for (const [what, asked] of Object.entries(lookups)) {
      for (const ask of asked) {
        if (!concerned.includes(what)) await assert.doesNotReject(ask);
        else
          await assert.rejects(
            ask,
            error =>
              isScraperError(error, 'NOT_A_FILE') &&
              error.details.path === registry.driver().describe(`${app.directory}/${below}`),
          );
      }
    }
  }
});

test('a repository of which there is only a file in place of a directory is listed, and cannot be looked into', async () => {
  const registry = registryOf('app', 'other');
  const { directory } = registry.repository('app');
  registry.remove(`${directory}/_layers`);
  registry.replace(`${directory}/_manifests`, 'a file');
  const source = sourceOver(registry.driver());
  assert.deepEqual(await Array.fromAsync(source.repositories()), ['app', 'other']);
  await assert.rejects(source.hasRepository('app'), error => isScraperError(error, 'NOT_A_FILE'));
});

test('where thousands of lookups find nothing, the directory is looked at once', async () => {
  const registry = registryOf('app');
  const driver = registry.driver();
  let asked = 0;
  const source = sourceOver({ ...driver, stat: path => ((asked += 1), driver.stat(path)) });
  for (let number = 0; number < 50; number += 1) await source.tagTarget('app', `gone-${String(number)}`);
  assert.equal(asked, 1);
});
