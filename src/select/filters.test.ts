import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor, isScraperError } from '../errors.ts';
import { parseRange, parseTagRegex, tagFilter, type Refusal } from './filters.ts';
import type { Selection } from './selection.ts';

type Filters = Partial<Pick<Selection, 'tagRegex' | 'semver' | 'prerelease'>>;

function refusals(filters: Filters, tags: readonly string[]): readonly (Refusal | undefined)[] {
  const refused = tagFilter({ entries: [], exclude: [], prerelease: false, ...filters }).refuse(tags);
  return tags.map(tag => refused.get(tag));
}

function passing(filters: Filters, tags: readonly string[]): readonly string[] {
  const found = refusals(filters, tags);
  return tags.filter((_, index) => found[index] === undefined);
}

const tags = [
  '1',
  '1.1',
  '1.2.3',
  '1.10',
  'v1.10.2',
  '1.2.3-alpine',
  '2.0.0-rc.1',
  '2.0.0',
  '2024.01',
  'latest',
];

test('takes versions in a range', () => {
  const cases: readonly [Filters, readonly string[]][] = [
    [{}, tags],
    [{ semver: '*' }, ['1', '1.1', '1.2.3', '1.10', 'v1.10.2', '2.0.0']],
    [{ semver: '^1.2' }, ['1.2.3', '1.10', 'v1.10.2']],
    [{ semver: '1.1' }, ['1.1']],
    [{ semver: '1.1.x' }, ['1.1']],
    [{ semver: '1.10' }, ['1.10', 'v1.10.2']],
    [{ semver: '>=v1.10' }, ['1.10', 'v1.10.2', '2.0.0']],
    [{ semver: '>=1 <1.2 || 2.x' }, ['1', '1.1', '2.0.0']],
    [{ semver: '1.2 - 1.10.1' }, ['1.2.3', '1.10']],
    [{ semver: '^1.2', prerelease: true }, ['1.2.3', '1.10', 'v1.10.2', '1.2.3-alpine']],
    [{ semver: '>=2.0.0-rc.0', prerelease: true }, ['2.0.0-rc.1', '2.0.0']],
    [{ semver: '2.x', prerelease: true }, ['2.0.0-rc.1', '2.0.0']],
    [{ prerelease: true }, tags],
  ];
  for (const [filters, expected] of cases)
    assert.deepEqual(passing(filters, tags), expected, JSON.stringify(filters));
});

test('takes tags that an expression matches anywhere', () => {
  assert.deepEqual(passing({ tagRegex: /^1\./ }, tags), ['1.1', '1.2.3', '1.10', '1.2.3-alpine']);
  assert.deepEqual(passing({ tagRegex: /al/ }, tags), ['1.2.3-alpine']);
  assert.deepEqual(passing({ tagRegex: /1/g }, ['1', '1', '1']), ['1', '1', '1'], 'has no memory');
});

test('asks for both where both are given', () => {
  assert.deepEqual(passing({ tagRegex: /^v/, semver: '^1' }, [...tags, 'v3.0.0']), ['v1.10.2']);
});

test('says which filter refuses a tag', () => {
  assert.deepEqual(refusals({ tagRegex: /[.]/, semver: '^1' }, tags), [
    'regex',
    ...[undefined, undefined, undefined, undefined],
    ...['prerelease', 'range', 'range', 'no version', 'regex'],
  ]);
});

test('gives up an expression that would take for ever', () => {
  const slow = { tagRegex: /^(a+)+$/ };
  assert.throws(
    () => refusals(slow, [...tags, `${'a'.repeat(60)}_`]),
    error =>
      isScraperError(error, 'USAGE') && error.message.startsWith('--tag-regex "^(a+)+$" takes too long'),
  );
});

test('refuses bad values and shows good ones', () => {
  const cases: readonly [() => unknown, RegExp, RegExp][] = [
    [
      () => parseTagRegex('('),
      /^--tag-regex "\(" is no regular expression: unterminated group$/,
      /--tag-regex '/,
    ],
    [() => parseTagRegex('[z-a]'), /range out of order/, /--tag-regex '/],
    [() => parseTagRegex('*'), /nothing to repeat/, /--tag-regex '/],
    [() => parseTagRegex('(?i)abc'), /no regular expression/, /\(\?i:abc\)/],
    [() => parseTagRegex(''), /1 to 1000 characters, found ""/, /--tag-regex '/],
    [() => parseTagRegex('a'.repeat(5000)), /1 to 1000 characters, found "a{80}…"/, /--tag-regex '/],
    [() => parseRange(''), /^--semver must be a range of versions, found ""$/, /--semver '\^1\.2'/],
    [() => parseRange('  '), /found " {2}"/, /--semver '/],
    [() => parseRange('latest'), /found "latest"/, /--semver '/],
    [() => parseRange('>=1.2, <2'), /found/, /separated by blanks/],
    [() => parseRange('>=24.04'), /found/, /leading zeros/],
    [() => parseRange('>'.repeat(100_000)), /found ">{80}…"/, /--semver '/],
    [() => parseRange('1.2.3 - '.repeat(120)), /found/, /--semver '/],
    [() => tagFilter({ entries: [], exclude: [], semver: 'x y z', prerelease: false }), /found "x y z"/, /./],
    [
      () => tagFilter({ entries: [], exclude: [], semver: '>=2.0.0-rc.1', prerelease: false }),
      /names a prerelease/,
      /--prerelease/,
    ],
  ];
  for (const [call, message, hint] of cases) {
    assert.throws(call, error => {
      assert.ok(isScraperError(error, 'USAGE'), String(error));
      assert.match(error.message, message);
      assert.match(error.details.hint ?? '', hint);
      return exitCodeFor([error]) === 2;
    });
  }
});

test('gives good values back', () => {
  assert.equal(parseRange('>=1.2 <3'), '>=1.2 <3');
  assert.deepEqual(parseTagRegex('^v'), /^v/);
});
