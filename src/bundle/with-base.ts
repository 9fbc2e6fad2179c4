import { isScraperError } from '../errors.ts';
import { pathFor } from '../registry/layout.ts';
import type { FileInfo, StorageDriver } from '../storage/driver.ts';
import type { BundleBlob } from './manifest.ts';

/**
 * A delta as if it were whole, to be looked at: blobs that are left to its base are there with their sizes, and have no bytes.
 */
export function withBase(driver: StorageDriver, base: readonly BundleBlob[]): StorageDriver {
  const sizes = new Map(base.map(({ digest, size }) => [pathFor({ kind: 'blob', digest }), size]));
  return {
    ...driver,
    async stat(path): Promise<FileInfo> {
      try {
        return await driver.stat(path);
      } catch (error) {
        const size = sizes.get(path);
        if (size === undefined || !isScraperError(error, 'PATH_UNKNOWN')) throw error;
        return { kind: 'file', size, modified: 0 };
      }
    },
  };
}
