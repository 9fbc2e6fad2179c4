import type { Clock, Progress } from './progress.ts';
import { CLEAR_LINE, type Terminal } from './terminal.ts';
import { truncate } from './text.ts';

export interface TextProgressOptions {
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** How far things are, in a line. */
  readonly text: () => string;
}

/** Milliseconds: on a terminal nothing flickers up for what is done at once; elsewhere a line stays for good. */
const REDRAW = 100;
const PLAIN = 10_000;

/** Progress of work of which nobody knows how much there is: a line redrawn in place, or one now and then for logs. */
export function textProgress({ terminal, clock, text }: TextProgressOptions): Progress {
  const live = terminal.interactive;
  let drawn = false;
  let stopped = false;
  const clear = (): void => {
    if (drawn) terminal.write(CLEAR_LINE);
    drawn = false;
  };
  const draw = (): void => {
    if (!live) {
      terminal.write(`${text()}\n`);
      return;
    }
    // room for the ^C that a terminal echoes
    terminal.write(`\r${truncate(text(), Math.max(1, (terminal.width() ?? 80) - 3))}\x1b[K`);
    drawn = true;
  };
  const stopTimer = clock.every(live ? REDRAW : PLAIN, draw);
  return {
    observer: {},
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
