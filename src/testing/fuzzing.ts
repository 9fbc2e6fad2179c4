import { properties } from './properties/all.ts';
import type { Property } from './properties/property.ts';

/** A number of cases of one property, to be done in one go. */
export interface FuzzTask {
  /** Place of the property among all. */
  readonly property: number;
  readonly cases: number;
  readonly seed: number;
}

/** What came of it. */
export interface FuzzResult {
  readonly task: FuzzTask;
  /** Why the property does not hold, with the smallest case that shows it; absent if it does. */
  readonly bad?: string;
  readonly milliseconds: number;
}

/** Cases of the cheapest properties in one go: enough that handing them out costs nothing, and no lane waits for another. */
const AT_ONCE = 4000;

/** Shares out so many cases among all properties by their weights, the expensive ones first. */
export function planFuzzing(
  count: number,
  seed: number,
  all: readonly Property[] = properties,
): readonly FuzzTask[] {
  const weights = all.reduce((sum, { weight }) => sum + weight, 0);
  const shares = all.map(({ weight }) => Math.floor((count * weight) / weights));
  // what rounding left goes to the heaviest, which is the cheapest
  const heaviest = all.reduce((best, { weight }, at) => (weight > (all[best]?.weight ?? 0) ? at : best), 0);
  const left = count - shares.reduce((sum, share) => sum + share, 0);
  const tasks: FuzzTask[] = [];
  for (const [property, share] of shares.entries()) {
    const most = Math.max(1, Math.ceil((AT_ONCE * (all[property]?.weight ?? 1)) / 20));
    for (let rest = share + (property === heaviest ? left : 0); rest > 0; rest -= most)
      tasks.push({ property, cases: Math.min(rest, most), seed: (seed * 7919 + tasks.length) % 2 ** 31 });
  }
  const weightOf = ({ property }: FuzzTask): number => all[property]?.weight ?? 0;
  return tasks.sort((a, b) => weightOf(a) - weightOf(b));
}

export async function fuzz(task: FuzzTask, all: readonly Property[] = properties): Promise<FuzzResult> {
  const start = performance.now();
  const property = all[task.property];
  if (property === undefined) throw new RangeError(`there is no property ${String(task.property)}`);
  const bad = await property.hold(task.cases, task.seed).then(
    () => undefined,
    (error: unknown) =>
      `${property.name}: ${error instanceof Error ? `${error.message}\n${String(error.cause)}` : String(error)}`,
  );
  return { task, ...(bad !== undefined && { bad }), milliseconds: performance.now() - start };
}
