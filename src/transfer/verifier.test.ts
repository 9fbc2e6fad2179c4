import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { isScraperError, type ErrorCode } from '../errors.ts';
import { digestOf, type Algorithm, type Digest } from '../oci/digest.ts';
import { verifier, type Verifier } from './verifier.ts';

const content = Buffer.from('what a blob holds');
const named = (algorithm: Algorithm, bytes: Uint8Array): Digest =>
  digestOf(algorithm, createHash(algorithm).update(bytes).digest('hex'));
const right = named('sha256', content);
const other = named('sha512', content);
const wrong = named('sha512', Buffer.from('what another blob holds'));

function proof(digests: readonly Digest[] = [right], size = content.length): Verifier {
  return verifier({ digests, size, origin: 'the origin' });
}

function failure(code: ErrorCode, digest: Digest, message: RegExp): (error: unknown) => boolean {
  return error => {
    assert.ok(isScraperError(error, code), String(error));
    assert.match(error.message, message);
    assert.deepEqual([error.details.digest, error.details.path], [digest, 'the origin']);
    return true;
  };
}

test('bytes are proved in whatever pieces they come, by all of their digests', () => {
  for (const size of [1, 5, content.length]) {
    const { update, finish } = proof([right, other]);
    for (let at = 0; at < content.length; at += size) update(content.subarray(at, at + size));
    finish();
  }
});

test('one digest that is wrong is enough, whichever it is, and is the one that is named', () => {
  for (const digests of [[wrong], [right, wrong], [wrong, right], [right, other, wrong]]) {
    const { update, finish } = proof(digests);
    update(content);
    assert.throws(finish, failure('DIGEST_MISMATCH', wrong, new RegExp(`expected ${wrong}, found ${other}`)));
  }
});

test('a byte too many is told when it comes', () => {
  const { update } = proof([right], content.length - 1);
  update(content.subarray(0, 5));
  const found = `blob ${right} has the wrong size: expected ${String(content.length - 1)} bytes, found at least ${String(content.length)}`;
  assert.throws(() => update(content.subarray(5)), failure('SIZE_INVALID', right, new RegExp(found)));
});

test('a byte too few is told at the end', () => {
  const { update, finish } = proof();
  update(content.subarray(1));
  const found = `expected ${String(content.length)} bytes, found ${String(content.length - 1)}$`;
  assert.throws(finish, failure('SIZE_INVALID', right, new RegExp(found)));
});

test('nothing is as much to be proved as anything else', () => {
  proof([named('sha256', Buffer.alloc(0))], 0).finish();
  assert.throws(() => proof([right], 0).finish(), failure('DIGEST_MISMATCH', right, /expected/));
});
