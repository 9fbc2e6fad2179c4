import type { CopyResult } from './copy.ts';
import { isScraperError, withReference, type ScraperError } from './errors.ts';
import { leadsTo, registryChanged } from './graph/living.ts';
import type { Plan } from './plan.ts';
import { pathFor } from './registry/layout.ts';
import { registrySource } from './registry/source.ts';
import type { StorageDriver } from './storage/driver.ts';

/** Tells what failed because the registry changed after the plan was made. */
export interface ChangeTeller {
  /** The same error, or `REGISTRY_CHANGED` in its place. */
  explain(plan: Plan, error: ScraperError): Promise<ScraperError>;
  explainAll(plan: Plan, copied: CopyResult): Promise<CopyResult>;
}

/**
 * Every blob of a plan was there when it was made, so one that is not there now was taken away. The image is not planned
 * anew: an archive already tells at its beginning what is in it, and a plan has been shown to who waits; the next run takes
 * what stands then, and goes on where this one ended.
 */
export function changeTeller(driver: StorageDriver): ChangeTeller {
  const source = registrySource(driver, () => undefined);

  async function explain(plan: Plan, error: ScraperError): Promise<ScraperError> {
    if (!isScraperError(error, 'PATH_UNKNOWN', 'BLOB_UNKNOWN')) return error;
    const { digest, path } = error.details;
    const blob = plan.blobs.find(
      one =>
        one.digests.some(name => name === digest) ||
        driver.describe(pathFor({ kind: 'blob', digest: one.digest })) === path,
    );
    if (!blob || blob.inline) return error;
    try {
      if ((await source.blobSize(blob.digest)) !== undefined) return error;
      const image = plan.images.find(({ blobs }) => blobs.includes(blob.digest));
      if (!image) return error;
      return withReference(registryChanged(image, await leadsTo(source, image), error), image.requested);
    } catch (failure) {
      if (!isScraperError(failure)) throw failure;
      return error; // what failed first says more
    }
  }

  return {
    explain,
    async explainAll(plan, copied) {
      const known = new Map<ScraperError, ScraperError>();
      for (const error of new Set(copied.failed.values())) known.set(error, await explain(plan, error));
      const failed = new Map(
        Array.from(copied.failed, ([image, error]) => [image, known.get(error) ?? error]),
      );
      const stopped = copied.stopped && (await explain(plan, copied.stopped));
      return { ...copied, failed, ...(stopped && { stopped }) };
    },
  };
}
