import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError, type ErrorCode } from '../errors.ts';
import { patient } from '../testing/damages/patient.ts';
import { verifyDriver } from '../testing/verify.ts';

test('what goes wrong when the other name of a blob is proved is told like anything else', async () => {
  const expected: readonly (readonly [ErrorCode, readonly string[]])[] = [
    ['IO_ERROR', ['IO_ERROR']],
    ['SIZE_INVALID', ['BLOB_CORRUPT']],
    ['DIGEST_MISMATCH', ['LINK_MISDIRECTED']],
    ['NOT_A_FILE', ['NOT_A_FILE']],
    ['OUTSIDE_ROOT', ['SYMLINK_OUTSIDE']],
    ['PATH_UNKNOWN', ['BLOB_MISSING']],
  ];
  for (const [code, told] of expected) {
    const { registry, app } = patient();
    const layer = { content: 210, algorithm: 'sha512' } as const;
    app.image({ tag: '512', layers: [layer] });
    const prover = {
      inFlight: 2,
      prove: ({ digests }: { readonly digests: readonly string[] }): Promise<void> =>
        digests.length === 1 ? Promise.resolve() : Promise.reject(new ScraperError(code, 'as told')),
      close: () => Promise.resolve(),
    };
    const { kinds, errors } = await verifyDriver(registry.driver(), { prover });
    // that garbage collection would delete it is said as long as nothing worse is
    const found = [...kinds.filter(kind => kind !== 'GC_DELETES'), ...errors.map(error => error.code)];
    assert.deepEqual(found, told, code);
  }
});
