import type { Worker } from 'node:worker_threads';
import { pathFor } from '../registry/layout.ts';
import type { StorageDriver } from '../storage/driver.ts';
import type { SharedState } from '../transfer/job.ts';
import { transferPool } from '../transfer/pool.ts';
import { verifier, type Expected } from '../transfer/verifier.ts';

/** Proves that blobs are what their digests say. */
export interface BlobProver {
  /** Blobs that may be under way at once. */
  readonly inFlight: number;
  /**
   * @throws ScraperError `SIZE_INVALID`, `DIGEST_MISMATCH`, and what the driver throws; the signal's reason when stopped
   */
  prove(expected: Expected): Promise<void>;
  close(): Promise<void>;
}

export interface BlobProverOptions {
  readonly driver: StorageDriver;
  /** Worker threads for what lies in local files. */
  readonly concurrency: number;
  readonly spawn: (shared: SharedState) => Worker;
  readonly signal: AbortSignal;
  /** Called now and then with the number of bytes proved since the last call. */
  readonly onBytes: (count: number) => void;
}

/** Blobs kept waiting for each worker, so that small ones can be handed over in batches. */
const WAITING_PER_WORKER = 64;

/** Local files are hashed by worker threads, everything else here as it streams by. */
export function blobProver({ driver, concurrency, spawn, signal, onBytes }: BlobProverOptions): BlobProver {
  const pool = transferPool({ concurrency, spawn, signal, onBytes });

  async function proveStream(path: string, expected: Expected): Promise<void> {
    const proof = verifier(expected);
    for await (const chunk of driver.stream(path)) {
      signal.throwIfAborted();
      proof.update(chunk);
      onBytes(chunk.byteLength);
    }
    proof.finish();
  }

  return {
    inFlight: concurrency * WAITING_PER_WORKER,
    async prove(expected) {
      const [digest] = expected.digests;
      if (digest === undefined) return;
      const path = pathFor({ kind: 'blob', digest });
      // finding the file takes a moment; blobs are hashed in the order of the calls all the same
      const ticket = pool.ticket();
      const source = await driver.localRange?.(path);
      if (source) await pool.run({ kind: 'prove', source, expected }, ticket);
      else await proveStream(path, expected);
    },
    close: () => pool.close(),
  };
}
