import { availableParallelism } from 'node:os';
import { drawCalls, judgeCorpus } from '../../src/end-to-end/corpus.ts';
import { hostileCases } from '../../src/testing/hostile/all.ts';
import { requirements } from '../../src/testing/requirements.ts';
import type { Ordeal } from './ordeal.ts';

/** Every how many cases whoever waits is told. */
const TELL = 100;

/** The program meets everything that was made to do harm, and strace watches what it touches. */
export const hostile: Ordeal = {
  /** Every case at least once; each seed shows the cases to other commands, and 4000 is more than there are. */
  full: hostileCases.length,
  async run({ count, seed, scratch, log }) {
    const cases = drawCalls(hostileCases, count, seed);
    const untraced = requirements(['linux', 'strace'], {});
    const { runs, bad, peak } = await judgeCorpus({
      ...{ cases, scratch, seed, traced: untraced === false, lanes: availableParallelism() },
      onBad: text => log(`BAD ${text}`),
      onCase: done => {
        if (done % TELL === 0) log(`${String(done)} of ${String(cases.length)} cases`);
      },
    });
    const notes = [
      `${String(cases.length)} of ${String(hostileCases.length)} cases`,
      `at most ${String(Math.ceil(peak.bytes / 2 ** 20))} MiB (${peak.name})`,
      ...(untraced === false ? [] : [`not watched by strace: ${untraced}`]),
    ];
    return { done: runs, bad, notes };
  },
};
