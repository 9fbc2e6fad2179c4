import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError, ScraperError, type ErrorCode, type Warning } from '../errors.ts';
import { emptyDigest } from '../oci/digest.ts';
import { readFallbackTags } from './fallback.ts';
import { memorySink } from './memory.ts';
import type { Sink } from './sink.ts';

/** Reads a fallback tag of an output whose index cannot be read. */
async function readFailing(code: ErrorCode): Promise<{ warnings: readonly Warning[]; damaged: number }> {
  const sink: Sink = {
    ...memorySink(new Map()),
    readLink: () => Promise.resolve(emptyDigest),
    read: () => Promise.reject(new ScraperError(code, 'cannot be read')),
  };
  const tag = { repository: 'app', tag: emptyDigest.replace(':', '-'), entries: new Map() };
  const warnings: Warning[] = [];
  const { damaged } = await readFallbackTags(sink, [tag], warning => warnings.push(warning));
  return { warnings, damaged: damaged.size };
}

test('an index that is damaged counts as not there; one that cannot be read at the moment may be whole', async () => {
  const { warnings, damaged } = await readFailing('MANIFEST_INVALID');
  assert.deepEqual([warnings.map(({ code }) => code), damaged], [['FALLBACK_TAG_DAMAGED'], 1]);
  for (const code of ['IO_ERROR', 'ACCESS_DENIED'] as const)
    await assert.rejects(readFailing(code), error => isScraperError(error, code));
});
