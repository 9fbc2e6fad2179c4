import type { Failure } from '../errors.ts';
import { failedDiffDocument } from '../render/diff-json.ts';
import { failedVerifyDocument } from '../render/verify-json.ts';
import { failedApplyReport, failedReport } from './failed-report.ts';
import { inventoryDocument } from './inventory-document.ts';
import type { CommandSpec } from './spec.ts';

/** The document of a command that failed before it had anything to tell. */
export function failedDocument({ name }: CommandSpec, failure: Failure, dryRun: boolean): object {
  const common = { schemaVersion: 1, command: name, ok: false, warnings: [], errors: [failure] };
  switch (name) {
    case 'ls':
      return { ...common, images: [], totals: { repositories: 0, images: 0, damaged: 0, hiddenTags: 0 } };
    case 'inspect':
      return { ...common, image: null };
    case 'apply':
      return failedApplyReport(failure, dryRun);
    case 'inventory':
      return inventoryDocument(undefined, null, [], [failure]);
    case 'verify':
      return failedVerifyDocument([failure]);
    case 'diff':
      return failedDiffDocument([], [failure]);
    default:
      return failedReport('scrape', failure, dryRun);
  }
}
