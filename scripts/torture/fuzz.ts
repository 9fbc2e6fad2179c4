import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { planFuzzing, type FuzzResult } from '../../src/testing/fuzzing.ts';
import { properties } from '../../src/testing/properties/all.ts';
import type { Ordeal } from './ordeal.ts';

/** Milliseconds after which whoever waits is told again. */
const TELL = 30_000;

/** The properties that `npm test` tries some hundred times each, a million times over all of them. */
export const fuzz: Ordeal = {
  full: 1_000_000,
  async run({ count, seed, log }) {
    const tasks = planFuzzing(count, seed);
    const left = tasks.values();
    const bad: string[] = [];
    const spent = properties.map(() => ({ cases: 0, milliseconds: 0 }));
    let [done, told] = [0, performance.now()];
    const lane = async (): Promise<void> => {
      const worker = new Worker(new URL('fuzz-worker.ts', import.meta.url));
      for (const task of left) {
        worker.postMessage(task);
        const [result] = (await once(worker, 'message')) as [FuzzResult];
        if (result.bad !== undefined) bad.push(result.bad);
        const sum = spent[task.property];
        if (sum) sum.cases += task.cases;
        if (sum) sum.milliseconds += result.milliseconds;
        done += task.cases;
        if (performance.now() - told < TELL) continue;
        told = performance.now();
        log(`${String(done)} of ${String(count)} cases`);
      }
      await worker.terminate();
    };
    await Promise.all(Array.from({ length: availableParallelism() }, lane));
    const notes = properties.map(({ name }, at) => {
      const { cases, milliseconds } = spent[at] ?? { cases: 0, milliseconds: 0 };
      return `${String(cases)} cases in ${(milliseconds / 1000).toFixed(1)} s: ${name}`;
    });
    return { done, bad, notes };
  },
};
