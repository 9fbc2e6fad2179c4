import pMap from 'p-map';
import { posix } from 'node:path';
import { isScraperError, type ScraperError } from '../errors.ts';
import { algorithms, emptyDigest, isDigest, type Algorithm, type Digest } from '../oci/digest.ts';
import { sortedBy } from '../sorted.ts';
import type { Leaf, StorageDriver } from '../storage/driver.ts';
import { pathFor } from './layout.ts';
import type { RegistrySource } from './source.ts';

/** A blob's data, of which nothing is known but its size. */
export interface StoredBlob {
  readonly digest: Digest;
  /** Bytes; 0 is most often what a registry left that died while it wrote. */
  readonly size: number;
}

/** Sizes asked for at once, where each has to be asked for by itself. */
const AT_ONCE = 16;

/** What the file is called that holds a blob. */
const LEAF = posix.basename(pathFor({ kind: 'blob', digest: emptyDigest }));

/**
 * All blobs that a registry stores, linked or not, by algorithm and then in ascending order in batches, of which each is to
 * be gone through once before the next. What a registry ignores is left out: names that are no digest or stand in the wrong directory, temporary files,
 * directories without data.
 * @param onOdd is told of data that is no plain file, and of what cannot be reached without leaving the storage; it is left out
 * @throws ScraperError `ACCESS_DENIED`, `IO_ERROR`
 */
export async function* storedBlobs(
  source: RegistrySource,
  onOdd: (error: ScraperError) => void,
): AsyncGenerator<Iterable<StoredBlob>> {
  for (const algorithm of algorithms) {
    const path = `${pathFor({ kind: 'blobs' })}/${algorithm}`;
    for (const prefix of await prefixesIn(source.driver, path)) {
      try {
        yield await blobsIn(source, algorithm, `${path}/${prefix}`, prefix, onOdd);
      } catch (error) {
        passOdd(error, onOdd);
      }
    }
  }
}

/** The directories into which blobs are sorted by the beginning of their digests. */
async function prefixesIn(driver: StorageDriver, path: string): Promise<readonly string[]> {
  const names = await namesIn(driver, path);
  return names.filter(name => /^[0-9a-f]{2}$/.test(name)).sort();
}

async function blobsIn(
  source: RegistrySource,
  algorithm: Algorithm,
  directory: string,
  prefix: string,
  onOdd: (error: ScraperError) => void,
): Promise<Iterable<StoredBlob>> {
  const leaves = await leavesIn(source.driver, directory);
  const known = new Map<string, number | undefined>();
  const ask = async ({ name }: Leaf): Promise<void> => {
    const digest = digestIn(algorithm, prefix, name);
    try {
      if (digest !== undefined) known.set(name, await source.blobSize(digest));
    } catch (error) {
      passOdd(error, onOdd);
    }
  };
  await pMap(
    leaves.filter(({ size }) => size === undefined),
    ask,
    { concurrency: AT_ONCE },
  );
  return inOrder(leaves, algorithm, prefix, known);
}

/** Makes each blob when it is asked for: a few thousand that live for a while make the heap grow several times over. */
function* inOrder(
  leaves: readonly Leaf[],
  algorithm: Algorithm,
  prefix: string,
  known: ReadonlyMap<string, number | undefined>,
): Generator<StoredBlob> {
  for (const leaf of sortedBy(leaves, ({ name }) => name)) {
    const digest = digestIn(algorithm, prefix, leaf.name);
    const size = leaf.size ?? known.get(leaf.name);
    if (digest !== undefined && size !== undefined) yield { digest, size };
  }
}

/** The digest that a directory is named after; undefined where a registry would not look for it there. */
function digestIn(algorithm: Algorithm, prefix: string, name: string): Digest | undefined {
  const digest = `${algorithm}:${name}`;
  return name.startsWith(prefix) && isDigest(digest) ? digest : undefined;
}

async function leavesIn(driver: StorageDriver, path: string): Promise<readonly Leaf[]> {
  if (driver.leaves) return driver.leaves(path, LEAF);
  return (await namesIn(driver, path)).map(name => ({ name, size: undefined }));
}

/** Names of everything but files: also of what may not be looked into, which then shows. */
async function namesIn(driver: StorageDriver, path: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name, kind } of driver.list(path)) if (kind !== 'file') names.push(name);
  } catch (error) {
    if (!isScraperError(error, 'PATH_UNKNOWN')) throw error;
  }
  return names;
}

function passOdd(error: unknown, onOdd: (error: ScraperError) => void): void {
  if (!isScraperError(error, 'NOT_A_FILE', 'OUTSIDE_ROOT', 'PATH_UNKNOWN')) throw error;
  if (error.code !== 'PATH_UNKNOWN') onOdd(error);
}
