import { read, readSync } from 'node:fs';
import { promisify } from 'node:util';

const readInPool = promisify(read);

/** Milliseconds of one read that show a slow disk or network, and reads that then wait elsewhere. */
const SLOW = 1;
const POOLED = 64;
/** Milliseconds after which timers and signals get their turn. */
const TURN = 8;

/** Reads from a place of an open file; 0 bytes at its end. Fails as the system says it. */
export type PlacedRead = (file: number, into: Uint8Array, position: number) => number | Promise<number>;

/**
 * Reads in this thread while the disk answers from memory: 3 µs instead of 30, and the index of an archive takes a read for
 * each blob. Reads in the thread pool when it does not, and now and then, so that nothing is held up for long.
 * @param now monotonic clock, milliseconds
 */
export function pacedRead(now: () => number): PlacedRead {
  let pooledLeft = 0;
  let turnedAt = now();

  return (file, into, position) => {
    const start = now();
    if (pooledLeft > 0 || start - turnedAt > TURN) {
      if (pooledLeft > 0) pooledLeft -= 1;
      turnedAt = start;
      return readInPool(file, into, 0, into.length, position).then(({ bytesRead }) => bytesRead);
    }
    const count = readSync(file, into, 0, into.length, position);
    if (now() - start > SLOW) pooledLeft = POOLED;
    return count;
  };
}
