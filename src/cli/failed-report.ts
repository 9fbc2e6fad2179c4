import type { ApplyReport } from '../apply/apply.ts';
import type { Failure } from '../errors.ts';
import type { Report } from '../report.ts';
import { makeReport } from '../reporter.ts';

/** The report of a call that failed before there was anything to report on. */
export function failedReport(command: Report['command'], failure: Failure, dryRun: boolean): Report {
  return makeReport({ command, dryRun, warnings: [], failures: [failure], durationMs: 0 });
}

/** The same of an apply. */
export function failedApplyReport(failure: Failure, dryRun: boolean): ApplyReport {
  return { ...failedReport('apply', failure, dryRun), movedTags: [] };
}
