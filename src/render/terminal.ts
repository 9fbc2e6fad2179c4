import pc from 'picocolors';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is needed of a process' stdout or stderr. */
export interface OutputStream {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Colouring functions that leave text alone where colour is off. */
export type Colors = ReturnType<typeof pc.createColors>;

/** One output stream and what it can show. */
export interface Terminal {
  /** Whether a line can be redrawn in place. */
  readonly interactive: boolean;
  readonly colors: Colors;
  /** Whether line-drawing characters can be shown. */
  readonly unicode: boolean;
  /** Width in cells now; undefined where lines may have any length (files and pipes). */
  width(): number | undefined;
  write(text: string): void;
}

/** Back to the start of the line, and nothing on it. */
export const CLEAR_LINE = '\r\x1b[K';

/** Assumed of terminals that do not say how wide they are. */
const DEFAULT_WIDTH = 80;

/**
 * Whether a stream gets colour. From the strongest: `--color`/`--no-color`, NO_COLOR (not empty), FORCE_COLOR (not empty;
 * `0` and `false` mean off), TERM=dumb, and at last whether the stream is a terminal. Each stream decides for itself.
 */
export function wantsColor(stream: OutputStream, env: Environment, option: boolean | undefined): boolean {
  if (option !== undefined) return option;
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const force = env['FORCE_COLOR'] ?? '';
  if (force !== '') return force !== '0' && force !== 'false';
  return isCapable(stream, env);
}

export function terminalFor(stream: OutputStream, env: Environment, color: boolean | undefined): Terminal {
  return {
    interactive: isCapable(stream, env),
    colors: pc.createColors(wantsColor(stream, env, color)),
    unicode: showsUnicode(env),
    width: () => (stream.isTTY === true ? (stream.columns ?? 0) || DEFAULT_WIDTH : undefined),
    write: text => void stream.write(text),
  };
}

function isCapable(stream: OutputStream, env: Environment): boolean {
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** The locale's character set (POSIX: the first of LC_ALL, LC_CTYPE, LANG that is set decides); Windows has no such variables. */
function showsUnicode(env: Environment): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    value => value !== undefined && value !== '',
  );
  if (locale === undefined) return env['WT_SESSION'] !== undefined;
  return /utf-?8/i.test(locale);
}
