import type { CliContext } from './context.ts';

/** Stdout for much text in small pieces. */
export interface BufferedOutput {
  /** Takes text in; resolves when there is room for more. */
  write(text: string): Promise<void>;
  /** Sends out the rest. */
  end(): void;
}

/** Characters held back at most. */
const MOST = 32 * 1024;
/** Milliseconds for which anything is held back at most. */
const LONGEST = 100;

/**
 * Sends text to stdout in few large pieces: the first one at once, so that a listing begins as soon as there is anything to
 * list, the others when enough has come together or enough time has passed.
 */
export function bufferedOutput({
  stdout,
  clock,
  drained,
}: Pick<CliContext, 'stdout' | 'clock' | 'drained'>): BufferedOutput {
  let held = '';
  let begun = false;
  const flush = (): void => {
    if (held === '') return;
    const text = held;
    held = '';
    stdout.write(text);
  };
  const stop = clock.every(LONGEST, flush);
  return {
    write(text) {
      held += text;
      if (begun && held.length < MOST) return Promise.resolve();
      begun = begun || held !== '';
      flush();
      return drained();
    },
    end() {
      stop();
      flush();
    },
  };
}
