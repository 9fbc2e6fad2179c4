import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from '../../errors.ts';
import { buildRegistry, type RegistryBuilder } from '../../testing/registry.ts';
import { completeReference, type Candidates } from './references.ts';

function registryOf(...references: string[]): RegistryBuilder {
  const registry = buildRegistry();
  for (const reference of references) {
    const [name = '', tag] = reference.split(':');
    registry.repository(name).image({ layers: [10], ...(tag !== undefined && { tag }) });
  }
  return registry;
}

const complete = (registry: RegistryBuilder, word: string): Promise<Candidates> =>
  completeReference(registry.driver(), word, { bare: false, expired: () => false });
const wordsFor = async (registry: RegistryBuilder, word: string): Promise<readonly string[]> =>
  (await complete(registry, word)).words;

test('names are completed component by component, while there is something to choose', async () => {
  const registry = registryOf('team/app:1', 'team/web:1', 'tools/x/y:1', 'lone:1');
  assert.deepEqual(await complete(registry, ''), { words: ['lone', 'team', 'tools'], partial: true });
  assert.deepEqual(await complete(registry, 't'), { words: ['team', 'tools'], partial: true });
  assert.deepEqual(await complete(registry, 'te'), { words: ['team/app', 'team/web'], partial: true });
  assert.deepEqual(await complete(registry, 'team/'), { words: ['team/app', 'team/web'], partial: true });
});

test('the only repository there is comes with its tags', async () => {
  const registry = registryOf('team/app:1', 'team/app:2', 'tools/x/y:1');
  assert.deepEqual(await complete(registry, 'te'), { words: ['team/app:1', 'team/app:2'], partial: false });
  assert.deepEqual(await complete(registry, 'to'), { words: ['tools/x/y:1'], partial: false });
});

test('where a repository means all its tags it is offered without one as well', async () => {
  const registry = registryOf('team/app:1', 'team/app:2', 'tools/x');
  const bare = { bare: true, expired: () => false };
  const all = { words: ['team/app', 'team/app:1', 'team/app:2'], partial: false };
  assert.deepEqual(await completeReference(registry.driver(), 'te', bare), all);
  assert.deepEqual(await completeReference(registry.driver(), 'team/app', bare), all);
  assert.deepEqual((await completeReference(registry.driver(), 'team/app:', bare)).words, all.words.slice(1));
  assert.deepEqual((await completeReference(registry.driver(), 'to', bare)).words, ['tools/x']);
});

test('a repository with others below it offers both', async () => {
  const registry = registryOf('team:1', 'team/app:1');
  assert.deepEqual(await complete(registry, 'te'), { words: ['team:1', 'team/'], partial: true });
});

test('tags are completed after a colon', async () => {
  const registry = registryOf('app:1.0', 'app:1.1', 'app:2.0');
  assert.deepEqual(await complete(registry, 'app:1'), { words: ['app:1.0', 'app:1.1'], partial: false });
  assert.deepEqual(await wordsFor(registry, 'app:'), ['app:1.0', 'app:1.1', 'app:2.0']);
  assert.deepEqual(await wordsFor(registry, 'nosuch:'), []);
});

test('digest tags are offered to whoever asks for them', async () => {
  const registry = registryOf('app:1');
  const app = registry.repository('app');
  app.signature(app.image());
  assert.deepEqual(await wordsFor(registry, 'app:'), ['app:1']);
  assert.equal((await wordsFor(registry, 'app:sha')).length, 1);
});

test('digests are completed after an at sign', async () => {
  const registry = buildRegistry();
  const { digest } = registry.repository('app').image({ tag: '1' });
  assert.deepEqual(await wordsFor(registry, 'app@'), [`app@${digest}`]);
  assert.deepEqual(await wordsFor(registry, `app:1@${digest.slice(0, 12)}`), [`app:1@${digest}`]);
  assert.deepEqual(await wordsFor(registry, 'app@sha512:'), []);
});

test('a repository without tags is offered as it is', async () => {
  assert.deepEqual(await complete(registryOf('app'), 'a'), { words: ['app'], partial: false });
});

test('of very many only their beginnings are offered, from which one can type on', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image();
  for (let tag = 0; tag < 3000; tag += 1) app.tag(`v${String(tag).padStart(4, '0')}`, image);
  const { words, partial } = await complete(registry, 'app:v');
  assert.ok(partial && words.length === 300, String(words.length));
  assert.ok(words.includes('app:v029'));
  assert.equal((await wordsFor(registry, 'app:v029')).length, 10);
});

test('what cannot be read or takes too long completes to nothing', async () => {
  const registry = registryOf('team/app:1');
  assert.deepEqual(await wordsFor(registry, 'nosuch/'), []);
  assert.deepEqual(await wordsFor(registry, '../'), []);
  assert.deepEqual(await wordsFor(registry, '\x1b[2J'), []);
  const late = await completeReference(registry.driver(), 'te', { bare: false, expired: () => true });
  assert.deepEqual(late, { words: [], partial: false });
  const driver = registry.driver();
  const denied = {
    ...driver,
    async *list(): AsyncGenerator<never> {
      yield await Promise.reject(new ScraperError('ACCESS_DENIED', 'no'));
    },
  };
  assert.deepEqual(await completeReference(denied, 'te', { bare: true, expired: () => false }), {
    words: [],
    partial: false,
  });
});
