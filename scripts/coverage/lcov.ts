/** How much of one file, or of several, was run. */
export interface Counts {
  readonly lines: number;
  readonly linesRun: number;
  readonly branches: number;
  readonly branchesRun: number;
}

export interface FileCounts extends Counts {
  readonly file: string;
  /** Lines that were not run, from 1. */
  readonly idle: readonly number[];
}

/** Reads what Node's `lcov` reporter writes (geninfo's tracefile format: SF, DA, BRF, BRH, LF, LH, end_of_record). */
export function parseLcov(text: string): readonly FileCounts[] {
  return text
    .split(/^end_of_record$/m)
    .map(record => {
      const values = (key: string): readonly string[] =>
        [...record.matchAll(new RegExp(`^${key}:(.*)$`, 'gm'))].map(match => match[1] ?? '');
      const count = (key: string): number => Number(values(key)[0] ?? 0);
      const idle = values('DA')
        .map(value => value.split(',').map(Number))
        .flatMap(([line = 0, runs]) => (runs === 0 ? [line] : []));
      return {
        file: values('SF')[0] ?? '',
        lines: count('LF'),
        linesRun: count('LH'),
        branches: count('BRF'),
        branchesRun: count('BRH'),
        idle,
      };
    })
    .filter(({ file }) => file !== '');
}

export function total(counts: readonly Counts[]): Counts {
  const sum = (key: keyof Counts): number => counts.reduce((all, one) => all + one[key], 0);
  return {
    lines: sum('lines'),
    linesRun: sum('linesRun'),
    branches: sum('branches'),
    branchesRun: sum('branchesRun'),
  };
}

/** In percent; of nothing all was run. */
export function percent(run: number, all: number): number {
  return all === 0 ? 100 : (100 * run) / all;
}

/** `3-5, 9`. */
export function ranges(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([from, to]) => (from === to ? String(from) : `${String(from)}-${String(to)}`)).join(', ');
}
