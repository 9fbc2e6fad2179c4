import pMap from 'p-map';
import type { ScraperError } from '../errors.ts';
import type { Excluder } from './exclude.ts';
import type { Found, Match } from './search.ts';
import type { Refusal, TagFilter } from './filters.ts';
import { newestTags, type Lost, type NewestOptions } from './newest.ts';

/** Why a tag that a pattern found is left out. */
export type Fate = 'excluded' | Refusal | Lost;

/** A tag that a pattern found and nothing took away. */
export interface Kept extends Found {
  /** Beside which patterns found it. */
  readonly reasons: readonly string[];
}

export interface Narrowed {
  readonly kept: readonly Kept[];
  /** For each match, what became of its tags that were left out. */
  readonly left: ReadonlyMap<Match, ReadonlyMap<Fate, number>>;
  readonly errors: readonly ScraperError[];
}

/** Repositories whose newest tags are looked for at once; each may read many tags at once itself. */
const CONCURRENCY = 4;

export interface NarrowOptions {
  readonly exclude: Excluder;
  readonly filter: TagFilter;
  readonly newest?: NewestOptions;
  readonly signal: AbortSignal;
}

/** Applies exclusions, then the tag filters, then newest to what patterns found. */
export async function narrow(found: readonly Found[], options: NarrowOptions): Promise<Narrowed> {
  const { exclude, filter, newest, signal } = options;
  const left = new Map<Match, Map<Fate, number>>();
  const leave = ({ matches }: Found, fate: Fate): void => {
    for (const match of matches) {
      const counts = left.get(match) ?? new Map<Fate, number>();
      left.set(match, counts.set(fate, (counts.get(fate) ?? 0) + 1));
    }
  };
  const included: Found[] = [];
  for (const image of found) {
    if ((await exclude(image)).length > 0) leave(image, 'excluded');
    else included.push(image);
  }
  const refused = filter.refuse(included.map(({ tag }) => tag));
  const remaining: Found[] = [];
  for (const image of included) {
    const refusal = refused.get(image.tag);
    if (refusal === undefined) remaining.push(image);
    else leave(image, refusal);
  }
  if (newest === undefined) {
    const kept = remaining.map(image => ({ ...image, reasons: filter.reasons }));
    return { kept, left, errors: [] };
  }

  const kept: Kept[] = [];
  const errors: ScraperError[] = [];
  const choose = async (images: readonly Found[]): Promise<void> => {
    const byTag = new Map(images.map(image => [image.tag, image]));
    const [{ repository } = { repository: '' }] = images;
    const chosen = await newestTags(repository, [...byTag.keys()], newest);
    errors.push(...chosen.errors);
    const among = `newest ${String(newest.count)} of ${String(images.length)} by ${chosen.by}`;
    for (const [tag, image] of byTag) {
      const lost = chosen.lost.get(tag);
      if (lost === undefined) kept.push({ ...image, reasons: [...filter.reasons, among] });
      else leave(image, lost);
    }
  };
  const byRepository = Map.groupBy(remaining, ({ repository }) => repository);
  await pMap(byRepository.values(), choose, { concurrency: CONCURRENCY, signal });
  return { kept, left, errors };
}
