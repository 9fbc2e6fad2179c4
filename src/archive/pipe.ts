import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../storage/errno.ts';
import { readFailure } from './failures.ts';

/** Bytes read at once: what a pipe holds. */
const CHUNK = 64 * 1024;

/** Milliseconds to wait when nothing is there: little after bytes came, more the longer none do. */
const WAITS = [0, 0, 1, 1, 2, 5, 10] as const;

/**
 * Reads a pipe or a device by its path. A read that waits in the thread pool cannot be stopped, not even by the end of the
 * process; so this one asks again and again.
 * @param waits whether the end of the file means that nobody writes yet, as long as nobody did
 */
export async function* readPipe(
  path: string,
  waits: boolean,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const file = await attempt(path, () => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    let begun = !waits;
    for (let idle = 0; ;) {
      signal.throwIfAborted();
      const chunk = Buffer.allocUnsafeSlow(CHUNK);
      const count = await attempt(path, () => readNow(file, chunk));
      if (count === 0 && begun) return;
      if (count !== 0) begun = true;
      if (count > 0) {
        idle = 0;
        yield chunk.subarray(0, count);
      } else {
        await sleep(WAITS[Math.min(idle, WAITS.length - 1)], undefined, { signal }).catch(() => undefined);
        idle += 1;
      }
    }
  } finally {
    await file.close().catch(() => undefined); // nothing is lost of what was only read
  }
}

/** Bytes read; 0 at the end; -1 when somebody may still write. */
async function readNow(file: FileHandle, into: Uint8Array): Promise<number> {
  try {
    return (await file.read(into, 0, into.length, null)).bytesRead;
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return -1;
    throw error;
  }
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw readFailure(error, path);
  }
}
