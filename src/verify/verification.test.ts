import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import { patient } from '../testing/damages/patient.ts';
import { TODAY } from '../testing/verify.ts';
import { isPushed, isThere, rowOf, verification, type Verification } from './verification.ts';

const { registry, image } = patient();

function verifying(): { readonly made: Verification; readonly errors: readonly ScraperError[] } {
  const errors: ScraperError[] = [];
  const prover = { inFlight: 1, prove: () => Promise.resolve(), close: () => Promise.resolve() };
  const made = verification({
    ...{ driver: registry.driver(), hash: 'none', prover, now: TODAY, observer: {} },
    signal: new AbortController().signal,
    onFinding: () => Promise.resolve(),
    onError: error => void errors.push(error),
  });
  return { made, errors };
}

test('what cannot be read is noted, an interruption and a defect end everything', () => {
  const { made, errors } = verifying();
  const denied = new ScraperError('ACCESS_DENIED', 'denied');
  made.fail(denied);
  assert.deepEqual(errors, [denied]);
  for (const error of [new ScraperError('INTERRUPTED', 'interrupted'), new TypeError('no function')])
    assert.throws(
      () => made.fail(error),
      thrown => thrown === error,
    );
  assert.equal(errors.length, 1);
});

test('a blob that comes late counts once, however many ask for it at once', async () => {
  const { made } = verifying();
  const rows = await Promise.all([1, 2, 3].map(() => rowOf(made, image.digest)));
  assert.deepEqual([rows, made.late], [[0, 0, 0], [0]]);
  assert.deepEqual([made.tally.blobs, made.tally.bytes], [1, image.size]);
});

test('what cannot be looked at is an error, unless it was told of, and is not missing', async () => {
  for (const [code, incomplete, told] of [
    ['IO_ERROR', false, ['IO_ERROR']],
    ['IO_ERROR', true, []],
    ['OUTSIDE_ROOT', false, []],
    ['NOT_A_FILE', false, []],
  ] as const) {
    const { made, errors } = verifying();
    made.incomplete = incomplete;
    made.source.blobSize = () => Promise.reject(new ScraperError(code, 'as told'));
    const row = await rowOf(made, image.digest);
    assert.deepEqual([errors.map(error => error.code), isThere(made, row)], [told, true], code);
  }
});

test('whether a link was pushed meanwhile may be unknown, which is an error unless it was told of, and is not missing', async () => {
  for (const [code, incomplete, told] of [
    ['IO_ERROR', false, ['IO_ERROR']],
    ['IO_ERROR', true, []],
    ['LINK_INVALID', false, []],
    ['NOT_A_FILE', false, []],
  ] as const) {
    const { made, errors } = verifying();
    made.incomplete = incomplete;
    const look = (): Promise<never> => Promise.reject(new ScraperError(code, 'as told'));
    assert.deepEqual([await isPushed(made, look), errors.map(error => error.code)], [true, told], code);
  }
  const { made } = verifying();
  assert.equal(await isPushed(made, () => Promise.resolve(image.digest)), true);
  assert.equal(await isPushed(made, () => Promise.resolve(undefined)), false);
  const defect = new TypeError('no function');
  await assert.rejects(
    isPushed(made, () => Promise.reject(defect)),
    error => error === defect,
  );
});

test('what is listed, elsewhere or known to be absent is not looked for', async () => {
  const { made } = verifying();
  made.source.blobSize = () => Promise.resolve(undefined);
  const row = await rowOf(made, image.digest);
  made.source.blobSize = () => Promise.reject(new TypeError('asked again'));
  assert.equal(await rowOf(made, image.digest), row);
});
