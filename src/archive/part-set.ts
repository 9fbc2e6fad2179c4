import { basename } from 'node:path';
import { ScraperError } from '../errors.ts';
import { partName, sumsName } from './parts.ts';
import type { StoredFile } from './stored.ts';

/** What is known of the parts of one archive. */
export interface PartSet {
  /** The archive's path, without a number. */
  readonly base: string;
  /** The parts that are there, by number. */
  readonly found: ReadonlyMap<number, StoredFile>;
  /** Numbers that the sums file has; undefined without a sums file, or when it has no parts. */
  readonly listed?: ReadonlySet<number> | undefined;
}

/**
 * The parts in their order.
 * @throws ScraperError `PART_MISSING` naming each one that is not there, `PART_INVALID` naming each one whose size does not
 *   fit, or that does not belong to the others
 */
export function orderParts({ base, found, listed }: PartSet): StoredFile[] {
  const last = Math.max(...found.keys(), ...(listed ?? []));
  const missing: number[] = [];
  for (let number = 1; number <= last && missing.length <= MOST_NAMED; number++) {
    if (!found.has(number)) missing.push(number);
  }
  if (missing.length > 0) throw partsMissing(base, missing, last);
  const foreign = listed === undefined ? [] : [...found.keys()].filter(number => !listed.has(number));
  if (foreign.length > 0) throw partsForeign(base, foreign);
  const parts = [...found].toSorted(([a], [b]) => a - b).map(([, part]) => part);
  checkSizes(base, parts);
  return parts;
}

/** Names given at most in one message. */
const MOST_NAMED = 20;

function named(base: string, numbers: readonly number[]): string {
  const names = numbers.slice(0, MOST_NAMED).map(number => partName(basename(base), number));
  return `${names.join(', ')}${numbers.length > MOST_NAMED ? ' and more' : ''}`;
}

function partsMissing(base: string, missing: readonly number[], last: number): ScraperError {
  const parts = missing.length === 1 ? 'a part is' : 'parts are';
  return new ScraperError(
    'PART_MISSING',
    `cannot read ${base}: ${parts} missing: ${named(base, missing)} (of ${last})`,
    {
      path: partName(base, missing[0] ?? 1),
      hint: 'put all parts into one directory; --only-part NUMBER with the same command makes a lost one again',
    },
  );
}

function partsForeign(base: string, foreign: readonly number[]): ScraperError {
  return new ScraperError(
    'PART_INVALID',
    `cannot read ${base}: ${sumsName(basename(base))} does not list ${named(base, foreign)}`,
    {
      path: partName(base, foreign[0] ?? 1),
      hint: 'it seems to be left from another archive of that name: move it away, or fetch the sums file again',
    },
  );
}

/** All parts are of one size, but for the last, which has what remained. */
function checkSizes(base: string, parts: readonly StoredFile[]): void {
  const usual = usualSize(parts.slice(0, -1)) ?? Infinity;
  const odd = parts.flatMap(({ size }, index) => {
    const fits = index === parts.length - 1 ? size > 0 && size <= usual : size === usual;
    return fits ? [] : [index + 1];
  });
  if (odd.length === 0) return;
  const sizes = odd.slice(0, MOST_NAMED).map(number => parts[number - 1]?.size ?? 0);
  const expected = usual === Infinity ? 'some bytes' : `${usual} bytes, the last at most as many`;
  throw new ScraperError(
    'PART_INVALID',
    `cannot read ${base}: parts have the wrong size: expected ${expected}; found ${sizes.join(', ')} in ${named(base, odd)}`,
    {
      path: partName(base, odd[0] ?? 1),
      hint: `fetch them again, all from one archive; sha256sum -c ${sumsName(basename(base))} tells which are bad`,
    },
  );
}

/** The size that most have; the first of them when there is no such thing. */
function usualSize(parts: readonly StoredFile[]): number | undefined {
  const counts = new Map<number, number>();
  for (const { size } of parts) counts.set(size, (counts.get(size) ?? 0) + 1);
  let usual: number | undefined;
  for (const [size, count] of counts) if (count > (counts.get(usual ?? NaN) ?? 0)) usual = size;
  return usual;
}
