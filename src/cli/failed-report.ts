import type { Failure } from '../errors.ts';
import type { Report } from '../report.ts';

/** The report of a call that failed before there was anything to report on. */
export function failedReport(failure: Failure, dryRun: boolean): Report {
  return {
    schemaVersion: 1,
    command: 'scrape',
    ok: false,
    dryRun,
    images: [],
    totals: {
      images: 0,
      manifests: 0,
      blobs: 0,
      links: 0,
      bytes: 0,
      copiedBytes: 0,
      skippedBytes: 0,
      linkedBytes: 0,
      durationMs: 0,
    },
    warnings: [],
    errors: [failure],
  };
}
