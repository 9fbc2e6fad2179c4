import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError } from './errors.ts';
import { sinkOutput } from './output.ts';
import { pathFor } from './registry/layout.ts';
import type { Sink } from './sink/sink.ts';
import { planFor, watched } from './testing/copy.ts';
import { buildRegistry } from './testing/registry.ts';

const registry = buildRegistry();
const image = registry.repository('app').image({ tag: '1', layers: [400, 300] });
const plan = await planFor(registry, ['app:1']);
const context = { driver: registry.driver(), signal: new AbortController().signal, observer: {} };
const options = { keepGoing: false, verifyExisting: false };

test('an output into a sink carries a plan out image by image', async () => {
  const { sink, output } = watched();
  const made = sinkOutput(sink, options);
  assert.equal(made.sink, sink);
  assert.equal(made.shape, undefined);
  const result = await made.carry(plan, context);
  assert.equal(result.copiedBytes, plan.totals.bytes);
  assert.equal(result.archive, undefined);
  const link = pathFor({ kind: 'tagLink', repository: 'app', tag: '1' });
  assert.equal(output.get(link)?.toString(), image.digest);
});

test('what cannot fit is refused before anything is written', async () => {
  const free = (bytes: number | undefined): Partial<Sink> => ({ freeBytes: () => Promise.resolve(bytes) });
  const { bytes } = plan.totals;
  const { sink, calls } = watched(free(bytes - 1));
  await assert.rejects(sinkOutput(sink, options).carry(plan, context), (error: unknown) => {
    assert.ok(isScraperError(error, 'NO_SPACE'));
    const numbers = `${String(bytes - 1)} bytes free, ${String(bytes)} are needed`;
    assert.equal(error.message, `memory has ${numbers}; nothing was written`);
    return true;
  });
  assert.deepEqual(calls, []);
  for (const enough of [bytes, undefined])
    assert.equal((await sinkOutput(watched(free(enough)).sink, options).carry(plan, context)).done.size, 1);
});

test('tags may be left as they are', async () => {
  const { sink, output } = watched();
  const result = await sinkOutput(sink, { ...options, admitTag: () => Promise.resolve(false) }).carry(
    plan,
    context,
  );
  assert.equal(result.done.size, 1);
  assert.ok([...output.keys()].every(path => !path.includes('/tags/')));
});
