import type { Failure } from '../errors.ts';
import type { Report } from '../report.ts';
import { makeReport } from '../reporter.ts';

/** The report of a call that failed before there was anything to report on. */
export function failedReport(failure: Failure, dryRun: boolean): Report {
  return makeReport({ dryRun, warnings: [], failures: [failure], durationMs: 0 });
}
