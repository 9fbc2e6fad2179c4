import type { BundleBlob } from '../bundle/manifest.ts';
import { ScraperError, type Warning } from '../errors.ts';
import { pathFor } from '../registry/layout.ts';
import type { Sink } from '../sink/sink.ts';
import type { StorageDriver } from '../storage/driver.ts';

/** What is applied: all of it. */
export interface Contents {
  readonly driver: StorageDriver;
}

/** What opening something that is applied tells of; it may write blobs already. */
export interface OpeningWatch {
  readonly warn: (warning: Warning) => void;
  /** Told the size of each blob that was written, in bytes. */
  readonly onWritten: (size: number) => void;
}

/** So many missing blobs are named. */
const NAMED = 5;

/**
 * Refuses a delta whose base the target has not.
 * @throws ScraperError `BASE_INCOMPLETE`
 */
export async function checkBase(sink: Sink, base: readonly BundleBlob[]): Promise<void> {
  const lacking: BundleBlob[] = [];
  for (const blob of base) {
    const size = await sink.size(pathFor({ kind: 'blob', digest: blob.digest }));
    if (size !== blob.size) lacking.push(blob);
  }
  if (lacking.length === 0) return;
  const bytes = lacking.reduce((sum, { size }) => sum + size, 0);
  const named = lacking.slice(0, NAMED).map(({ digest }) => digest);
  const more = lacking.length > NAMED ? ` and ${String(lacking.length - NAMED)} more` : '';
  throw new ScraperError(
    'BASE_INCOMPLETE',
    `this delta counts on ${String(base.length)} blobs that ${sink.name} should have; it lacks ${String(lacking.length)} of them (${String(bytes)} bytes): ${named.join(', ')}${more}; nothing was written`,
    {
      path: sink.name,
      hint: 'make an inventory of this registry and a new delta with it (scrape --base), or ship the whole without --base',
    },
  );
}
