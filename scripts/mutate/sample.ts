import { seededRandom } from '../../src/testing/random.ts';

/** `count` of the items, drawn by chance and left in their order; all of them when there are no more. */
export function sample<T>(items: readonly T[], count: number, seed: number): readonly T[] {
  const random = seededRandom(`mutate ${String(seed)}`);
  const drawn = items.map((item, at) => ({ item, at, lot: random.integer(2 ** 32) }));
  return drawn
    .sort((a, b) => a.lot - b.lot || a.at - b.at)
    .slice(0, count)
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
