import type { Observer } from '../observer.ts';

/** How far a scrape has come, as far as its observer was told. */
export interface ProgressState {
  readonly phase: 'resolving' | 'transferring';
  /** References, while resolving. */
  readonly resolved: number;
  readonly references: number;
  readonly bytes: number;
  readonly totalBytes: number;
  readonly images: number;
  readonly totalImages: number;
  /** Bytes a second over the last seconds; undefined as long as too little is known. */
  readonly rate: number | undefined;
}

export interface ProgressTracker {
  readonly observer: Required<Pick<Observer, 'onResolve' | 'onPlan' | 'onBytes' | 'onImage'>>;
  state(): ProgressState;
}

interface Sample {
  readonly time: number;
  readonly bytes: number;
}

/** The rate is measured over this window, milliseconds: long enough to be calm, short enough to follow a change of disk. */
const WINDOW = 8000;
const SAMPLE_EVERY = 250;
const LEAST_TIME = 500;

/**
 * @param now monotonic clock, milliseconds
 * @param rehashes whether blobs that the output has are read as well (`--verify-existing`)
 */
export function trackProgress(now: () => number, rehashes: boolean): ProgressTracker {
  let phase: ProgressState['phase'] = 'resolving';
  let resolved = 0;
  let references = 0;
  let bytes = 0;
  let totalBytes = 0;
  let images = 0;
  let totalImages = 0;
  let samples: Sample[] = [];

  function sample(): void {
    const time = now();
    const last = samples.at(-1);
    if (last !== undefined && time - last.time < SAMPLE_EVERY) return;
    samples.push({ time, bytes });
    // The last sample before the window stays: what came since then has come at that rate.
    const inside = samples.findIndex(old => time - old.time <= WINDOW);
    samples = samples.slice(Math.max(0, inside - 1));
  }

  function rate(): number | undefined {
    const first = samples[0];
    if (first === undefined) return undefined;
    const time = now() - first.time;
    return time < LEAST_TIME ? undefined : ((bytes - first.bytes) * 1000) / time;
  }

  return {
    observer: {
      onResolve(done, total) {
        resolved = done;
        references = total;
      },
      onPlan(plan) {
        phase = 'transferring';
        totalBytes = plan.totals.bytes - (rehashes ? 0 : plan.totals.presentBytes);
        totalImages = plan.images.length;
        sample();
      },
      onBytes(count) {
        bytes += count;
        sample();
      },
      onImage() {
        images += 1;
      },
    },
    state() {
      if (phase === 'transferring') sample();
      return { phase, resolved, references, bytes, totalBytes, images, totalImages, rate: rate() };
    },
  };
}
