/** How fast bytes come. */
export interface RateMeter {
  /** Notes how many bytes there are by now. */
  sample(bytes: number): void;
  /** Bytes a second over the last seconds; undefined as long as too little is known. */
  rate(bytes: number): number | undefined;
}

interface Sample {
  readonly time: number;
  readonly bytes: number;
}

/** The rate is measured over this window, milliseconds: long enough to be calm, short enough to follow a change of disk. */
const WINDOW = 8000;
const SAMPLE_EVERY = 250;
const LEAST_TIME = 500;

/** @param now monotonic clock, milliseconds */
export function rateMeter(now: () => number): RateMeter {
  let samples: Sample[] = [];
  return {
    sample(bytes) {
      const time = now();
      const last = samples.at(-1);
      if (last !== undefined && time - last.time < SAMPLE_EVERY) return;
      samples.push({ time, bytes });
      // The last sample before the window stays: what came since then has come at that rate.
      const inside = samples.findIndex(old => time - old.time <= WINDOW);
      samples = samples.slice(Math.max(0, inside - 1));
    },
    rate(bytes) {
      const first = samples[0];
      if (first === undefined) return undefined;
      const time = now() - first.time;
      return time < LEAST_TIME ? undefined : ((bytes - first.bytes) * 1000) / time;
    },
  };
}
