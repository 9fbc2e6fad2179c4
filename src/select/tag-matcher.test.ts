import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeFor, isScraperError } from '../errors.ts';
import { tagMatcher } from './tag-matcher.ts';

const long = 'a'.repeat(60);

test('finds the tags that match, each time anew', () => {
  const matches = tagMatcher(/1/g);
  assert.deepEqual(matches(['1', '1.2', 'v1', '2']), new Set(['1', '1.2', 'v1']));
  assert.deepEqual(matches(new Set(['1', '2'])), new Set(['1']));
  assert.deepEqual(matches([]), new Set());
});

test('an expression that tries every way to split a tag is given up, and named with a simpler way', () => {
  for (const expression of [/(a+)+$/, /^(a|a)*$/, /^(?:(?=a)a+)+$/, /(.*)*(.*)*(.*)*(.*)*\1=/]) {
    const matches = tagMatcher(expression, 50);
    assert.throws(
      () => matches(['1.0', 'aaa', `${long}_`, '2.0']),
      error => {
        assert.ok(isScraperError(error, 'USAGE'), String(error));
        assert.ok(
          error.message.startsWith(
            `--tag-regex ${JSON.stringify(expression.source)} takes too long: given up after 0.05 s at tag "${long}_"`,
          ),
          error.message,
        );
        assert.match(error.details.hint ?? '', /--semver|'app:1\.\*'/);
        return exitCodeFor([error]) === 2;
      },
    );
    assert.deepEqual(matches(['b']).has(long), false, 'can be asked again');
  }
});

test('what fails for another reason is not taken for slow', () => {
  const broken = {
    [Symbol.search]() {
      throw new RangeError('broken');
    },
  } as unknown as RegExp;
  assert.throws(() => tagMatcher(broken)(['1']), RangeError);
});

test('very many tags are far from trying its patience', () => {
  const tags = Array.from({ length: 200_000 }, (_, position) => `v1.${String(position)}.0`);
  assert.equal(tagMatcher(/^v?[0-9]+\.[0-9]+\.[0-9]+$/)(tags).size, tags.length);
});
