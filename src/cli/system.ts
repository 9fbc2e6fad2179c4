import { exitCodes, ScraperError } from '../errors.ts';
import type { Clock } from '../render/progress.ts';

/** The process' own clock. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  every(milliseconds, work) {
    const timer = setInterval(work, milliseconds);
    timer.unref();
    return () => {
      clearInterval(timer);
    };
  },
};

/** @throws ScraperError `IO_ERROR` when it was removed meanwhile */
export function currentDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new ScraperError('IO_ERROR', 'the current directory does not exist any more', {
      hint: 'change to one that does',
      cause,
    });
  }
}

/** Resolves when everything written to the stream has gone out, or cannot. */
export function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise(resolve => {
    stream.write('', () => {
      resolve();
    });
  });
}

/** Resolves at once, or when the stream has passed on what it holds, or is closed. */
export function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve();
  return new Promise(resolve => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) stream.on(event, done);
  });
}

/** The signals that ask the program to stop: why it then stops, and its exit code when it is asked twice. */
export const stopSignals: readonly (readonly [NodeJS.Signals, ScraperError, number])[] = [
  ['SIGINT', stopped('INTERRUPTED', 'interrupted (SIGINT)'), exitCodes.interrupted],
  ['SIGTERM', stopped('TERMINATED', 'terminated (SIGTERM)'), exitCodes.terminated],
];

function stopped(code: 'INTERRUPTED' | 'TERMINATED', message: string): ScraperError {
  return new ScraperError(code, message, {
    hint: 'run the same command again; what is complete in a directory is kept, an archive begins anew',
  });
}

/** The error for a stdout that takes no more, though somebody still wants it: a full disk behind a redirection. */
export function outputLost(cause: Error): ScraperError {
  return new ScraperError('IO_ERROR', `cannot write to standard output: ${cause.message}`, { cause });
}
