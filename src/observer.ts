import type { Warning } from './errors.ts';
import type { Plan, PlannedImage } from './plan.ts';

/** How progress leaves the core, which itself never prints. Every method is optional and must return quickly. */
export interface Observer {
  /** References resolved so far, of how many. */
  onResolve?(done: number, total: number): void;
  /** Manifests read so far in looking for referrers, of all repositories together. */
  onScan?(count: number): void;
  onWarning?(warning: Warning): void;
  /** The plan is made; bytes follow, unless this is a dry run. */
  onPlan?(plan: Plan): void;
  /** `count` more bytes were proved: copied, linked, or re-read because `--verify-existing` asked for it. */
  onBytes?(count: number): void;
  /** The image is complete in the output. */
  onImage?(image: PlannedImage): void;
}
