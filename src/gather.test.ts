import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatherImages, type Unresolved } from './gather.ts';
import { registryOf } from './testing/selecting.ts';
import { selectionOf } from './testing/scrape.ts';

async function unresolved(...entries: string[]): Promise<readonly Unresolved[]> {
  const { images } = await gatherImages({
    selection: selectionOf(entries),
    driver: registryOf({ 'team/app': ['1.0'] }).driver(),
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
    const found = await unresolved(entry);
    assert.deepEqual(
      found.map(one => [one.requested, one.reference]),
      [[entry, reference]],
    );
  }
});

test('what fails as a whole has no repository', async () => {
  assert.deepEqual(
    (await unresolved()).map(({ requested, reference }) => [requested, reference]),
    [['', { repository: '', tag: null }]],
  );
});
