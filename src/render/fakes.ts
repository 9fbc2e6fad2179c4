/** Streams and time for tests of what is shown. */
import type { Clock } from './progress.ts';
import type { OutputStream } from './terminal.ts';

export interface FakeStream extends OutputStream {
  isTTY: boolean;
  columns: number;
  /** Everything written so far. */
  text(): string;
  /** The same as it went out. */
  bytes(): Buffer;
  /** What was written since the last call. */
  take(): string;
}

export function fakeStream({ isTTY = false, columns = 80 } = {}): FakeStream {
  let written = '';
  let taken = 0;
  const chunks: Buffer[] = [];
  return {
    isTTY,
    columns,
    write(text) {
      chunks.push(Buffer.from(text));
      written += Buffer.from(text).toString();
      return true;
    },
    text: () => written,
    bytes: () => Buffer.concat(chunks),
    take() {
      const text = written.slice(taken);
      taken = written.length;
      return text;
    },
  };
}

export interface FakeClock extends Clock {
  /** Lets time pass; what is due runs at its time. */
  advance(milliseconds: number): void;
  /** Timers that were not ended. */
  running(): number;
}

export function fakeClock(): FakeClock {
  const timers = new Set<{ due: number; readonly every: number; readonly work: () => void }>();
  let time = 0;
  return {
    now: () => time,
    every(milliseconds, work) {
      const timer = { due: time + milliseconds, every: milliseconds, work };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(milliseconds) {
      const end = time + milliseconds;
      for (;;) {
        const [next] = [...timers].filter(timer => timer.due <= end).sort((a, b) => a.due - b.due);
        if (!next) break;
        time = next.due;
        next.due += next.every;
        next.work();
      }
      time = end;
    },
    running: () => timers.size,
  };
}
