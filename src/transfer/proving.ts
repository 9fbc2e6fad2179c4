import { constants, fstatSync, openSync, readSync } from 'node:fs';
import { toFailure } from '../errors.ts';
import { closeRead } from '../storage/calls.ts';
import type { LocalRange } from '../storage/driver.ts';
import { notAFile } from '../storage/failures.ts';
import { attempt } from './files.ts';
import { marks, ringFiller, Stopped, type Ring, type RingFiller } from './ring.ts';
import { verifier, wrongSize, type Expected } from './verifier.ts';

const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Bytes to read, to prove and to hand over. Plain data, because it is posted to a thread. */
export interface ProvingJob {
  readonly source: LocalRange;
  readonly expected: Expected;
}

/**
 * Reads local files into a ring and proves the very bytes that it hands over, with blocking calls: made for a worker thread.
 * The last block of a file is handed over only when the whole file was proved; otherwise a block comes that says why not.
 */
export function provingThread(ring: Ring): (job: ProvingJob) => void {
  const out = ringFiller(ring);
  return job => {
    try {
      try {
        prove(job, out);
      } catch (error) {
        const text = JSON.stringify(toFailure(error));
        out.fill(out.block().write(text), marks.failure);
      }
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    }
  };
}

function prove({ source: { path, offset }, expected }: ProvingJob, out: RingFiller): void {
  const proof = verifier(expected);
  const file = attempt(path, 'read', () => openSync(path, READ_FLAGS));
  try {
    const info = attempt(path, 'read', () => fstatSync(file));
    if (!info.isFile()) throw notAFile(expected.origin, 'something else');
    const whole = offset === undefined ? info.size : Math.min(expected.size, info.size - offset);
    if (whole !== expected.size) throw wrongSize(expected, String(whole));
    let done = 0;
    do {
      const block = out.block();
      const wanted = Math.min(block.length, expected.size - done);
      const length = attempt(path, 'read', () => readSync(file, block, 0, wanted, (offset ?? 0) + done));
      done += length;
      proof.update(block.subarray(0, length));
      // a file that has become shorter since is found out here, too
      const last = done === expected.size || length === 0;
      if (last) proof.finish();
      out.fill(length, last ? marks.end : marks.part);
    } while (done < expected.size);
  } finally {
    closeRead(file);
  }
}
