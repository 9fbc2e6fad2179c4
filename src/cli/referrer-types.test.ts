import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { referrerTypes } from './referrer-types.ts';

const spdx = 'application/spdx+json';
const cosign = ['sig', 'application/vnd.dev.cosign.simplesigning.v1+json'];

test('a type is a glob over the whole of it, and also what ls and inspect call it', () => {
  for (const [text, kinds] of [
    [spdx, [spdx]],
    ['application/spdx*', [spdx]],
    ['*spdx*', [spdx]],
    ['*/{cyclonedx,spdx}+json', [spdx]],
    ['application/[st]pdx?json', [spdx]],
    ['sig', cosign],
    ['*cosign*', cosign],
    ['signature', cosign],
    ['Signature', ['application/vnd.cncf.notary.signature']],
    ['attestation', ['att']],
    ['SBOM', [spdx]],
    ['sboms', ['sbom']],
  ] as const)
    assert.ok(referrerTypes([text]).takes(kinds), text);
  for (const [text, kinds] of [
    ['application/spdx', [spdx]],
    ['sbom', cosign],
    ['signature', [spdx]],
    ['attestation', ['']],
  ] as const)
    assert.ok(!referrerTypes([text]).takes(kinds), text);
});

test('what is no type is refused, and it is said why', () => {
  for (const [text, why] of [
    ['', /without --referrers, none with --no-referrers/],
    ['[x', /brackets hold/],
    ['[z-a]', /out of order/],
    ['a{b', /not closed/],
    ['sig,sbom', /a --referrers of its own/],
    ['an sbom', /" " stands in no type/],
  ] as const) {
    assert.throws(
      () => referrerTypes([text]),
      error => isScraperError(error, 'USAGE') && why.test(error.details.hint ?? ''),
      text,
    );
  }
});

test('a type that takes nothing is told, with what there is', () => {
  const types = referrerTypes(['sig', 'application/spdx', 'attestation']);
  assert.ok(types.takes(cosign));
  assert.ok(!types.takes([spdx]));
  assert.ok(!types.takes(['']));
  const there = 'there are only signature (sig), SBOM (application/spdx+json), artifact';
  assert.deepEqual(
    types.unused().map(({ code, message }) => [code, message]),
    [
      ['REFERRERS_UNUSED', `--referrers application/spdx takes nothing: ${there}`],
      ['REFERRERS_UNUSED', `--referrers attestation takes nothing: ${there}`],
    ],
  );
  assert.deepEqual(referrerTypes(['sig']).unused(), [
    {
      code: 'REFERRERS_UNUSED',
      message: '--referrers sig takes nothing: nothing signs or describes the images selected',
    },
  ]);
});
