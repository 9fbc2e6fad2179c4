import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registryOf, selectFrom, type Selecting, type Shape } from '../testing/selecting.ts';

const hex = 'ab'.repeat(32);
const shape: Shape = {
  app: ['1.0.0', 'latest'],
  team: ['latest'],
  'team/app': ['1.0.0', '1.10.0', '1.9.0', '2.0.0-rc.1', 'latest', `sha256-${hex}.sig`],
  'team/api': ['1.0.0', '2.1.0', 'latest'],
  'team/eu/db': ['3.0.0'],
  'library/busybox': ['1.36', 'latest'],
  'quay.io/team/app': ['9.0.0'],
};

const ordinaryTags = Object.entries(shape).flatMap(([name, tags]) =>
  tags.filter(tag => !tag.startsWith('sha256-')).map(tag => `${name}:${tag}`),
);

const choices: readonly [string, Selecting, readonly string[]][] = [
  ['an exact reference, untouched', { entries: ['team/app:none'] }, ['team/app:none']],
  [
    'a reference with its host',
    { entries: ['docker.io/library/busybox:1.36'] },
    ['docker.io/library/busybox:1.36'],
  ],
  ['a digest', { entries: [`team/app@sha256:${hex}`] }, [`team/app@sha256:${hex}`]],
  [
    'all tags of a repository',
    { entries: ['team/app:*'] },
    ['team/app:1.0.0', 'team/app:1.9.0', 'team/app:1.10.0', 'team/app:2.0.0-rc.1', 'team/app:latest'],
  ],
  ['digest tags only when spelled out', { entries: ['team/app:sha256-*'] }, [`team/app:sha256-${hex}.sig`]],
  ['latest of everything below', { entries: ['team/**'] }, ['team/api:latest', 'team/app:latest']],
  ['one component', { entries: ['team/*:1.0.0'] }, ['team/api:1.0.0', 'team/app:1.0.0']],
  [
    'alternatives',
    { entries: ['{team/api,library/*}:{1*,latest}'] },
    ['library/busybox:1.36', 'library/busybox:latest', 'team/api:1.0.0', 'team/api:latest'],
  ],
  [
    'references spelled out by braces',
    { entries: ['team/{api,app}:1.0.0'] },
    ['team/api:1.0.0', 'team/app:1.0.0'],
  ],
  [
    'a pattern with a host that no repository has',
    { entries: ['docker.io/library/*:1*'] },
    ['library/busybox:1.36'],
  ],
  [
    'a pattern with a host that is part of the name',
    { entries: ['quay.io/team/*:*'] },
    ['quay.io/team/app:9.0.0'],
  ],
  [
    'entries in their order, each image once',
    { entries: ['team/app:1.9.0', 'team/*:1.*', 'app:latest', 'team/api:1.0.0'] },
    ['team/app:1.9.0', 'team/api:1.0.0', 'team/app:1.0.0', 'team/app:1.10.0', 'app:latest'],
  ],
  [
    'what is not excluded',
    { entries: ['**:*'], exclude: ['team/**', '*:latest', 'quay.io/**'] },
    ['app:1.0.0', 'library/busybox:1.36', 'library/busybox:latest'],
  ],
  [
    'exact references by exclusions too',
    { entries: ['app:1.0.0', 'team/app:1.0.0'], exclude: ['app'] },
    ['team/app:1.0.0'],
  ],
  [
    'versions in a range',
    { entries: ['team/*:*'], semver: '^1' },
    ['team/api:1.0.0', 'team/app:1.0.0', 'team/app:1.9.0', 'team/app:1.10.0'],
  ],
  [
    'versions in a range with prereleases',
    { entries: ['team/*:*'], semver: '>=2.0.0-0', prerelease: true },
    ['team/api:2.1.0', 'team/app:2.0.0-rc.1'],
  ],
  [
    'what passes both filters',
    { entries: ['team/*:*'], semver: '*', tagRegex: /0\.0$/ },
    ['team/api:1.0.0', 'team/app:1.0.0', 'team/app:1.10.0'],
  ],
  [
    'exact references past filters and newest',
    { entries: ['team/app:latest', 'team/app:*'], semver: '*', newest: { count: 1 } },
    ['team/app:latest', 'team/app:1.10.0'],
  ],
  [
    'the newest of each repository',
    { entries: ['team/*:*'], tagRegex: /^[0-9]/, newest: { count: 2 } },
    ['team/api:1.0.0', 'team/api:2.1.0', 'team/app:1.9.0', 'team/app:1.10.0'],
  ],
  [
    'the newest of a repository that several patterns found',
    { entries: ['team/app:1.0*', 'team/app:1.*'], newest: { count: 1 } },
    ['team/app:1.10.0'],
  ],
];

for (const [name, selecting, expected] of choices) {
  test(`chooses ${name}`, async () => {
    const { references, failures } = await selectFrom(shape, selecting);
    assert.deepEqual(failures, []);
    assert.deepEqual(references, expected);
  });
}

test('chooses everything but digest tags by **:*', async () => {
  const { references } = await selectFrom(shape, { entries: ['**:*'] });
  assert.deepEqual(references.toSorted(), ordinaryTags.toSorted());
});

test('says why each image is in, and which had to be there', async () => {
  const entries = [
    { text: 'team/api:*', origin: { file: 'list.txt', line: 3 } },
    { text: 'team/*:2*' },
    { text: 'team/api:2.1.0' },
  ];
  const { chosen } = await selectFrom(shape, { entries, semver: '*', newest: { count: 1 } });
  assert.deepEqual(chosen, [
    {
      requested: 'team/api:2.1.0',
      reference: 'team/api:2.1.0',
      exact: true,
      reasons: [
        'matches team/api:*',
        'version in --semver *',
        'newest 1 of 2 by semver',
        'matches team/*:2*',
        'named exactly',
      ],
    },
  ]);
});

test('keeps where an entry was found', async () => {
  const origin = { file: '-', line: 7 };
  const { chosen } = await selectFrom(shape, {
    entries: [
      { text: 'team/api:1*', origin },
      { text: 'app', origin },
    ],
  });
  assert.deepEqual(
    chosen.map(one => [one.requested, one.reference, one.exact, one.origin]),
    [
      ['team/api:1*', 'team/api:1.0.0', false, origin],
      ['app', 'app', true, origin],
    ],
  );
});

test('a reference and a pattern that mean the same image are one, with the digest that was given', async () => {
  const digest = `sha256:${hex}`;
  const entries = ['team/api:1*', `registry.example.com/team/api:1.0.0@${digest}`, 'team/api:1.0.0'];
  const { chosen } = await selectFrom(shape, { entries });
  assert.deepEqual(
    chosen.map(({ requested, reference, exact, reasons }) => [requested, reference, exact, reasons]),
    [[entries[1], entries[1], true, ['matches team/api:1*', 'named exactly']]],
  );
  const other = `team/api:1.0.0@sha256:${'cd'.repeat(32)}`;
  const both = await selectFrom(shape, { entries: [`team/api:1.0.0@${digest}`, other] });
  assert.deepEqual(both.references, [`team/api:1.0.0@${digest}`, other]);
});

test('ranks by the date in the image and by the time of the push', async () => {
  const newer = new Set(['1.0.0', '1.9.0']);
  const time = (_: string, tag: string): Promise<number> => Promise.resolve(newer.has(tag) ? 2 : 1);
  const entries = ['team/app:1.*'];
  const created = await selectFrom(shape, { entries, newest: { count: 2, by: 'created' }, createdAt: time });
  assert.deepEqual(created.references, ['team/app:1.0.0', 'team/app:1.9.0']);
  assert.deepEqual(created.chosen[0]?.reasons, ['matches team/app:1.*', 'newest 2 of 3 by created']);
  const pushed = await selectFrom(shape, {
    entries,
    newest: { count: 2, by: 'pushed' },
    source: { taggedAt: time },
  });
  assert.deepEqual(pushed.references, created.references);
});

test('an exclusion leaves out by digest, whatever led to it', async () => {
  const registry = registryOf({});
  const app = registry.repository('app');
  const image = app.image({ tag: '1' });
  app.tag('one', image);
  app.image({ tag: '2' });
  const exclude = [`app@${image.digest}`];
  const { references } = await selectFrom(registry, { entries: ['app:*', `app@${image.digest}`], exclude });
  assert.deepEqual(references, ['app:2']);
});

test('an exclusion with a host means the name with the host where there is one', async () => {
  const both: Shape = { 'quay.io/a/app': ['1'], 'a/app': ['1'], 'b/app': ['1'] };
  const { references } = await selectFrom(both, {
    entries: ['**:*'],
    exclude: ['quay.io/a/*', 'docker.io/b/app'],
  });
  assert.deepEqual(references, ['a/app:1']);
  const host = await selectFrom(both, { entries: ['quay.io/b/app:1', 'a/app:1'], exclude: ['b/**'] });
  assert.deepEqual(host.references, ['a/app:1']);
});

test('an entry of a list also means what Docker Hub keeps below library/', async () => {
  const origin = { file: 'compose.yaml', line: 3 };
  const entries = [{ text: 'busybox:1.36', origin }, { text: 'busybox:l*', origin }, 'library/busybox:1.36'];
  const { references, failures } = await selectFrom(shape, { entries });
  assert.deepEqual([references, failures], [['busybox:1.36', 'library/busybox:latest'], []]);
  const excluded = await selectFrom(shape, { entries: [...entries, 'app:latest'], exclude: ['library/**'] });
  assert.deepEqual([excluded.references, excluded.failures], [['app:latest'], []]);
  const argument = await selectFrom(shape, { entries: ['busybox:l*'] });
  assert.equal(argument.failures[0]?.code, 'NAME_UNKNOWN');
});
