import { exitCodeFor, exitCodes, isScraperError, type Warning } from '../errors.ts';
import type { Observer } from '../observer.ts';
import { renderErrors, warningPrinter, type ProblemContext } from '../render/error.ts';
import { renderJson } from '../render/json.ts';
import { liveProgress, noProgress, plainProgress, type Progress } from '../render/progress.ts';
import { isInterrupted } from '../render/report.ts';
import { terminalFor, type Terminal } from '../render/terminal.ts';
import type { Report } from '../report.ts';
import type { CliContext } from './context.ts';
import { useLittleMemory } from './little-memory.ts';
import type { OutputOptions } from './options.ts';

/** What work is given that an operator watches. */
export interface JobContext {
  readonly observer: Observer;
  readonly signal: AbortSignal;
  readonly stdin: CliContext['stdin'];
  /** Whether standard output is a terminal. */
  readonly tty: boolean;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
}

export interface Attention {
  /** What is being done: `Copying`, `Applying`. */
  readonly verb: string;
  /** Whether blobs that are there already are read as well. */
  readonly rehashes: boolean;
  /** Whether it first waits for somebody to type, who must not be disturbed. */
  readonly waits?: boolean;
  /** Said before it begins. */
  readonly note?: string;
}

export interface Conclusion {
  /** The report for people. */
  readonly textOf: (terminal: Terminal) => string;
  /** What an operator should know after the errors, or nothing. */
  readonly consequence: string;
  /** Whether the report goes to standard error, since something else is on standard output. */
  readonly aside?: boolean;
}

/**
 * Does work and shows how it goes on: progress and warnings, and at once that an interruption was heard.
 * @throws what the work throws
 */
export async function attend<Result>(
  options: OutputOptions,
  context: CliContext,
  attention: Attention,
  work: (job: JobContext) => Promise<Result>,
): Promise<Result> {
  const { signal, stdin } = context;
  useLittleMemory();
  const stderr = terminalFor(context.stderr, context.env, options.color);
  const progress = progressFor(options, attention, stderr, context);
  if (attention.note !== undefined && !options.quiet) progress.note([attention.note]);
  // A document on stdout holds the warnings; on stderr they are for people only.
  const silent = options.quiet || (options.json && !stderr.interactive);
  const warnings = warningPrinter(silent ? () => undefined : progress.note, problemsOn(stderr, options));
  const onAbort = (): void => {
    if (!options.quiet) progress.note([interruptNote(signal)]);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const observer = { ...progress.observer, onWarning: (warning: Warning) => warnings.print(warning) };
    const tty = context.stdout.isTTY === true;
    return await work({ observer, signal, stdin, tty, now: () => context.clock.now() });
  } finally {
    progress.stop();
    warnings.end();
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Shows what came of it.
 * @returns the exit code
 */
export function conclude(
  report: Report,
  options: OutputOptions,
  context: CliContext,
  { textOf, consequence, aside = false }: Conclusion,
): number {
  const stdout = terminalFor(context.stdout, context.env, options.color);
  const stderr = terminalFor(context.stderr, context.env, options.color);
  const told = aside ? stderr : stdout;
  if (options.json) told.write(renderJson(report));
  else if (!options.quiet) told.write(textOf(told));
  // The interruption itself was announced when it came, and the report has said how to go on.
  const announced = isInterrupted(report) && !options.quiet;
  const untold = report.errors.filter(
    ({ code }) => !announced || (code !== 'INTERRUPTED' && code !== 'TERMINATED'),
  );
  stderr.write(renderErrors(untold, problemsOn(stderr, options)) + (options.quiet ? '' : consequence));
  return report.ok ? exitCodes.ok : exitCodeFor(report.errors);
}

function problemsOn({ colors, width }: Terminal, { verbose }: OutputOptions): ProblemContext {
  return { colors, verbose, width: width() };
}

function progressFor(
  { quiet, progress, json }: OutputOptions,
  { verb, rehashes, waits = false }: Attention,
  terminal: Terminal,
  { clock }: CliContext,
): Progress {
  if (quiet || !progress || (json && !terminal.interactive)) return noProgress(terminal);
  const make = terminal.interactive ? liveProgress : plainProgress;
  return make({ terminal, clock, verb, rehashes, waits });
}

/** Says at once that an interruption was heard. */
export function interruptNote({ reason }: AbortSignal): string {
  const what = isScraperError(reason, 'TERMINATED') ? 'Terminated' : 'Interrupted';
  return `${what}: stopping and cleaning up; once more ends at once.`;
}
