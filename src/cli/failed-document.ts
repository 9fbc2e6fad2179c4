import type { Failure } from '../errors.ts';
import { failedReport } from './failed-report.ts';
import type { CommandSpec } from './spec.ts';

/** The document of a command that failed before it had anything to tell. */
export function failedDocument({ name }: CommandSpec, failure: Failure, dryRun: boolean): object {
  const common = { schemaVersion: 1, command: name, ok: false, warnings: [], errors: [failure] };
  switch (name) {
    case 'ls':
      return { ...common, images: [], totals: { repositories: 0, images: 0, damaged: 0, hiddenTags: 0 } };
    case 'inspect':
      return { ...common, image: null };
    default:
      return failedReport(failure, dryRun);
  }
}
