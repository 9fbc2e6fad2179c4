import type { Asked, Named } from './entries.ts';
import type { Excludable } from './exclude.ts';
import type { Kept } from './narrow.ts';
import type { Chosen } from './selection.ts';
import { compareText, sortTags } from './version.ts';

/** A named reference with the repository that it leads to, as far as that was found. */
export interface Located extends Named, Excludable {}

interface Item {
  readonly asked: Asked;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  readonly reference: string;
  readonly exact: boolean;
  readonly reasons: readonly string[];
}

/**
 * Puts together what was named and what was found: in the order of the entries, what one pattern found by repository and
 * tag. What came up twice stands where it came up first, with all the reasons; if it was named exactly at all, it counts
 * as named, and a digest that was given is kept.
 */
export function merge(named: readonly Located[], kept: readonly Kept[]): readonly Chosen[] {
  const items: Item[] = [...named.map(namedItem), ...sorted(kept).flatMap(foundItems)];
  items.sort((a, b) => a.asked.position - b.asked.position);
  const merged = new Map<string, Item>();
  for (const item of items) {
    const key = keyFor(item, merged);
    const before = merged.get(key);
    merged.set(key, before ? both(before, item) : item);
  }
  return Array.from(merged.values(), ({ asked: { entry }, reference, exact, reasons }) => ({
    requested: entry.text,
    reference,
    exact,
    reasons,
    ...(entry.origin && { origin: entry.origin }),
  }));
}

function namedItem({ position, entry, reference, repository }: Located): Item {
  const { text, tag, digest } = reference;
  const asked = { position, entry };
  const reasons = [text === entry.text ? 'named exactly' : `named by ${entry.text}`];
  return { asked, repository, tag, digest, reference: text, exact: true, reasons };
}

/** One for each pattern that found it. */
function foundItems({ repository, tag, matches, reasons }: Kept): readonly Item[] {
  return matches.map(({ searched: asked }) => ({
    ...{ asked, repository, tag, digest: undefined, reference: `${repository}:${tag}`, exact: false },
    reasons: [`matches ${asked.entry.text}`, ...reasons],
  }));
}

function sorted(kept: readonly Kept[]): readonly Kept[] {
  const byRepository = Map.groupBy(kept, ({ repository }) => repository);
  return [...byRepository.keys()].sort(compareText).flatMap(repository => {
    const byTag = new Map(byRepository.get(repository)?.map(image => [image.tag, image]));
    return sortTags(byTag.keys()).flatMap(tag => byTag.get(tag) ?? []);
  });
}

/** A tag that was asked for with two digests is two wishes, of which at most one can be true. */
function keyFor({ repository, tag, digest }: Item, merged: ReadonlyMap<string, Item>): string {
  if (tag === undefined) return `${repository}@${digest ?? ''}`;
  const key = `${repository}:${tag}`;
  const before = merged.get(key)?.digest;
  return digest === undefined || before === undefined || before === digest ? key : `${key}@${digest}`;
}

function both(first: Item, second: Item): Item {
  const secondSaysMore =
    (second.exact && !first.exact) || (second.digest !== undefined && first.digest === undefined);
  const { asked, reference, exact, digest } = secondSaysMore ? second : first;
  const reasons = [...new Set([...first.reasons, ...second.reasons])];
  return { ...first, asked, reference, exact, digest, reasons };
}
