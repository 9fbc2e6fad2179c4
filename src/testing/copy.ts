import assert from 'node:assert/strict';
import { copyPlan, type CopyOptions, type CopyResult } from '../copy.ts';
import type { Plan } from '../plan.ts';
import { memorySink, type MemoryOutput } from '../sink/memory.ts';
import type { Sink, UnverifiedBlob } from '../sink/sink.ts';
import type { RegistryBuilder } from './registry.ts';
import { scrapeTree } from './scrape.ts';

/** What a scrape of these references into this output would carry out. */
export async function planFor(
  registry: RegistryBuilder,
  references: readonly string[],
  output?: MemoryOutput,
): Promise<Plan> {
  const plans: Plan[] = [];
  const observer = { onPlan: (plan: Plan) => plans.push(plan) };
  await scrapeTree(registry, references, { dryRun: true, observer, ...(output && { output }) });
  const [plan] = plans;
  assert.ok(plan);
  return plan;
}

export interface Watched {
  readonly sink: Sink;
  readonly output: MemoryOutput;
  /** What was called, in order. */
  readonly calls: string[];
}

/** A memory sink that takes one blob after the other and remembers what it was asked to do. */
export function watched(changes: Partial<Sink> = {}, output: MemoryOutput = new Map()): Watched {
  const calls: string[] = [];
  const inner = { ...memorySink(output), inFlight: 1, ...changes };
  const sink: Sink = {
    ...inner,
    open: session => (calls.push('open'), inner.open(session)),
    writeBlob: blob => (calls.push(`write ${String(blob.digests[0])}`), inner.writeBlob(blob)),
    verify: blob => (calls.push(`verify ${String(blob.digests[0])}`), inner.verify(blob)),
    publish: (directories, files) => {
      calls.push(...files.map(({ path }) => `publish ${path}`));
      return inner.publish(directories, files);
    },
    close: () => (calls.push('close'), inner.close()),
  };
  return { sink, output, calls };
}

/** Carries a plan out with a plain call's settings. */
export function copy(
  registry: RegistryBuilder,
  plan: Plan,
  sink: Sink,
  more: Partial<CopyOptions> = {},
): Promise<CopyResult> {
  const usual = {
    keepGoing: false,
    verifyExisting: false,
    signal: new AbortController().signal,
    observer: {},
  };
  return copyPlan({ plan, sink, driver: registry.driver(), ...usual, ...more });
}

/** Fails the blob of this size, and proves the others. */
export function failing(size: number, error: unknown): Partial<Sink> & { output: MemoryOutput } {
  const output: MemoryOutput = new Map();
  const inner = memorySink(output);
  const writeBlob = (blob: UnverifiedBlob): ReturnType<Sink['writeBlob']> =>
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    blob.size === size ? Promise.reject(error) : inner.writeBlob(blob);
  return { ...inner, inFlight: 1, writeBlob, output };
}
