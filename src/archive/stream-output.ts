import { fstatSync, write } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { ScraperError } from '../errors.ts';
import { errnoOf } from '../storage/errno.ts';
import { LAST_WORDS, type ArchiveOutput } from './output.ts';
import { noLongerThan } from './waiting.ts';
import { writeFailure } from './write-failure.ts';

export interface StandardOutputOptions {
  /** File descriptor: 1 for the standard output. */
  readonly fd: number;
  /** The same as a stream; made only when it is needed. */
  readonly stream: () => Writable;
  /** As an operator would name it. */
  readonly name: string;
}

/**
 * The standard output, or another one that is open already. Pipes and sockets are written to as streams, so that a reader who takes
 * nothing for a while holds up nothing else; files and devices directly.
 */
export function standardOutput({ fd, stream, name }: StandardOutputOptions): ArchiveOutput {
  const info = fstatSync(fd);
  return info.isFIFO() || info.isSocket() ? streamOutput(stream(), name) : descriptorOutput(fd, name);
}

/** A stream that is not closed here. */
export function streamOutput(stream: Writable, name: string): ArchiveOutput {
  let failed: Error | undefined;
  stream.on('error', error => (failed ??= error));
  const writing = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      stream.write(bytes, error => {
        if (error) reject(outputFailure(failed ?? error, name));
        else resolve();
      });
    });
  return endless(writing);
}

/** A file or device that is open already, and is not closed here. */
export function descriptorOutput(fd: number, name: string): ArchiveOutput {
  const writing = async (bytes: Uint8Array): Promise<void> => {
    for (let done = 0; done < bytes.length;) {
      try {
        done += (await writeAsync(fd, bytes, done, bytes.length - done, null)).bytesWritten;
      } catch (error) {
        if (errnoOf(error) !== 'EAGAIN') throw outputFailure(error, name);
        await sleep(RETRY);
      }
    }
  };
  return endless(writing);
}

const writeAsync = promisify(write);
/** Milliseconds until a device that had no room is asked again. */
const RETRY = 5;

function endless(writing: (bytes: Uint8Array) => Promise<void>): ArchiveOutput {
  let broken = false;
  return {
    async write(bytes) {
      try {
        await writing(bytes);
      } catch (error) {
        broken = true;
        throw error;
      }
    },
    finish: () => Promise.resolve({ files: [] }),
    async abort(rest) {
      if (broken) return;
      await noLongerThan(LAST_WORDS, writing(rest));
    },
  };
}

function outputFailure(error: unknown, name: string): ScraperError {
  if (errnoOf(error) !== 'EPIPE') return writeFailure(error, name);
  return new ScraperError(
    'IO_ERROR',
    `cannot write to ${name}: its reader closed the pipe before the archive was complete`,
    {
      hint: 'look at what the reading command says',
      cause: error,
    },
  );
}
