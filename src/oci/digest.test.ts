import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import {
  algorithmOf,
  algorithms,
  digestOf,
  emptyDigest,
  encodedOf,
  isDigest,
  parseDigest,
  shortDigest,
} from './digest.ts';

const hex = (length: number): string => 'a'.repeat(length);

test('accepts every registered algorithm with as many hex digits as it makes', () => {
  for (const algorithm of algorithms) {
    const digest = `${algorithm}:${createHash(algorithm).update('x').digest('hex')}`;
    assert.equal(parseDigest(digest), digest);
    assert.equal(algorithmOf(parseDigest(digest)), algorithm);
    assert.equal(digestOf(algorithm, encodedOf(parseDigest(digest))), digest);
  }
});

test('refuses everything else and says what was expected', () => {
  const cases: readonly [string, RegExp][] = [
    ['', /algorithm:hex/],
    ['sha256', /algorithm:hex/],
    [`sha256:${hex(63)}`, /64 lower-case hex digits/],
    [`sha256:${hex(65)}`, /64 lower-case hex digits/],
    [`sha512:${hex(64)}`, /128 lower-case hex digits/],
    [`sha256:${'A'.repeat(64)}`, /64 lower-case hex digits/],
    [`sha256:${hex(64)}\n`, /64 lower-case hex digits/],
    ...[0, 1, 31, 62, 63].flatMap(at =>
      ['g', '/', '.', '\n', 'A'].map((wrong): [string, RegExp] => [
        `sha256:${hex(at)}${wrong}${hex(63 - at)}`,
        /64 lower-case hex digits/,
      ]),
    ),
    [`sha256!:${hex(64)}`, /algorithm:hex/],
    [`md5:${hex(32)}`, /one of the algorithms sha256, sha384, sha512/],
    [`../x:${hex(64)}`, /algorithm:hex/],
    [`__proto__:${hex(64)}`, /algorithm:hex/],
    [`constructor:${hex(64)}`, /one of the algorithms/],
    [` sha256:${hex(64)}`, /algorithm:hex/],
  ];
  for (const [text, expected] of cases) {
    assert.equal(isDigest(text), false, text);
    assert.throws(
      () => parseDigest(text),
      error => isScraperError(error, 'DIGEST_INVALID') && expected.test(error.message),
      text,
    );
  }
});

test('the empty digest is the hash of nothing', () => {
  assert.equal(emptyDigest, `sha256:${createHash('sha256').digest('hex')}`);
});

test('shortens to twelve digits, keeping the algorithm', () => {
  assert.equal(shortDigest(`sha256:${hex(64)}`), `sha256:${hex(12)}`);
});
