import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { WrittenFile } from './output.ts';
import { writeFailure } from './write-failure.ts';

/** A file that is being written under a name of its own. */
export interface Piece {
  write(bytes: Uint8Array): Promise<void>;
  /** The file is complete. */
  close(): Promise<WrittenFile>;
  /** Lets go of it as it is. */
  abandon(): Promise<void>;
}

export interface PieceOptions {
  /** Directory for files that are not complete. */
  readonly scratch: string;
  /** Where it is to stand one day; for messages, and its name in the scratch directory. */
  readonly path: string;
  /** Whether its bytes must outlast a power failure from {@link Piece.close} on. */
  readonly sync: boolean;
}

/** @throws ScraperError `NO_SPACE`, `ACCESS_DENIED`, `IO_ERROR`, like all methods of the piece */
export async function openPiece({ scratch, path, sync }: PieceOptions): Promise<Piece> {
  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw writeFailure(error, path);
    }
  }

  const file = await attempt(() => open(join(scratch, basename(path)), 'wx'));
  const hash = createHash('sha256');
  let size = 0;

  async function writeAll(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
    }
  }

  return {
    async write(bytes) {
      // it is hashed here while the system writes it
      const written = attempt(() => writeAll(bytes));
      hash.update(bytes);
      size += bytes.length;
      await written;
    },
    async close() {
      await attempt(async () => {
        try {
          if (sync) await file.sync();
        } finally {
          await file.close();
        }
      });
      return { path, size, sha256: hash.digest('hex') };
    },
    abandon: () => file.close().catch(() => undefined),
  };
}
