import { faultScenes } from '../../src/end-to-end/fault-scenes.ts';
import { faults } from '../../src/end-to-end/faults.ts';
import { missingRequirements } from '../../src/testing/requirements.ts';
import type { Ordeal } from './ordeal.ts';

/** Every system call of the program fails once, as far as the count goes: about 600 in ten minutes. */
export const faultsOrdeal: Ordeal = {
  full: 1000,
  async run({ count, seed, scratch, log }) {
    const missing = missingRequirements(['linux', 'strace']);
    if (missing.length > 0)
      return { done: 0, bad: [`not done: needs ${missing.map(one => one.explain).join(', ')}`], notes: [] };
    const outcome = await faults({ scenes: faultScenes, count, seed, scratch, lanes: 2, log });
    const notes = [...outcome.tallies].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      done: outcome.done,
      bad: outcome.bad,
      notes: [
        `${String(outcome.known)} faults are known: every call of every scene with every error`,
        ...notes.map(([what, times]) => `${what}: ${String(times)}`),
      ],
    };
  },
};
