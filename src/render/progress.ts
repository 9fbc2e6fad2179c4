import type { Observer } from '../observer.ts';
import { progressLine, progressSentence } from './progress-line.ts';
import { trackProgress } from './progress-state.ts';
import { CLEAR_LINE, type Terminal } from './terminal.ts';

/** Time as progress needs it. */
export interface Clock {
  /** Monotonic, milliseconds. */
  now(): number;
  /** Calls `work` again and again until the returned function is called. Never keeps the process alive. */
  every(milliseconds: number, work: () => void): () => void;
}

/** Progress on one stream. */
export interface Progress {
  readonly observer: Observer;
  /** Prints lines for people; where a progress line stands, above it. */
  note(lines: readonly string[]): void;
  /** Ends progress and removes its line. Notes are still printed. */
  stop(): void;
}

export interface ProgressOptions {
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** What is being done: `Copying`, `Linking`. */
  readonly verb: string;
  /** Whether blobs that the output has are read as well. */
  readonly rehashes: boolean;
}

/** First drawn after, and redrawn every, so many milliseconds: nothing flickers up for what is done at once. */
const REDRAW = 100;
/** Without a terminal, milliseconds between lines. */
const PLAIN = 10_000;

/** One line, redrawn in place, for terminals that can. */
export function liveProgress({ terminal, clock, verb, rehashes }: ProgressOptions): Progress {
  const tracker = trackProgress(() => clock.now(), rehashes);
  let drawn = false;
  let stopped = false;
  const clear = (): void => {
    if (drawn) terminal.write(CLEAR_LINE);
    drawn = false;
  };
  const draw = (): void => {
    // Room for the ^C that a terminal echoes: past the last cell it would leave a line that cannot be cleared.
    const width = Math.max(1, (terminal.width() ?? 80) - 3);
    const line = progressLine(tracker.state(), {
      colors: terminal.colors,
      unicode: terminal.unicode,
      width,
      verb,
    });
    terminal.write(`\r${line}\x1b[K`);
    drawn = true;
  };
  const stopTimer = clock.every(REDRAW, draw);
  return {
    observer: tracker.observer,
    note(lines) {
      const redraw = drawn && !stopped;
      clear();
      terminal.write(lines.map(line => `${line}\n`).join(''));
      if (redraw) draw();
    },
    stop() {
      stopped = true;
      stopTimer();
      clear();
    },
  };
}

/** A line of text now and then, for logs and for terminals that cannot redraw. */
export function plainProgress({ terminal, clock, verb, rehashes }: ProgressOptions): Progress {
  const tracker = trackProgress(() => clock.now(), rehashes);
  const stop = clock.every(PLAIN, () => {
    terminal.write(`${progressSentence(tracker.state(), verb)}\n`);
  });
  return { observer: tracker.observer, note: noteTo(terminal), stop };
}

/** No progress; notes only. */
export function noProgress(terminal: Terminal): Progress {
  return { observer: {}, note: noteTo(terminal), stop: () => undefined };
}

function noteTo(terminal: Terminal): Progress['note'] {
  return lines => {
    terminal.write(lines.map(line => `${line}\n`).join(''));
  };
}
