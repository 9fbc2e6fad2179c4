import type { Observer } from '../observer.ts';
import { progressLine, progressSentence, type LineContext } from './progress-line.ts';
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
  /** Whether the line is left alone as long as nothing is known: somebody may be typing there. */
  readonly waits?: boolean;
}

/** First drawn after, and redrawn every, so many milliseconds: nothing flickers up for what is done at once. */
const REDRAW = 100;
/** Without a terminal, milliseconds between lines. */
const PLAIN = 10_000;

/** One line, redrawn in place, for terminals that can. */
export function liveProgress({ terminal, clock, verb, rehashes, waits = false }: ProgressOptions): Progress {
  const tracker = trackProgress(() => clock.now(), rehashes);
  const line = (context: DrawContext): string => {
    const state = tracker.state();
    const unknown = state.phase === 'resolving' && state.references + state.scanned === 0;
    return waits && unknown ? '' : progressLine(state, { ...context, verb });
  };
  return { observer: tracker.observer, ...drawnLine({ terminal, clock, line }) };
}

/** A line of text now and then, for logs and for terminals that cannot redraw. */
export function plainProgress({ terminal, clock, verb, rehashes }: ProgressOptions): Progress {
  const tracker = trackProgress(() => clock.now(), rehashes);
  const sentence = (): string => progressSentence(tracker.state(), verb);
  return { observer: tracker.observer, ...printedLines({ terminal, clock, sentence }) };
}

/** What a progress line is drawn with: `width` is the cells available. */
export type DrawContext = Pick<LineContext, 'colors' | 'unicode' | 'width'>;

type Drawing = Pick<ProgressOptions, 'terminal' | 'clock'>;

/** Redraws a line in place, unless it is empty. */
export function drawnLine({
  terminal,
  clock,
  line,
}: Drawing & { readonly line: (context: DrawContext) => string }): Omit<Progress, 'observer'> {
  let drawn = false;
  let stopped = false;
  const clear = (): void => {
    if (drawn) terminal.write(CLEAR_LINE);
    drawn = false;
  };
  const draw = (): void => {
    // Room for the ^C that a terminal echoes: past the last cell it would leave a line that cannot be cleared.
    const width = Math.max(1, (terminal.width() ?? 80) - 3);
    const { colors, unicode } = terminal;
    const text = line({ colors, unicode, width });
    if (text === '') return;
    terminal.write(`\r${text}\x1b[K`);
    drawn = true;
  };
  const stopTimer = clock.every(REDRAW, draw);
  return {
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

/** Prints a sentence now and then. */
export function printedLines({
  terminal,
  clock,
  sentence,
}: Drawing & { readonly sentence: () => string }): Omit<Progress, 'observer'> {
  const stop = clock.every(PLAIN, () => {
    terminal.write(`${sentence()}\n`);
  });
  return { note: noteTo(terminal), stop };
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
