import { fakeClock, fakeStream, type FakeClock, type FakeStream } from '../render/fakes.ts';
import type { CliContext } from './context.ts';

/** A process for tests: its streams, clock and signal are at hand. */
export interface FakeContext extends CliContext {
  readonly stdout: FakeStream;
  readonly stderr: FakeStream;
  readonly clock: FakeClock;
  /** Asks the program to stop. */
  readonly abort: (reason: Error) => void;
  /** Closes the pipe that stdout leads into. */
  readonly closeReader: () => void;
}

export function fakeContext(
  argv: readonly string[],
  {
    cwd = '/',
    isTTY = false,
    env = {},
    stdin = '',
  }: { cwd?: string; isTTY?: boolean; env?: Record<string, string>; stdin?: string | Uint8Array } = {},
): FakeContext {
  const controller = new AbortController();
  const reader = new AbortController();
  return {
    argv,
    env,
    cwd,
    stdin: () => ({
      isTTY,
      async *[Symbol.asyncIterator]() {
        yield await Promise.resolve(Buffer.from(stdin));
      },
    }),
    stdout: fakeStream({ isTTY }),
    stderr: fakeStream({ isTTY }),
    clock: fakeClock(),
    signal: controller.signal,
    readerGone: reader.signal,
    drained: () => Promise.resolve(),
    closeReader: () => {
      reader.abort();
    },
    abort: reason => {
      controller.abort(reason);
    },
  };
}
