import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { HostileCase, HostileRun } from '../testing/hostile/case.ts';
import { seededRandom } from '../testing/random.ts';
import { judgeCase } from './hostile.ts';

export interface CorpusOptions {
  readonly cases: readonly HostileCase[];
  /** A directory for the cases' own. */
  readonly scratch: string;
  readonly seed: string | number;
  /** Whether each call of the program is watched by strace. */
  readonly traced: boolean;
  /** Cases under way at once. */
  readonly lanes: number;
  /** Told of what is wrong as soon as it is found: a long run may be stopped. */
  readonly onBad?: (text: string) => void;
  /** Told after each case. */
  readonly onCase?: (done: number, name: string, milliseconds: number) => void;
}

export interface JudgedCorpus {
  readonly cases: number;
  readonly runs: number;
  readonly bad: readonly string[];
  /** The largest that any call became, bytes, and in which case. */
  readonly peak: { readonly bytes: number; readonly name: string };
}

/** Judges cases one after the other, some at once. */
export async function judgeCorpus(options: CorpusOptions): Promise<JudgedCorpus> {
  const { cases, seed, traced, onBad, onCase } = options;
  const scratch = await realpath(options.scratch);
  const left = cases.entries();
  const bad: string[] = [];
  let [done, runs] = [0, 0];
  let peak: JudgedCorpus['peak'] = { bytes: 0, name: '' };
  const lane = async (): Promise<void> => {
    for (const [number, one] of left) {
      const start = performance.now();
      // short, because the names of sockets must be
      const directory = path.join(scratch, String(number));
      await mkdir(directory);
      const judged = await judgeCase(one, { directory, seed, traced }).catch((error: unknown) => ({
        runs: 0,
        bad: [`${one.name}: it could not be tried: ${String(error)}`],
        peak: 0,
      }));
      bad.push(...judged.bad);
      for (const text of judged.bad) onBad?.(text);
      runs += judged.runs;
      if (judged.peak > peak.bytes) peak = { bytes: judged.peak, name: one.name };
      done += 1;
      onCase?.(done, one.name, performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, lane));
  return { cases: done, runs, bad, peak };
}

/**
 * So many calls of the program on cases that this user can make, drawn by the seed and in its order: one of each case first,
 * then further ones of theirs, as long as there are any.
 */
export function drawCalls(
  all: readonly HostileCase[],
  count: number,
  seed: string | number,
): readonly HostileCase[] {
  const isRoot = process.geteuid?.() === 0;
  const random = seededRandom(`which calls ${String(seed)}`);
  const shuffled = <T>(items: readonly T[]): T[] =>
    items
      .map(item => ({ item, rank: random.integer(2 ** 32) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ item }) => item);
  const cases = shuffled(all.filter(one => one.root !== true || isRoot));
  const drawn = new Map(cases.map(one => [one, shuffled(one.runs)]));
  const firsts = cases.flatMap(one => (drawn.get(one) ?? []).slice(0, 1).map(run => ({ one, run })));
  const others = shuffled(cases.flatMap(one => (drawn.get(one) ?? []).slice(1).map(run => ({ one, run }))));
  const chosen = new Map<HostileCase, HostileRun[]>();
  for (const { one, run } of [...firsts, ...others].slice(0, count))
    chosen.set(one, [...(chosen.get(one) ?? []), run]);
  return [...chosen].map(([one, runs]) => ({ ...one, runs }));
}
