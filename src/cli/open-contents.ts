import type { BundleBlob } from '../bundle/manifest.ts';
import type { Contents } from '../diff/diff.ts';
import type { Warning } from '../errors.ts';
import { takeInventory } from '../inventory/take.ts';
import { databaseInUse } from '../registry/database.ts';
import { registrySource } from '../registry/source.ts';
import { isInventoryFile, readInventory } from './inventory-file.ts';
import { openRegistry } from './open-registry.ts';

export interface ContentsOptions {
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
}

/**
 * What a registry's data directory, an archive of one, or an inventory holds. No contents are read: a blob is taken for what its name says.
 * @param path absolute
 * @throws ScraperError `PATH_UNKNOWN`, `UNSUPPORTED`, `NOT_A_REGISTRY`, `INVENTORY_INVALID`, `ACCESS_DENIED`, `IO_ERROR`, and the
 *   signal's reason
 */
export async function openContents(path: string, { signal, warn }: ContentsOptions): Promise<Contents> {
  if (await isInventoryFile(path)) return readInventory(path, path, signal);
  const { driver, manifest, close } = await openRegistry(path, { signal, option: '' });
  const source = registrySource(driver, warn);
  if (await source.databaseInUse()) warn(databaseInUse());
  const contents = await takeInventory({ source, signal, warn }).finally(close);
  return manifest?.base ? withBlobs(contents, manifest.base.blobs) : contents;
}

/** A delta counts on the blobs of its base as if it had them. @param more in the order of their digests */
function withBlobs(contents: Contents, more: readonly BundleBlob[]): Contents {
  return {
    tags: () => contents.tags(),
    *blobs() {
      let next = 0;
      for (const blob of contents.blobs()) {
        for (let other = more[next]; other && other.digest < blob.digest; other = more[next]) {
          yield other;
          next += 1;
        }
        if (more[next]?.digest === blob.digest) next += 1;
        yield blob;
      }
      yield* more.slice(next);
    },
  };
}
