import type { ApplyReport } from '../../apply/apply.ts';
import { isScraperError, toFailure } from '../../errors.ts';
import { renderApply, renderApplyConsequence } from '../../render/apply.ts';
import type { ApplyCommandOptions } from '../apply-options.ts';
import { attend, conclude, type JobContext } from '../attend.ts';
import type { CliContext } from '../context.ts';
import { failedApplyReport } from '../failed-report.ts';

/** The work behind the command, so that tests can see what it is asked for and answer as they like. */
export type ApplyJob = (options: ApplyCommandOptions, context: JobContext) => Promise<ApplyReport>;

/**
 * Brings images into a registry and shows progress and the result.
 * @returns the exit code
 */
export async function runApply(
  options: ApplyCommandOptions,
  context: CliContext,
  job?: ApplyJob,
): Promise<number> {
  const { dryRun, dataDir, verifyExisting, verbose } = options;
  const attention = { verb: dryRun ? 'Checking' : 'Applying', rehashes: verifyExisting };
  let report: ApplyReport;
  let consequence = '';
  try {
    const work = job ?? (await import('../apply-job.ts')).applyJob;
    report = await attend(options, context, attention, watch => work(options, watch));
    consequence = renderApplyConsequence(report);
  } catch (error) {
    if (!isScraperError(error)) throw error;
    report = failedApplyReport(toFailure(error), dryRun);
  }
  return conclude(report, options, context, {
    textOf: ({ colors, width }) => renderApply(report, dataDir, { colors, width: width(), verbose }),
    consequence,
  });
}
