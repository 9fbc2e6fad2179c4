import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExclusion, type Exclusion } from '../select/exclude.ts';
import { tagFilter } from '../select/filters.ts';
import type { Selection } from '../select/selection.ts';
import { sourceOf } from '../testing/look.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import { findTags, narrowTags, type FoundTags, type TagOptions } from './tags.ts';
import { parseTarget } from './target.ts';

function registryOf(...tags: string[]): RegistryBuilder {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ layers: [10] });
  for (const tag of tags) app.tag(tag, image);
  app.signature(image);
  return registry;
}

interface Settings extends Partial<Omit<Selection, 'entries' | 'exclude'>> {
  readonly exclude?: readonly string[];
  readonly all?: boolean;
}

async function choose(
  registry: RegistryBuilder,
  patterns: readonly string[],
  { exclude = [], all = false, prerelease = false, newest, ...filters }: Settings = {},
  used = new Set<Exclusion>(),
): Promise<FoundTags> {
  const filter = tagFilter({ entries: [], exclude: [], prerelease, ...filters });
  const options: TagOptions = {
    source: sourceOf(registry),
    all,
    exclude: exclude.map(parseExclusion),
    filter,
    newest,
    prerelease,
    signal: new AbortController().signal,
    fail: assert.ifError,
    used,
  };
  const targets = patterns.map(parseTarget).filter(target => target.kind === 'pattern');
  const found = await findTags(options, 'app', targets);
  const refused = filter.refuse(namesOf(found));
  return { ...found, tags: await narrowTags(options, 'app', found.tags, refused) };
}

const namesOf = ({ tags }: FoundTags): readonly string[] => tags.map(({ tag }) => tag);

test('all tags in the order of their names, digest tags only counted', async () => {
  const registry = registryOf('1.10', '1.9', 'latest');
  for (const patterns of [[], ['app'], ['app:*']]) {
    const chosen = await choose(registry, patterns);
    assert.deepEqual(namesOf(chosen), ['1.9', '1.10', 'latest']);
    assert.equal(chosen.hidden, patterns[0] === 'app:*' ? 0 : 1);
  }
});

test('digest tags are listed when all are wanted, or spelled out', async () => {
  const registry = registryOf('1');
  assert.equal((await choose(registry, [], { all: true })).tags.length, 2);
  assert.equal((await choose(registry, ['app:sha256-*'])).tags.length, 1);
});

test('only what any of the patterns means, and what is spelled out is exact', async () => {
  const registry = registryOf('1.0', '1.1', '2.0', 'latest');
  const chosen = await choose(registry, ['app:1.*', 'app:latest', 'app:1.1']);
  assert.deepEqual(
    chosen.tags.map(({ tag, exact }) => [tag, exact]),
    [
      ['1.0', false],
      ['1.1', true],
      ['latest', true],
    ],
  );
});

test('tags that are spelled out are looked up and not searched for', async () => {
  const registry = registryOf('1.0', '1.1');
  assert.deepEqual(namesOf(await choose(registry, ['app:1.1', 'app:nosuch'])), ['1.1']);
  assert.deepEqual(namesOf(await choose(registry, ['app:{1.0,1.1,9}'])), ['1.0', '1.1']);
});

test('exclusions take away anything, filters only what was not spelled out', async () => {
  const registry = registryOf('1.0', '1.1', '2.0', 'edge');
  const used = new Set<Exclusion>();
  const chosen = await choose(
    registry,
    ['app:*', 'app:edge', 'app:1.0'],
    { exclude: ['app:1.0', 'web'], semver: '1.x' },
    used,
  );
  assert.deepEqual(namesOf(chosen), ['1.1', 'edge']);
  assert.deepEqual(
    [...used].map(({ text }) => text),
    ['app:1.0'],
  );
});

test('a repository without a tag names none of its tags', async () => {
  const registry = registryOf('1.0', 'latest');
  const { tags } = await choose(registry, ['app'], { semver: '*' });
  assert.deepEqual(tags, [{ tag: '1.0', exact: false }]);
});

test('regular expressions and ranges both have to hold', async () => {
  const registry = registryOf('1.0', '1.1', '1.1-alpine', '2.0');
  const settings = { tagRegex: /^1/, semver: '>=1.1', prerelease: true };
  assert.deepEqual(namesOf(await choose(registry, [], settings)), ['1.1', '1.1-alpine']);
  assert.deepEqual(namesOf(await choose(registry, [], { tagRegex: /^1/, semver: '>=1.1' })), ['1.1']);
});

test('the newest are told by version, and by the dates in images', async () => {
  const registry = registryOf('1.9', '1.10', '1.2');
  assert.deepEqual(namesOf(await choose(registry, [], { newest: { count: 2 } })), ['1.9', '1.10']);
  const app = registry.repository('app');
  const young = { os: 'linux', architecture: 'amd64', created: '2030-01-01T00:00:00Z' };
  app.image({ tag: 'young', config: JSON.stringify(young) });
  const newest = { count: 1, by: 'created' } as const;
  assert.deepEqual(namesOf(await choose(registry, ['app:*', 'app:1.2'], { newest })), ['1.2', 'young']);
});
