/**
 * A ring of blocks of memory that a thread fills and this program's main thread empties, in the same order. The thread waits
 * for a free block by blocking, the main thread for a full one by a promise. Plain data, because it is given to the thread.
 */
export interface Ring {
  readonly data: SharedArrayBuffer;
  /** Bytes of a block. */
  readonly blockBytes: number;
  /** What is in each block: {@link LENGTH} and {@link MARK}. */
  readonly labels: Int32Array;
  /** {@link FILLED}, {@link EMPTIED}, {@link HUNGRY}, {@link STUCK} and {@link STOPPED}. */
  readonly state: Int32Array;
}

/** What the bytes of a block are. */
export const marks = {
  /** A part of something; more follows. */
  part: 0,
  /** The end of something, which may be empty. */
  end: 1,
  /** Not bytes of it but why there are no more, as JSON. */
  failure: 2,
} as const;
export type Mark = (typeof marks)[keyof typeof marks];

const LENGTH = 0;
const MARK = 1;
/** Blocks filled and emptied so far; they only grow, and wrap around as 32-bit numbers do. */
const FILLED = 0;
const EMPTIED = 1;
/**
 * Set while the main thread waits for a full block, or the thread for a free one. Waking another thread takes as long as hashing
 * half a block, so whoever waits is only woken when half the ring is there for it.
 */
const HUNGRY = 2;
const STUCK = 3;
const STOPPED = 4;

export function makeRing(blocks: number, blockBytes: number): Ring {
  const shared = (numbers: number): Int32Array => new Int32Array(new SharedArrayBuffer(numbers * 4));
  return {
    data: new SharedArrayBuffer(blocks * blockBytes),
    blockBytes,
    labels: shared(blocks * 2),
    state: shared(5),
  };
}

/** Ends the waits of both sides; the thread's then throws {@link Stopped}. */
export function stopRing({ state }: Ring): void {
  Atomics.store(state, STOPPED, 1);
  Atomics.notify(state, EMPTIED);
  Atomics.notify(state, FILLED);
}

/** Thrown on the side of the thread when nobody wants more. */
export class Stopped extends Error {}

/** The thread's side. */
export interface RingFiller {
  /** The next block to fill, once there is one. */
  block(): Buffer;
  /** Hands over the first `length` bytes of it. */
  fill(length: number, mark: Mark): void;
}

/** @returns a side whose methods throw {@link Stopped} */
export function ringFiller(ring: Ring): RingFiller {
  const { state, labels } = ring;
  const blocks = blocksOf(ring);
  let filled = Atomics.load(state, FILLED);

  function free(): Buffer | undefined {
    if (Atomics.load(state, STOPPED) !== 0) throw new Stopped();
    return full(state) < blocks.length ? blocks[(filled >>> 0) % blocks.length] : undefined;
  }

  return {
    block() {
      for (;;) {
        const emptied = Atomics.load(state, EMPTIED);
        const block = free();
        if (block !== undefined) return block;
        Atomics.store(state, STUCK, 1);
        Atomics.wait(state, EMPTIED, emptied);
        Atomics.store(state, STUCK, 0);
      }
    },
    fill(length, mark) {
      const label = ((filled >>> 0) % blocks.length) * 2;
      labels[label + LENGTH] = length;
      labels[label + MARK] = mark;
      filled = (filled + 1) | 0;
      Atomics.store(state, FILLED, filled);
      if (Atomics.load(state, HUNGRY) === 0) return;
      if (mark !== marks.part || full(state) >= blocks.length / 2) Atomics.notify(state, FILLED);
    },
  };
}

/** Blocks that are full. */
function full(state: Int32Array): number {
  return (Atomics.load(state, FILLED) - Atomics.load(state, EMPTIED)) | 0;
}

/** The main thread's side. */
export interface RingEmptier {
  /** The oldest full block, once there is one; undefined after {@link stopRing}. It stays as it is until {@link release}. */
  take(): Promise<{ readonly bytes: Buffer; readonly mark: number } | undefined>;
  /** Gives the oldest block back to be filled again. */
  release(): void;
}

export function ringEmptier(ring: Ring): RingEmptier {
  const { state, labels } = ring;
  const blocks = blocksOf(ring);
  let emptied = Atomics.load(state, EMPTIED);
  return {
    async take() {
      while (full(state) === 0) {
        Atomics.store(state, HUNGRY, 1);
        if (Atomics.load(state, STOPPED) !== 0) return undefined;
        await Atomics.waitAsync(state, FILLED, emptied).value;
        Atomics.store(state, HUNGRY, 0);
      }
      const index = (emptied >>> 0) % blocks.length;
      const length = labels[index * 2 + LENGTH] ?? 0;
      return { bytes: (blocks[index] ?? empty).subarray(0, length), mark: labels[index * 2 + MARK] ?? 0 };
    },
    release() {
      emptied = (emptied + 1) | 0;
      Atomics.store(state, EMPTIED, emptied);
      if (Atomics.load(state, STUCK) === 0) return;
      if (full(state) <= blocks.length / 2) Atomics.notify(state, EMPTIED);
    },
  };
}

const empty = Buffer.alloc(0);

function blocksOf({ data, blockBytes }: Ring): readonly Buffer[] {
  const count = Math.floor(data.byteLength / blockBytes);
  return Array.from({ length: count }, (_, index) => Buffer.from(data, index * blockBytes, blockBytes));
}
