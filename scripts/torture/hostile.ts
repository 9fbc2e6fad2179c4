import { availableParallelism } from 'node:os';
import { drawCases, judgeCorpus } from '../../src/end-to-end/corpus.ts';
import { hostileCases } from '../../src/testing/hostile/all.ts';
import { requirements } from '../../src/testing/requirements.ts';
import type { Ordeal } from './ordeal.ts';

/** Every how many cases whoever waits is told. */
const TELL = 100;

/** The program meets everything that was made to do harm, and strace watches what it touches. */
export const hostile: Ordeal = {
  full: hostileCases.length,
  async run({ count, seed, scratch, log }) {
    const cases = drawCases(hostileCases, count, seed);
    const untraced = requirements(['linux', 'strace'], {});
    const { runs, bad, peak } = await judgeCorpus({
      ...{ cases, scratch, seed, traced: untraced === false, lanes: availableParallelism() },
      onCase: done => {
        if (done % TELL === 0) log(`${String(done)} of ${String(cases.length)} cases`);
      },
    });
    const notes = [
      `${String(runs)} calls of the program, at most ${String(Math.ceil(peak.bytes / 2 ** 20))} MiB (${peak.name})`,
      ...(cases.length < count ? [`${String(count - cases.length)} cases can only be made by root`] : []),
      ...(untraced === false ? [] : [`not watched by strace: ${untraced}`]),
    ];
    return { done: cases.length, bad, notes };
  },
};
