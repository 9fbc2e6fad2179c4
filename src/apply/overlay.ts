import { isScraperError } from '../errors.ts';
import { parsePath } from '../registry/layout.ts';
import type { StorageDriver } from '../storage/driver.ts';

/**
 * A registry whose blobs may also be in another one: links are those of `upper` alone, a blob that it lacks is that of `lower`.
 * So a delta can be walked as if it were whole.
 */
export function overlayDriver(upper: StorageDriver, lower: StorageDriver): StorageDriver {
  /** Paths of blobs that were found in `lower` only, so that messages name the right place. */
  const below = new Set<string>();

  async function choose<T>(path: string, ask: (driver: StorageDriver) => Promise<T>): Promise<T> {
    try {
      return await ask(upper);
    } catch (error) {
      if (!isScraperError(error, 'PATH_UNKNOWN') || parsePath(path)?.kind !== 'blob') throw error;
    }
    const answer = await ask(lower);
    below.add(path);
    return answer;
  }
  return {
    name: upper.name,
    describe: path => (below.has(path) ? lower : upper).describe(path),
    stat: path => choose(path, driver => driver.stat(path)),
    list: path => upper.list(path),
    read: (path, limit) => choose(path, driver => driver.read(path, limit)),
    async *stream(path) {
      const driver = await choose(path, async one => {
        await one.stat(path);
        return one;
      });
      yield* driver.stream(path);
    },
    async localRange(path) {
      return choose(path, async driver => {
        if (driver.localRange) return driver.localRange(path);
        await driver.stat(path);
        return undefined;
      });
    },
  };
}
