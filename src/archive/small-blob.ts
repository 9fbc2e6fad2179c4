import type { UnverifiedBlob } from '../sink/sink.ts';
import type { FileCalls } from '../storage/calls.ts';
import { ioFailure } from '../storage/errno.ts';
import { verifier } from '../transfer/verifier.ts';

/** Up to this size, handing a blob to a thread takes longer than proving it. */
export const SMALL_BYTES = 64 * 1024;

/**
 * Reads and proves a whole small blob from a local file.
 * @throws ScraperError `DIGEST_MISMATCH`, `SIZE_INVALID`, or why the file could not be read
 */
export async function readSmallBlob(
  calls: FileCalls,
  path: string,
  blob: UnverifiedBlob,
): Promise<Uint8Array> {
  const proof = verifier(blob);
  // one byte more, so that a file that is too long shows
  const bytes = Buffer.allocUnsafe(blob.size + 1);
  let length = 0;
  try {
    const file = await calls.open(path);
    try {
      while (length < blob.size) {
        const count = await calls.read(file, bytes.subarray(length));
        if (count === 0) break;
        length += count;
      }
    } finally {
      await calls.close(file);
    }
  } catch (error) {
    throw ioFailure(error, path, 'read');
  }
  const found = bytes.subarray(0, length);
  proof.update(found);
  proof.finish();
  return found;
}
