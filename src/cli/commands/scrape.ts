import { exitCodeFor, exitCodes, isScraperError, toFailure, type Warning } from '../../errors.ts';
import { renderErrors, warningPrinter } from '../../render/error.ts';
import { renderJson } from '../../render/json.ts';
import { renderPlan } from '../../render/plan.ts';
import { liveProgress, noProgress, plainProgress, type Progress } from '../../render/progress.ts';
import { isInterrupted, renderConsequence, renderReport } from '../../render/report.ts';
import { renderArchiveReport } from '../../render/archive-report.ts';
import { terminalFor, type Terminal } from '../../render/terminal.ts';
import type { Report } from '../../report.ts';
import type { CliContext } from '../context.ts';
import { failedReport } from '../failed-report.ts';
import type { ScrapeCommandOptions } from '../options.ts';
import type { JobContext } from '../scrape-job.ts';
import { isListTyped, typedListNote } from '../typed-list.ts';
import { hintAtCommand } from '../unknown-command.ts';

/** The work behind the command, so that tests can see what it is asked for and answer as they like. */
export type ScrapeJob = (options: ScrapeCommandOptions, context: JobContext) => Promise<Report>;

/**
 * Copies images and shows progress and the result.
 * @param mistaken the reference that may be a mistyped command
 * @returns the exit code
 */
export async function runScrape(
  options: ScrapeCommandOptions,
  context: CliContext,
  mistaken: string | undefined,
  job?: ScrapeJob,
): Promise<number> {
  const stdout = terminalFor(context.stdout, context.env, options.color);
  const stderr = terminalFor(context.stderr, context.env, options.color);
  const problems = { colors: stderr.colors, verbose: options.verbose, width: stderr.width() };
  const typed = isListTyped(options.selection, context);
  const progress = progressFor(options, stderr, context, typed);
  if (typed && !options.quiet) progress.note([typedListNote]);
  // A document on stdout holds the warnings; on stderr they are for people only.
  const silent = options.quiet || (options.json && !stderr.interactive);
  const warnings = warningPrinter(silent ? () => undefined : progress.note, problems);
  const onAbort = (): void => {
    if (!options.quiet) progress.note([interruptNote(context.signal)]);
  };
  context.signal.addEventListener('abort', onAbort, { once: true });

  let report: Report;
  try {
    const work = job ?? (await import('../scrape-job.ts')).scrapeJob;
    const observer = { ...progress.observer, onWarning: (warning: Warning) => warnings.print(warning) };
    report = hintAtCommand(
      await work(options, {
        observer,
        signal: context.signal,
        stdin: context.stdin,
        tty: context.stdout.isTTY === true,
        now: () => context.clock.now(),
      }),
      mistaken,
    );
  } catch (error) {
    if (!isScraperError(error)) throw error;
    report = failedReport('scrape', toFailure(error), options.dryRun);
  } finally {
    progress.stop();
    warnings.end();
    context.signal.removeEventListener('abort', onAbort);
  }

  // where the archive itself is on standard output, nothing else may be
  const told = isStream(options) ? stderr : stdout;
  if (options.json) told.write(renderJson(report));
  else if (!options.quiet) told.write(textOf(report, options, told));
  // The interruption itself was announced when it came, and the report has said how to go on.
  const announced = isInterrupted(report) && !options.quiet;
  const untold = report.errors.filter(
    ({ code }) => !announced || (code !== 'INTERRUPTED' && code !== 'TERMINATED'),
  );
  stderr.write(renderErrors(untold, problems) + (options.quiet ? '' : renderConsequence(report)));
  return report.ok ? exitCodes.ok : exitCodeFor(report.errors);
}

/** Whether an archive goes to standard output. */
function isStream({ output, dryRun }: ScrapeCommandOptions): boolean {
  return output?.kind === 'archive' && output.path === undefined && !dryRun;
}

function textOf(
  report: Report,
  { dryRun, output, archive, verbose }: ScrapeCommandOptions,
  { colors, width }: Terminal,
): string {
  const context = { colors, width: width(), verbose };
  return dryRun || output === undefined
    ? renderPlan(report, output?.given, context, output?.kind !== 'archive')
    : report.archive
      ? renderArchiveReport(report, report.archive, context, archive.format)
      : renderReport(report, output.given, context, archive.format);
}

function progressFor(
  options: ScrapeCommandOptions,
  terminal: Terminal,
  { clock }: CliContext,
  waits: boolean,
): Progress {
  if (options.quiet || !options.progress || (options.json && !terminal.interactive))
    return noProgress(terminal);
  const verb = options.dryRun
    ? 'Checking'
    : options.output?.kind === 'archive'
      ? 'Packing'
      : options.link
        ? 'Linking'
        : 'Copying';
  const make = terminal.interactive ? liveProgress : plainProgress;
  return make({ terminal, clock, verb, rehashes: options.verifyExisting, waits });
}

function interruptNote({ reason }: AbortSignal): string {
  const what = isScraperError(reason, 'TERMINATED') ? 'Terminated' : 'Interrupted';
  return `${what}: stopping and cleaning up; once more ends at once.`;
}
