import { nameOf } from './details.ts';
import type { ListDetails, ListEntry } from './entry.ts';
import { compareNames } from './order.ts';

export const sortKeys = ['name', 'size', 'created', 'pushed'] as const;

/** By what a listing is ordered: names from a to z, sizes from the largest, dates from the newest. */
export type SortKey = (typeof sortKeys)[number];

/** What has to be known of entries to order them. */
export function detailsToSort(key: SortKey): Partial<ListDetails> {
  return { name: {}, size: { summary: true }, created: { summary: true }, pushed: { pushed: true } }[key];
}

/**
 * Entries in order. By name they come in order already and pass through one by one; anything else has to be gathered first.
 * Entries that lack what is asked for come last.
 */
export async function* sorted(entries: AsyncIterable<ListEntry>, key: SortKey): AsyncGenerator<ListEntry> {
  if (key === 'name') {
    yield* entries;
    return;
  }
  const valueOf = {
    size: ({ summary }: ListEntry) => summary?.size,
    created: ({ summary }: ListEntry) => summary?.created,
    pushed: ({ pushed }: ListEntry) => pushed,
  }[key];
  const all: { readonly entry: ListEntry; readonly value: number; readonly name: string }[] = [];
  for await (const entry of entries)
    all.push({ entry, value: valueOf(entry) ?? -Infinity, name: nameOf(entry) });
  all.sort((a, b) => (a.value === b.value ? compareNames(a.name, b.name) : b.value - a.value));
  for (const { entry } of all) yield entry;
}
