import type { Observer } from '../observer.ts';
import { rateMeter } from './rate.ts';

/** How far a scrape has come, as far as its observer was told. */
export interface ProgressState {
  readonly phase: 'resolving' | 'transferring';
  /** References, while resolving. */
  readonly resolved: number;
  readonly references: number;
  /** Manifests read in looking for referrers, while resolving. */
  readonly scanned: number;
  readonly bytes: number;
  readonly totalBytes: number;
  readonly images: number;
  readonly totalImages: number;
  /** Bytes a second over the last seconds; undefined as long as too little is known. */
  readonly rate: number | undefined;
}

export interface ProgressTracker {
  readonly observer: Required<Pick<Observer, 'onResolve' | 'onScan' | 'onPlan' | 'onBytes' | 'onImage'>>;
  state(): ProgressState;
}

/**
 * @param now monotonic clock, milliseconds
 * @param rehashes whether blobs that the output has are read as well (`--verify-existing`)
 */
export function trackProgress(now: () => number, rehashes: boolean): ProgressTracker {
  let phase: ProgressState['phase'] = 'resolving';
  let resolved = 0;
  let references = 0;
  let scanned = 0;
  let bytes = 0;
  let totalBytes = 0;
  let images = 0;
  let totalImages = 0;
  const meter = rateMeter(now);

  return {
    observer: {
      onResolve(done, total) {
        resolved = done;
        references = total;
      },
      onScan(count) {
        scanned = count;
      },
      onPlan(plan) {
        phase = 'transferring';
        totalBytes = plan.totals.bytes - plan.totals.baseBytes - (rehashes ? 0 : plan.totals.presentBytes);
        totalImages = plan.images.length;
        meter.sample(bytes);
      },
      onBytes(count) {
        bytes += count;
        meter.sample(bytes);
      },
      onImage() {
        images += 1;
      },
    },
    state() {
      if (phase === 'transferring') meter.sample(bytes);
      return {
        phase,
        resolved,
        references,
        scanned,
        bytes,
        totalBytes,
        images,
        totalImages,
        rate: meter.rate(bytes),
      };
    },
  };
}
