import { copyPlan, type CopyOptions, type CopyResult } from './copy.ts';
import type { ScraperError, Warning } from './errors.ts';
import type { Observer } from './observer.ts';
import type { Plan, PlannedImage } from './plan.ts';
import { checkSpace } from './prepare.ts';
import type { Sink } from './sink/sink.ts';
import type { StorageDriver } from './storage/driver.ts';

export interface CarryContext {
  /** Where the bytes are. */
  readonly driver: StorageDriver;
  readonly signal: AbortSignal;
  readonly observer: Observer;
}

/** A plan as an output takes it that is laid out otherwise than a registry. */
export interface ShapedPlan {
  /** Without the images that it cannot hold. */
  readonly plan: Plan;
  /** What it cannot hold of the others. */
  readonly notes: readonly Warning[];
  /** Images of the plan it was made from. */
  readonly failed: ReadonlyMap<PlannedImage, ScraperError>;
}

/** Where a plan ends up: a directory, an archive, a stream. */
export interface Output {
  /** What may be there already; absent where everything is written anew. */
  readonly sink?: Sink;
  /** Only on outputs that take another plan than a registry does: what is carried out is what this gives. Writes nothing. */
  shape?(plan: Plan, context: CarryContext): Promise<ShapedPlan>;
  /**
   * Carries a plan out.
   * @throws ScraperError where nothing at all was written
   */
  carry(plan: Plan, context: CarryContext): Promise<CopyResult>;
}

/** An output that is written image by image, and may hold some of them already. */
export function sinkOutput(
  sink: Sink,
  options: Pick<CopyOptions, 'keepGoing' | 'verifyExisting' | 'admitTag'>,
): Output {
  return {
    sink,
    async carry(plan, context) {
      await checkSpace(sink, plan);
      return copyPlan({ ...options, ...context, sink, plan });
    },
  };
}
