/**
 * Puts what comes one after the other into groups, for work that costs something for each group. The first group is there
 * with the first item, so that nobody waits for it; those after it grow until the cost is spread thin.
 * @param weigh how much an item counts
 * @param most what a full group weighs
 */
export async function* growingGroups<T>(
  items: AsyncIterable<T>,
  weigh: (item: T) => number,
  most: number,
): AsyncGenerator<readonly T[]> {
  let group: T[] = [];
  let weight = 0;
  let goal = 1;
  for await (const item of items) {
    group.push(item);
    weight += weigh(item);
    if (weight < goal) continue;
    yield group;
    [group, weight, goal] = [[], 0, Math.min(goal * 2, most)];
  }
  if (group.length > 0) yield group;
}
