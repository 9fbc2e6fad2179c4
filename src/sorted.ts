/**
 * A sorted copy, by code units and so the same in every locale.
 * @param textOf a text that is another for each item
 */
export function sortedBy<Item>(items: Iterable<Item>, textOf: (item: Item) => string): Item[] {
  return [...items].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}
