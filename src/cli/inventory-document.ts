import type { Failure, Warning } from '../errors.ts';
import type { WrittenInventory } from './inventory-job.ts';

/** The document about an inventory, or about why there is none: then `digest` is null and all totals are 0. */
export function inventoryDocument(
  written: WrittenInventory | undefined,
  output: string | null,
  warnings: readonly Warning[],
  errors: readonly Failure[],
): object {
  const { repositories, tags, blobs, bytes } = written?.totals ?? {
    repositories: 0,
    tags: 0,
    blobs: 0,
    bytes: 0,
  };
  return {
    schemaVersion: 1,
    command: 'inventory',
    ok: errors.length === 0,
    output,
    digest: written?.digest ?? null,
    totals: { repositories, tags, blobs, bytes, fileBytes: written?.fileBytes ?? 0 },
    warnings,
    errors,
  };
}
