import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BundleBlob } from '../bundle/manifest.ts';
import { isScraperError } from '../errors.ts';
import { pathFor } from '../registry/layout.ts';
import { memorySink, type MemoryOutput } from '../sink/memory.ts';
import { digestFor } from '../testing/inventory.ts';
import { checkBase } from './contents.ts';

const blobs: readonly BundleBlob[] = Array.from({ length: 8 }, (_, at) => ({
  digest: digestFor(at),
  size: 10 + at,
}));

function having(some: readonly BundleBlob[]): MemoryOutput {
  return new Map(some.map(({ digest, size }) => [pathFor({ kind: 'blob', digest }), Buffer.alloc(size)]));
}

test('a base that is there is enough, and so is none where none is needed', async () => {
  await checkBase(memorySink(having(blobs)), blobs.slice(2));
  await checkBase(memorySink(new Map()), []);
});

test('what is missing is named and summed up, and what has another size is missing', async () => {
  const [first, second] = blobs;
  assert.ok(first && second);
  const target = having(blobs.slice(1));
  target.set(pathFor({ kind: 'blob', digest: second.digest }), Buffer.alloc(3));
  await assert.rejects(checkBase(memorySink(target, { name: '/srv/registry' }), blobs), (error: unknown) => {
    assert.ok(isScraperError(error, 'BASE_INCOMPLETE'));
    const names = `${first.digest}, ${second.digest}`;
    assert.equal(
      error.message,
      `this delta counts on 8 blobs that /srv/registry should have; it lacks 2 of them (21 bytes): ${names}; nothing was written`,
    );
    assert.match(error.details.hint ?? '', /inventory .* --base/);
    return true;
  });
});

test('of very many the first are named and the others counted', async () => {
  const message = await checkBase(memorySink(new Map()), blobs).catch(String);
  assert.ok(typeof message === 'string');
  assert.equal(message.match(/sha256:/g)?.length, 5);
  assert.match(message, / and 3 more; nothing was written$/);
});
