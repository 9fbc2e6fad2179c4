import { isScraperError } from '../errors.ts';
import { pathFor } from '../registry/layout.ts';
import { marks, rowsBySize } from './blob-index.ts';
import { inLanes } from './lanes.ts';
import type { Verification } from './verification.ts';

/** Rows of all blobs that are to be hashed, the largest first, so that all workers end together. */
export function rowsToHash({ blobs }: Verification): Uint32Array {
  return rowsBySize(blobs, row => blobs.has(row, marks.stored) && !blobs.has(row, marks.bad));
}

/** Hashes blobs that were not hashed yet. */
export async function hashBlobs(verifying: Verification, rows: Iterable<number>): Promise<void> {
  const { blobs, tally, driver, options } = verifying;
  await inLanes(rows, options.prover.inFlight, async row => {
    if (blobs.has(row, marks.hashed | marks.bad)) return;
    options.signal.throwIfAborted();
    blobs.mark(row, marks.hashed);
    const digest = blobs.digest(row);
    const size = blobs.size(row);
    const origin = driver.describe(pathFor({ kind: 'blob', digest }));
    try {
      await options.prover.prove({ digests: [digest], size, origin });
      tally.hashedBlobs += 1;
      tally.hashedBytes += size;
      options.observer.onHashed?.(1);
    } catch (error) {
      await judge(verifying, row, error);
    }
  });
}

/** Proves the names that links give to blobs by other algorithms; there are few of them, so they are hashed once more. */
export async function hashAliases(verifying: Verification): Promise<void> {
  const { blobs, aliases, options } = verifying;
  await inLanes(aliases, options.prover.inFlight, async ([row, links]) => {
    for (const { digest, path } of links) {
      if (!blobs.has(row, marks.stored) || blobs.has(row, marks.bad)) return;
      const size = blobs.size(row);
      try {
        await options.prover.prove({ digests: [blobs.digest(row), digest], size, origin: path });
      } catch (error) {
        if (!isScraperError(error, 'DIGEST_MISMATCH')) return judge(verifying, row, error);
        const message = `a link named ${digest} leads to ${blobs.digest(row)}, whose bytes are others`;
        await verifying.reportBlob(row, 'LINK_MISDIRECTED', { message, path });
      }
    }
  });
}

async function judge(verifying: Verification, row: number, error: unknown): Promise<void> {
  const { blobs } = verifying;
  if (!isScraperError(error)) throw error;
  const { code, message } = error;
  const size = blobs.size(row);
  if (code === 'PATH_UNKNOWN') {
    blobs.unmark(row, marks.stored);
    blobs.mark(row, marks.absent);
    verifying.vanished.push(row);
  } else if (code === 'SIZE_INVALID' || code === 'DIGEST_MISMATCH') {
    await verifying.reportBlob(row, 'BLOB_CORRUPT', { message, size });
  } else if (code === 'NOT_A_FILE' || code === 'OUTSIDE_ROOT') {
    await verifying.reportBlob(row, code === 'NOT_A_FILE' ? code : 'SYMLINK_OUTSIDE', { message });
  } else verifying.fail(error);
}
