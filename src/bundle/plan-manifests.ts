import pMap from 'p-map';
import { readManifest } from '../graph/load.ts';
import type { Digest } from '../oci/digest.ts';
import { parseManifest, type Manifest } from '../oci/manifest.ts';
import type { Plan, PlannedBlob } from '../plan.ts';
import { registrySource } from '../registry/source.ts';
import type { StorageDriver } from '../storage/driver.ts';

/** Manifests read at once. */
const CONCURRENCY = 16;

export interface PlannedManifest {
  /** The digest it is stored under. */
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly manifest: Manifest;
  /** The document as it stands, with all that is not understood. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** By every digest that it is referenced by. */
export type PlanManifests = ReadonlyMap<Digest, PlannedManifest>;

/**
 * Reads the manifests of a plan again, and proves them.
 * @throws ScraperError `BLOB_UNKNOWN`, `DIGEST_MISMATCH`, `MANIFEST_INVALID`, what the driver throws, and the signal's reason
 */
export async function readPlanManifests(
  { blobs }: Plan,
  driver: StorageDriver,
  signal: AbortSignal,
): Promise<PlanManifests> {
  const source = registrySource(driver, () => undefined);
  const found = new Map<Digest, PlannedManifest>();
  const read = async ({ digest, digests, inline }: PlannedBlob): Promise<void> => {
    signal.throwIfAborted();
    const use = (bytes: Uint8Array): PlannedManifest => ({
      digest,
      size: bytes.length,
      manifest: parseManifest(bytes),
      body: JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>,
    });
    const manifest = inline ? use(inline) : await readManifest(source, digest, digest, use);
    for (const referenced of digests) found.set(referenced, manifest);
  };
  await pMap(
    blobs.filter(({ role }) => role === 'manifest'),
    read,
    { concurrency: CONCURRENCY },
  );
  return found;
}
