import type { UnverifiedBlob } from '../sink/sink.ts';
import { verifier } from '../transfer/verifier.ts';

/** Reads blobs and proves the very bytes that it gives out. */
export interface Prover {
  /** Announces a blob that will be read, after all that were announced before it: so it can be read ahead. */
  announce(blob: UnverifiedBlob): ProvedBytes;
  /** Lets go of everything. What waits for bytes fails. */
  close(): Promise<void>;
}

/** The bytes of one blob. */
export interface ProvedBytes {
  /**
   * The next bytes, at least one, valid until the next call; undefined after the last. The last ones come only when all are
   * proved: whoever stops at a failure has not passed on a whole blob that is not what it should be.
   * @throws ScraperError `DIGEST_MISMATCH`, `SIZE_INVALID`, or why the source could not be read
   */
  next(): Promise<Uint8Array | undefined>;
}

/** A prover that works in this thread, on the blobs' streams. */
export function inlineProver(): Prover {
  const open = new Set<AsyncGenerator<Uint8Array, undefined>>();
  return {
    announce(blob) {
      const chunks = provedChunks(blob);
      return {
        async next() {
          open.add(chunks);
          const { value } = await chunks.next();
          if (value === undefined) open.delete(chunks);
          return value;
        },
      };
    },
    close() {
      // a stream that hangs must not hold up the end
      for (const chunks of open) void chunks.return(undefined).catch(() => undefined);
      open.clear();
      return Promise.resolve();
    },
  };
}

async function* provedChunks(blob: UnverifiedBlob): AsyncGenerator<Uint8Array, undefined> {
  const proof = verifier(blob);
  let held: Uint8Array | undefined;
  for await (const chunk of blob.stream()) {
    if (chunk.length === 0) continue;
    proof.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  proof.finish();
  if (held !== undefined) yield held;
  return undefined;
}
