import type { HostileRun } from './case.ts';

/** What is expected of a call. */
export interface Expected {
  readonly codes: readonly number[];
  readonly says?: RegExp;
}

const whole = (argv: readonly string[], more: Partial<HostileRun>, expected: Expected): HostileRun => ({
  argv,
  reads: ['data'],
  writes: [],
  ...more,
  ...expected,
});

/** A scrape of `data` into the directory `out`. */
export function scrapes(references: readonly string[], expected: Expected): HostileRun {
  return whole([...references, '-d', 'data', '-o', 'out'], { writes: ['out'] }, expected);
}

/** A scrape of all that is sound in `data`. */
export function salvages(expected: Expected): HostileRun {
  return whole(['**:*', '--keep-going', '-d', 'data', '-o', 'out'], { writes: ['out'] }, expected);
}

/** A scrape of `data` into the archive `out.tar`. */
export function packs(references: readonly string[], expected: Expected): HostileRun {
  return whole([...references, '-d', 'data', '-o', 'out.tar'], { writes: ['out.tar'] }, expected);
}

export function lists(expected: Expected, ...patterns: readonly string[]): HostileRun {
  return whole(['ls', '-l', ...patterns, '-d', 'data'], {}, expected);
}

export function inspects(reference: string, expected: Expected): HostileRun {
  return whole(['inspect', reference, '-d', 'data', '--verbose'], {}, expected);
}

/** The same as JSON. */
export function documents(reference: string, expected: Expected): HostileRun {
  return whole(['inspect', reference, '-d', 'data', '--json'], {}, expected);
}

export function verifies(expected: Expected, target = 'data'): HostileRun {
  return whole(['verify', target], { reads: [target] }, expected);
}

/** An inventory of `data`. */
export function takesInventory(expected: Expected): HostileRun {
  return whole(['inventory', '-d', 'data', '-o', 'site.inv'], { writes: ['site.inv'] }, expected);
}

/** A comparison of two places. */
export function compares(a: string, b: string, expected: Expected): HostileRun {
  return whole(['diff', a, b], { reads: [a, b] }, expected);
}

/** An apply of an archive or a directory into `site`. */
export function applies(source: string, expected: Expected, ...flags: readonly string[]): HostileRun {
  const argv = ['apply', source, '-d', 'site', '--no-fsync', ...flags];
  return whole(argv, { reads: [source], writes: ['site'] }, expected);
}

/** A plan of references that stand on the command line or in lists, with nothing written. */
export function plans(
  argv: readonly string[],
  expected: Expected,
  reads: readonly string[] = [],
): HostileRun {
  return whole([...argv, '-d', 'data', '-n'], { reads: ['data', ...reads] }, expected);
}
