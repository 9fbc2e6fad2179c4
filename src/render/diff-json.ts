import type { Difference } from '../diff/diff.ts';
import type { Failure, Warning } from '../errors.ts';
import { changeOf, type DiffNames } from './diff.ts';

/** The document about a comparison. */
export function diffDocument(
  { same, tags, commonTags, added, removed, common, resized }: Difference,
  { a, b }: DiffNames,
  warnings: readonly Warning[],
): object {
  return {
    schemaVersion: 1,
    command: 'diff',
    ok: true,
    ...{ a, b, same },
    tags: tags.map(tag => ({ change: changeOf(tag), ...tag })),
    commonTags,
    blobs: { added, removed, common, resized },
    warnings,
    errors: [],
  };
}

/** The document where nothing could be compared. */
export function failedDiffDocument(warnings: readonly Warning[], errors: readonly Failure[]): object {
  const nothing = { a: null, b: null, same: null, tags: [], commonTags: null, blobs: null };
  return { schemaVersion: 1, command: 'diff', ok: false, ...nothing, warnings, errors };
}
