import type { Worker } from 'node:worker_threads';
import { ScraperError, type Failure } from '../errors.ts';
import type { UnverifiedBlob } from '../sink/sink.ts';
import { pacedCalls } from '../storage/calls.ts';
import type { LocalRange } from '../storage/driver.ts';
import type { ProvingJob } from '../transfer/proving.ts';
import { makeRing, marks, ringEmptier, stopRing, type Ring, type RingEmptier } from '../transfer/ring.ts';
import { inlineProver, type ProvedBytes, type Prover } from './prover.ts';
import { readSmallBlob, SMALL_BYTES } from './small-blob.ts';

/**
 * Read, proved and written at once, and how many a thread works ahead. Measured on a tree of 2 GiB into a pipe: 256 KiB and
 * 512 KiB are alike, 8 blocks and 16 too; smaller ones cost more in waking threads up.
 */
const BLOCK_BYTES = 256 * 1024;
const BLOCKS = 8;

/**
 * One thread keeps a pipe full while it is in a large blob; a second one is at the next blob then. More only take memory. Where
 * there are two cores, a second thread keeps this one and the reader of the pipe from theirs: a tenth slower.
 */
const MOST_THREADS = 2;

export interface ThreadedProverOptions {
  /** Cores that may be busy: one of them is left to this thread. */
  readonly concurrency: number;
  readonly spawn: (ring: Ring) => Worker;
}

/** A thread, the ring that it fills, and how much it has still to do. */
interface Lane {
  readonly ring: Ring;
  readonly worker: Worker;
  readonly blocks: RingEmptier;
  /** Bytes of its blobs that were not taken yet. */
  load: number;
  /** Blobs that it was given, and those that were taken to their end: they come in the same order. */
  given: number;
  taken: number;
  lost?: ScraperError;
}

/**
 * A prover that reads and hashes local files in worker threads, while this thread writes what they have proved. Each thread works
 * on its own blob, as far ahead as its ring has room. Blobs that are in no local file are proved in this thread.
 */
export function threadedProver({ concurrency, spawn }: ThreadedProverOptions): Prover {
  const inline = inlineProver();
  const calls = pacedCalls(() => performance.now());
  const most = Math.max(1, Math.min(concurrency - 1, MOST_THREADS));
  const lanes: Lane[] = [];
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  function start(): Lane {
    const ring = makeRing(BLOCKS, BLOCK_BYTES);
    const worker = spawn(ring);
    const lane: Lane = { ring, worker, blocks: ringEmptier(ring), load: 0, given: 0, taken: 0 };
    const lose = (cause: unknown): void => {
      lane.lost ??= threadFailure('a worker thread failed', cause);
      stopRing(ring);
    };
    worker.on('error', lose);
    worker.on('exit', code => lose(new Error(`it ended by itself, exit code ${String(code)}`)));
    lanes.push(lane);
    return lane;
  }

  /** The thread that has least to do; another one as long as there may be more. */
  function pick(): Lane {
    const best = lanes.reduce<Lane | undefined>(
      (a, b) => (a !== undefined && a.load <= b.load ? a : b),
      undefined,
    );
    if (best !== undefined && (best.load === 0 || lanes.length >= most)) return best;
    try {
      return start();
    } catch (cause) {
      if (best !== undefined) return best;
      throw threadFailure('no worker thread can be started', cause);
    }
  }

  function post(source: LocalRange, { digests, size, origin }: UnverifiedBlob): Lane {
    const lane = pick();
    lane.load += size;
    lane.worker.postMessage({ source, expected: { digests, size, origin } } satisfies ProvingJob);
    return lane;
  }

  /** Where a blob is proved depends on where it is. A thread gets its blobs in the order in which they will be asked for. */
  function place(blob: UnverifiedBlob, range: LocalRange | undefined): ProvedBytes {
    if (closed) throw ended();
    if (range === undefined) return inline.announce(blob);
    if (blob.size > SMALL_BYTES || range.offset !== undefined) return laneBytes(post(range, blob));
    return smallBytes(readSmallBlob(calls, range.path, blob));
  }

  return {
    announce(blob) {
      if (!blob.localRange) return inline.announce(blob);
      const found = blob.localRange();
      const before = last;
      const placed = before.then(async () => place(blob, await found));
      // a failure is told to whoever asks for the bytes
      last = Promise.allSettled([placed, found]);
      return { next: async () => (await placed).next() };
    },
    async close() {
      closed = true;
      await inline.close();
      for (const lane of lanes) {
        lane.lost ??= ended();
        stopRing(lane.ring);
      }
      await Promise.all(lanes.map(({ worker }) => worker.terminate()));
    },
  };
}

function smallBytes(reading: Promise<Uint8Array>): ProvedBytes {
  // a failure is told to whoever asks for the bytes
  reading.catch(() => undefined);
  let taken = false;
  return {
    async next() {
      const bytes = await reading;
      if (taken || bytes.length === 0) return undefined;
      taken = true;
      return bytes;
    },
  };
}

/** The bytes of the blob that `lane` was given last. */
function laneBytes(lane: Lane): ProvedBytes {
  const turn = lane.given;
  lane.given += 1;
  let holding = false;
  let complete = false;
  const release = (): void => {
    if (holding) lane.blocks.release();
    holding = false;
  };
  return {
    async next() {
      release();
      if (complete) return undefined;
      if (lane.lost) throw lane.lost;
      if (turn !== lane.taken)
        throw new RangeError('blobs are read in another order than they were announced');
      const block = await lane.blocks.take();
      if (block === undefined) throw lossOf(lane);
      holding = true;
      const { bytes, mark } = block;
      complete = mark !== marks.part;
      if (complete) lane.taken += 1;
      if (mark === marks.failure) {
        const failure = fromFailure(JSON.parse(bytes.toString()) as Failure);
        release();
        throw failure;
      }
      lane.load -= bytes.length;
      if (bytes.length > 0) return bytes;
      release();
      return undefined;
    },
  };
}

function lossOf({ lost = ended() }: Lane): ScraperError {
  return lost;
}

/** A failure that came out of another thread as plain data. */
function fromFailure({ code, message, ...details }: Failure): ScraperError {
  return new ScraperError(code, message, details);
}

function threadFailure(message: string, cause: unknown): ScraperError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const hint = 'raise the limits on memory, threads and open files (ulimit, the container)';
  return new ScraperError('INTERNAL', `${message}: ${why}`, { hint, cause });
}

function ended(): ScraperError {
  return new ScraperError('INTERNAL', 'the worker threads were ended before this was done');
}
