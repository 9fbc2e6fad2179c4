import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readFailure } from './failures.ts';
import { parsePartName, parseSums, type SumLine } from './parts.ts';
import { ScraperError } from '../errors.ts';
import { errnoOf } from '../storage/errno.ts';

/** Most bytes of a sums file: a hundred thousand parts. */
const MAX_SUMS = 16 * 1024 * 1024;

/** A sums file that was read. */
export interface Sums {
  /** Its path. */
  readonly place: string;
  readonly lines: readonly SumLine[];
}

/**
 * @returns undefined when there is no such file
 * @throws ScraperError `PART_INVALID` when it is no sums file, `ACCESS_DENIED`, `IO_ERROR`
 */
export async function readSums(place: string): Promise<Sums | undefined> {
  try {
    const file = await open(place);
    try {
      const { size } = await file.stat();
      if (size > MAX_SUMS) throw tooLong(place, size);
      return { place, lines: parseSums(await file.readFile('utf8'), place) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw readFailure(error, place);
  }
}

function tooLong(place: string, size: number): ScraperError {
  return new ScraperError(
    'PART_INVALID',
    `${place} has ${size} bytes, a sums file of at most ${MAX_SUMS} bytes was expected`,
    { path: place },
  );
}

/** Numbers of the parts of `base` in a sums file; undefined when it lists none. */
export function listedParts(sums: Sums | undefined, base: string): ReadonlySet<number> | undefined {
  const numbers = (sums?.lines ?? []).flatMap(({ name }) => {
    const part = parsePartName(name);
    return part?.name === basename(base) ? [part.number] : [];
  });
  return numbers.length === 0 ? undefined : new Set(numbers);
}

/**
 * Path of the one archive that a sums file is about.
 * @throws ScraperError `PART_INVALID` when it is about none or several
 */
export function archiveOf({ place, lines }: Sums): string {
  const names = new Set(lines.map(({ name }) => parsePartName(name)?.name ?? name));
  const [name] = names;
  if (name !== undefined && names.size === 1) return join(dirname(place), name);
  const found = names.size === 0 ? 'nothing' : `${names.size} archives`;
  throw new ScraperError('PART_INVALID', `${place} lists ${found}, one archive or its parts were expected`, {
    path: place,
    hint: 'name the archive itself, or one of its parts',
  });
}
