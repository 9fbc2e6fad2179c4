import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registrySource } from '../registry/source.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import { createdAt } from './created.ts';
import { manifestLoader } from './load.ts';

const config = (created?: string): string =>
  JSON.stringify({ os: 'linux', architecture: 'amd64', ...(created !== undefined && { created }) });
const early = '2024-05-06T07:08:09Z';
const late = '2025-01-01T00:00:00.5Z';

function asked(registry: RegistryBuilder, tag: string): Promise<number | undefined> {
  const source = registrySource(registry.driver(), () => undefined);
  return createdAt({ source, load: manifestLoader(source), repository: 'app' }, tag);
}

test('an image was made when its config says so', async () => {
  const registry = buildRegistry();
  registry.repository('app').image({ tag: '1', config: config(early) });
  assert.equal(await asked(registry, '1'), Date.parse(early));
});

test('an index is as new as the newest of its images, whatever the others are', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const broken = app.image({ config: config('2026-01-01T00:00:00Z') });
  registry.remove(broken);
  const children = [app.image({ config: config(late) }), broken, app.image({ config: config(early) })];
  app.index([...children, app.image({ config: config() })], { tag: '1' });
  assert.equal(await asked(registry, '1'), Date.parse(late));
});

test('an index within an index is not followed: nobody tags such a thing to have its date', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.index([app.index([app.image({ config: config(late) })])], { tag: '1' });
  assert.equal(await asked(registry, '1'), undefined);
});

test('nothing is said of what has no date, is not there or cannot be read', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  app.image({ tag: 'undated', config: config() });
  app.image({ tag: 'odd', config: config('yesterday') });
  registry.remove(app.image({ tag: 'gone', config: config(early) }));
  app.index([], { tag: 'empty' });
  for (const tag of ['undated', 'odd', 'gone', 'empty', 'never'])
    assert.equal(await asked(registry, tag), undefined, tag);
});

test('what is no fault of the registry is not taken for a missing date', async () => {
  const registry = buildRegistry();
  registry.repository('app').image({ tag: '1', config: config(early) });
  const source = registrySource(registry.driver(), () => undefined);
  const load = (): Promise<never> => Promise.reject(new TypeError('not a function'));
  await assert.rejects(createdAt({ source, load, repository: 'app' }, '1'), TypeError);
});
