import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sortTags, versionOf } from './version.ts';

test('reads tags as versions, with zeros for what is missing', () => {
  const cases: readonly [string, string | undefined][] = [
    ['1.2.3', '1.2.3'],
    ['v1.2.3', '1.2.3'],
    ['1.10', '1.10.0'],
    ['1.1', '1.1.0'],
    ['v2', '2.0.0'],
    ['16.4', '16.4.0'],
    ['20240115', '20240115.0.0'],
    ['1.2.3-alpine', '1.2.3-alpine'],
    ['3.20-alpine', '3.20.0-alpine'],
    ['1.2.3-rc.1', '1.2.3-rc.1'],
    ['1.2.3-0.3.7', '1.2.3-0.3.7'],
    ['latest', undefined],
    ['V1.2.3', undefined],
    ['vv1', undefined],
    ['1.2.3.4', undefined],
    ['2024.01', undefined],
    ['01.2.3', undefined],
    ['1.2.3-01', undefined],
    ['1.2.x', undefined],
    ['1.', undefined],
    ['-1', undefined],
    ['', undefined],
    ['1_2_3', undefined],
    ['1.2.3-', undefined],
    ['9'.repeat(100), undefined],
    [`1.2.3-${'a'.repeat(122)}`, `1.2.3-${'a'.repeat(122)}`],
  ];
  for (const [tag, expected] of cases) assert.equal(versionOf(tag)?.version, expected, tag);
});

test('sorts versions by precedence and everything else by its numbers', () => {
  const sorted = [
    ...[
      '1',
      '1.0.0',
      '1.2.0',
      'v1.9.0',
      '1.10',
      '1.10.0',
      '2.0.0-alpha',
      '2.0.0-rc.2',
      '2.0.0-rc.10',
      'v2.0.0',
      '2.0.0',
    ],
    ...['build-9', 'build-10', 'edge', 'latest', 'Latest'],
  ];
  assert.deepEqual(sortTags(sorted), sorted);
  assert.deepEqual(sortTags(sorted.toReversed()), sorted);
});

test('sorts the same tags the same way, however they came', () => {
  const tag = fc.oneof(
    fc.stringMatching(/^v?[0-2](\.[0-2]){0,2}(-[a1]{1,2})?$/),
    fc.stringMatching(/^[aA0-2._-]{1,4}$/),
  );
  fc.assert(
    fc.property(
      fc
        .uniqueArray(tag, { maxLength: 12 })
        .chain(tags => fc.tuple(fc.constant(tags), fc.shuffledSubarray(tags, { minLength: tags.length }))),
      ([tags, shuffled]) => assert.deepEqual(sortTags(shuffled), sortTags(tags)),
    ),
  );
});
