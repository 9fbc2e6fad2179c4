import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatherImages, type Unresolved } from './gather.ts';
import { registryOf } from './testing/selecting.ts';
import { selectionOf } from './testing/scrape.ts';
import type { StorageDriver } from './storage/driver.ts';

async function unresolved(
  entries: readonly string[],
  driver: StorageDriver = registryOf({ 'team/app': ['1.0'] }).driver(),
): Promise<readonly Unresolved[]> {
  const { images } = await gatherImages({
    selection: selectionOf(entries),
    driver,
    platforms: [],
    referrers: undefined,
    rename: repository => repository,
    signal: new AbortController().signal,
    observer: {},
  });
  return images.filter(image => 'errors' in image);
}

test('what was not found tells its repository and tag as far as they were written', async () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const cases: readonly [entry: string, reference: Unresolved['reference']][] = [
    ['web:1', { repository: 'web', tag: '1' }],
    ['web', { repository: 'web', tag: 'latest' }],
    ['docker.io/web:1', { repository: 'web', tag: '1' }],
    [`web@${digest}`, { repository: 'web', tag: null, digest }],
    // of a pattern its name part, and no tag: it stands for any number of them
    ['team/**:9.*', { repository: 'team/**', tag: null }],
    ['team/app:9.*', { repository: 'team/app', tag: null }],
    ['w*', { repository: 'w*', tag: null }],
    ['host:5000/team/w*:1', { repository: 'host:5000/team/w*', tag: null }],
    ['[::1]:5000/team/w*:1', { repository: '[::1]:5000/team/w*', tag: null }],
    // so too of what is no reference at all
    ['Team/App:1', { repository: 'Team/App', tag: null }],
    ['team/app:a b', { repository: 'team/app', tag: null }],
    ['team/app@sha256:12', { repository: 'team/app', tag: null }],
    [':1', { repository: '', tag: null }],
  ];
  for (const [entry, reference] of cases) {
    const found = await unresolved([entry]);
    assert.deepEqual(
      found.map(one => [one.requested, one.reference]),
      [[entry, reference]],
    );
  }
});

test('what fails as a whole has no repository', async () => {
  assert.deepEqual(
    (await unresolved([])).map(({ requested, reference }) => [requested, reference]),
    [['', { repository: '', tag: null }]],
  );
});

/** How often the storage is asked, each entry of a listing counted, for as many tags as that in one repository. */
async function asked(count: number, entries: readonly string[], linked: boolean): Promise<number> {
  const tags = Array.from({ length: count }, (_, number) => `build-${String(number)}`);
  const registry = registryOf({ app: linked ? tags : ['stable'] });
  if (!linked) for (const tag of tags) registry.repository('app').ghostTag(tag);
  const driver = registry.driver();
  let calls = 0;
  const found = await unresolved(entries, {
    ...driver,
    stat: path => ((calls += 1), driver.stat(path)),
    read: (path, limit) => ((calls += 1), driver.read(path, limit)),
    async *list(path) {
      calls += 1;
      for await (const entry of driver.list(path)) {
        calls += 1;
        yield entry;
      }
    },
  });
  assert.equal(found.length, count);
  return calls;
}

test('thousands of tags that lead nowhere are looked at in a time that goes with their number', async () => {
  const lacking = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, number) => `app:other-${String(number)}`);
  for (const [entries, linked] of [
    [() => ['app:*'], false],
    [lacking, true],
    [(count: number) => lacking(count).map(reference => reference.replace('app:', 'another/name:')), true],
  ] as const) {
    const few = await asked(100, entries(100), linked);
    const many = await asked(1000, entries(1000), linked);
    assert.ok(many < few * 12, `${String(few)} calls for 100, ${String(many)} for 1000`);
  }
});

test('of a tag that a pattern found no others are said to be near', async () => {
  const registry = registryOf({ app: ['1.0'] });
  registry.repository('app').ghostTag('1.1');
  const [found] = await unresolved(['app:*'], registry.driver());
  assert.equal(found?.errors[0]?.details.hint, 'push it again, or leave it out with --exclude');
});
