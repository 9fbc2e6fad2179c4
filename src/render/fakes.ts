/** Streams and time for tests of what is shown. */
import type { Clock } from './progress.ts';
import type { OutputStream } from './terminal.ts';

export interface FakeStream extends OutputStream {
  isTTY: boolean;
  columns: number;
  /** Everything written so far. */
  text(): string;
  /** What was written since the last call. */
  take(): string;
}

export function fakeStream({ isTTY = false, columns = 80 } = {}): FakeStream {
  let written = '';
  let taken = 0;
  return {
    isTTY,
    columns,
    write(text) {
      written += text;
      return true;
    },
    text: () => written,
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
