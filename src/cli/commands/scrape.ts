import { isScraperError, toFailure } from '../../errors.ts';
import { renderArchiveReport, renderUnfinishedArchive } from '../../render/archive-report.ts';
import { renderPlan } from '../../render/plan.ts';
import { renderConsequence, renderReport } from '../../render/report.ts';
import type { Terminal } from '../../render/terminal.ts';
import type { Report } from '../../report.ts';
import { attend, conclude, type JobContext } from '../attend.ts';
import type { CliContext } from '../context.ts';
import { failedReport } from '../failed-report.ts';
import type { ScrapeCommandOptions } from '../options.ts';
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
  const waits = isListTyped(options.selection, context);
  const attention = {
    ...{ verb: verbFor(options), rehashes: options.verifyExisting, waits },
    ...(waits && { note: typedListNote }),
  };
  let report: Report;
  try {
    const work = job ?? (await import('../scrape-job.ts')).scrapeJob;
    report = hintAtCommand(
      await attend(options, context, attention, watch => work(options, watch)),
      mistaken,
    );
  } catch (error) {
    if (!isScraperError(error)) throw error;
    report = failedReport('scrape', toFailure(error), options.dryRun);
  }
  return conclude(report, options, context, {
    textOf: terminal => textOf(report, options, terminal),
    consequence: renderConsequence(report),
    aside: isStream(options),
  });
}

/** Whether an archive goes to standard output. */
function isStream({ output, dryRun }: ScrapeCommandOptions): boolean {
  return output?.kind === 'archive' && output.path === undefined && !dryRun;
}

function verbFor({ dryRun, output, link }: ScrapeCommandOptions): string {
  if (dryRun) return 'Checking';
  if (output?.kind === 'archive') return 'Packing';
  return link ? 'Linking' : 'Copying';
}

function textOf(
  report: Report,
  { dryRun, output, archive, verbose }: ScrapeCommandOptions,
  { colors, width }: Terminal,
): string {
  const context = { colors, width: width(), verbose };
  if (dryRun || output === undefined)
    return renderPlan(report, output?.given, context, output?.kind !== 'archive');
  if (output.kind === 'directory') return renderReport(report, output.given, context, archive.format);
  return report.archive
    ? renderArchiveReport(report, report.archive, context, archive.format)
    : renderUnfinishedArchive(report);
}
