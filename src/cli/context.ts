import type { Clock } from '../render/progress.ts';
import type { Environment, OutputStream } from '../render/terminal.ts';

/** What is needed of a process' standard input. */
export interface InputStream extends AsyncIterable<Uint8Array> {
  readonly isTTY?: boolean;
}

/** All that a command knows of the process it runs in. Tests bring their own. */
export interface CliContext {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Environment;
  /** Absolute directory that relative paths start from. */
  readonly cwd: string;
  /** Opens standard input, which takes a while: only for what reads from it. */
  readonly stdin: () => InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly clock: Clock;
  /** Aborted, with a ScraperError as reason, when the operator wants the program to stop. */
  readonly signal: AbortSignal;
  /** Aborted when whoever read stdout has seen enough and closed the pipe. */
  readonly readerGone: AbortSignal;
  /** Resolves as soon as stdout can take more. */
  readonly drained: () => Promise<void>;
}
