import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectFrom, type Selecting, type Shape } from '../testing/selecting.ts';

const shape: Shape = {
  app: ['1', 'latest'],
  'team/app': ['1', '2', '3'],
  'team/api': ['1', 'latest'],
  'ops/eu/db': ['1'],
  'library/busybox': ['1'],
};

const lookups: readonly [string, Selecting, readonly string[]][] = [
  ['nothing for an exact reference', { entries: ['team/app:1', 'gone:1'] }, []],
  [
    'only whether there is such a repository, for a reference with a host',
    { entries: ['docker.io/library/busybox:1'] },
    ['hasRepository docker.io/library/busybox', 'hasRepository library/busybox'],
  ],
  [
    'one repository for all its tags',
    { entries: ['team/app:*'] },
    ['hasRepository team/app', 'tags team/app'],
  ],
  [
    'only below the part without wildcards, tags only of what matches',
    { entries: ['team/ap?:*'] },
    ['repositories team', 'tags team/api', 'tags team/app'],
  ],
  [
    'a tag that is spelled out without listing the others',
    { entries: ['team/*'] },
    ['repositories team', 'taggedAt team/api:latest', 'taggedAt team/app:latest'],
  ],
  [
    'everything once for patterns that overlap',
    { entries: ['team/*:1', 'team/app:*', '**/app:2*', 'team/**:*', 'ops/eu/*:1*', 'team/app:1'] },
    [
      'hasRepository team/app',
      'repositories (all)',
      'tags app',
      'tags ops/eu/db',
      'tags team/api',
      'tags team/app',
      'taggedAt team/api:1',
      'taggedAt team/app:1',
    ],
  ],
  [
    'below each of several alternatives',
    { entries: ['{team,ops}/**:1*'] },
    ['repositories ops', 'repositories team', 'tags ops/eu/db', 'tags team/api', 'tags team/app'],
  ],
  [
    'without the host only where nothing is named with it',
    { entries: ['quay.io/team/*:1*'] },
    ['repositories quay.io/team', 'repositories team', 'tags team/api', 'tags team/app'],
  ],
  [
    'no times for what is no more than wanted',
    { entries: ['team/app:*'], newest: { count: 3, by: 'pushed' } },
    ['hasRepository team/app', 'tags team/app'],
  ],
  [
    'no tags for exclusions',
    { entries: ['app:*'], exclude: ['team/**', 'a*:latest'] },
    ['hasRepository app', 'tags app'],
  ],
];

for (const [name, selecting, expected] of lookups) {
  test(`looks up ${name}`, async () => {
    const { calls } = await selectFrom(shape, selecting);
    assert.deepEqual(calls.toSorted(), expected.toSorted());
  });
}

test('looks nothing up twice in thousands of repositories, reads no manifest, and takes little time', async () => {
  const names = Array.from({ length: 2000 }, (_, n) => `team-${String(n % 100)}/app-${String(n)}`);
  const tags = ['latest', ...Array.from({ length: 9 }, (_, n) => `1.${String(n)}.0`)];
  const source: NonNullable<Selecting['source']> = {
    hasRepository: () => Promise.resolve(true),
    async *repositories(under) {
      for (const name of names)
        if (under === undefined || name.startsWith(`${under}/`)) yield await Promise.resolve(name);
    },
    async *tags() {
      for (const tag of tags) yield await Promise.resolve(tag);
    },
    taggedAt: () => Promise.resolve(1),
    readBlob: () => assert.fail('a manifest was read'),
  };
  const before = process.cpuUsage();
  const everything = await selectFrom({}, { entries: ['**:*'], source });
  assert.equal(everything.references.length, 20_000);
  const entries = [...Array.from({ length: 100 }, (_, n) => `team-${String(n)}/*:1.*`), 'team-1/**'];
  const narrowed = await selectFrom(
    {},
    {
      entries,
      source,
      exclude: ['*/app-1*'],
      tagRegex: /0$/,
      semver: '>=1.3',
      newest: { count: 2, by: 'semver' },
    },
  );
  assert.equal(narrowed.references.length, 2 * names.filter(name => !name.includes('/app-1')).length);
  const listed = narrowed.calls.filter(call => call.startsWith('tags '));
  assert.equal(listed.length, new Set(listed).size);
  assert.equal(narrowed.calls.filter(call => call.startsWith('repositories ')).length, 100);
  // not by the clock: other tests run beside this one
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  assert.ok(seconds < 10, `${String(seconds)} s`);
});

test('finds one repository among many without listing them', async () => {
  const source = { repositories: () => assert.fail('all repositories were listed') };
  const { references } = await selectFrom(shape, { entries: ['team/app:2*'], source });
  assert.deepEqual(references, ['team/app:2']);
});
