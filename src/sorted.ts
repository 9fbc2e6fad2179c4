/**
 * A sorted copy, by a text that is another for each item. By code units, as registries sort, and so the same in every locale.
 * @param textOf of what each is called
 */
export function sortedBy<Item>(items: Iterable<Item>, textOf: (item: Item) => string): Item[] {
  return [...items].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}
