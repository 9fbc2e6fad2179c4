import { isScraperError, ScraperError } from '../errors.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { parsePath, STORAGE_ROOT, type PathSpec } from './layout.ts';

/** Directories that may stand around a registry's root directory where somebody packed it. */
const MOST_DEPTH = 3;
/** Directories looked into on one level. */
const MOST_BESIDE = 100;

/**
 * Finds the registry in a storage that begins somewhere above its root directory, such as an archive that was packed with the
 * directory around it.
 * @throws ScraperError `NOT_A_REGISTRY`, and what the storage throws
 */
export async function findRegistryBelow(driver: StorageDriver, name: string): Promise<StorageDriver> {
  let level: readonly string[] = [''];
  for (let depth = 0; depth <= MOST_DEPTH; depth += 1) {
    const found: string[] = [];
    for (const prefix of level) if (await isDirectory(driver, prefix + STORAGE_ROOT)) found.push(prefix);
    const [prefix] = found;
    if (found.length > 1)
      throw notARegistry(name, `it holds several: ${found.map(at => at || '.').join(', ')}`);
    if (prefix !== undefined) return prefix === '' ? driver : belowDriver(driver, prefix);
    level = (await Promise.all(level.map(at => directoriesIn(driver, at)))).flat().slice(0, MOST_BESIDE);
  }
  throw notARegistry(name, `expected ${STORAGE_ROOT} in it, found ${await namesIn(driver)}`);
}

/** What a path stands for in a registry with directories around it, before it is known how many; see {@link findRegistryBelow}. */
export function parsePathBelow(path: string): PathSpec | undefined {
  const start = path.startsWith(`${STORAGE_ROOT}/`) ? 0 : path.indexOf(`/${STORAGE_ROOT}/`) + 1;
  return parsePath(path.slice(start));
}

/** What stands below a directory, by paths that begin there. @param prefix the directory, with a slash at its end */
export function belowDriver(driver: StorageDriver, prefix: string): StorageDriver {
  const { leaves, localRange } = driver;
  return {
    name: driver.name,
    describe: path => driver.describe(prefix + path),
    stat: path => driver.stat(prefix + path),
    list: path => driver.list(prefix + path),
    read: (path, limit) => driver.read(prefix + path, limit),
    stream: path => driver.stream(prefix + path),
    ...(leaves && { leaves: (path: string, leaf: string) => leaves.call(driver, prefix + path, leaf) }),
    ...(localRange && { localRange: (path: string) => localRange.call(driver, prefix + path) }),
  };
}

async function isDirectory(driver: StorageDriver, path: string): Promise<boolean> {
  try {
    return (await driver.stat(path)).kind === 'directory';
  } catch (error) {
    if (isScraperError(error, 'PATH_UNKNOWN', 'NOT_A_FILE')) return false;
    throw error;
  }
}

async function directoriesIn(driver: StorageDriver, prefix: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, kind } of driver.list(prefix.slice(0, -1)))
    if (kind === 'directory' && found.length < MOST_BESIDE) found.push(`${prefix}${name}/`);
  return found;
}

async function namesIn(driver: StorageDriver): Promise<string> {
  const names: string[] = [];
  for await (const { name } of driver.list('')) names.push(name);
  const more = names.length > 4 ? ` and ${String(names.length - 4)} more` : '';
  return names.length === 0 ? 'nothing at all' : names.sort().slice(0, 4).join(', ') + more;
}

function notARegistry(name: string, why: string): ScraperError {
  return new ScraperError('NOT_A_REGISTRY', `no registry in ${name}: ${why}`, {
    path: name,
    hint: 'pack a registry from its root directory: tar -C DIR -cf images.tar docker',
  });
}
