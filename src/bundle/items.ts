import type { ArchiveItem } from '../archive/item.ts';
import type { Plan } from '../plan.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { unverifiedBlob } from '../unverified.ts';
import { entriesOf, repositoriesOf } from './links.ts';
import { inArchiveOrder } from './make-manifest.ts';
import { MANIFEST_PATH, SIGNATURE_PATH } from './manifest.ts';

export interface BundleInput {
  readonly plan: Plan;
  readonly driver: StorageDriver;
  /** The bytes of the bundle manifest made from the same plan. */
  readonly manifest: Uint8Array;
  readonly signature?: Uint8Array;
}

/**
 * The entries of a bundle in their order: the manifest, blobs, links to layers, links to revisions, empty directories, tags.
 * Wherever the archive is cut, what came before the cut names nothing that is missing.
 */
export function* bundleItems({ plan, driver, manifest, signature }: BundleInput): Generator<ArchiveItem> {
  yield { kind: 'file', path: MANIFEST_PATH, content: manifest };
  if (signature) yield { kind: 'file', path: SIGNATURE_PATH, content: signature };
  for (const blob of inArchiveOrder(plan)) yield { kind: 'blob', blob: unverifiedBlob(driver, blob) };
  const repositories = repositoriesOf(plan.images.flatMap(image => image.links));
  for (const { path, target } of entriesOf(repositories)) {
    yield target === undefined
      ? { kind: 'directory', path }
      : { kind: 'file', path, content: Buffer.from(target) };
  }
}
