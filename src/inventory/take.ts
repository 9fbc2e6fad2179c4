import pMap from 'p-map';
import {
  exitCodeFor,
  exitCodes,
  isScraperError,
  type ScraperError,
  type Warning,
  type WarningCode,
} from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { RegistrySource } from '../registry/source.ts';
import { pathFor } from '../registry/layout.ts';
import { storedBlobs, type StoredBlob } from '../registry/stored-blobs.ts';
import { inventoryBuilder, type InventoryBuilder } from './builder.ts';
import type { Inventory } from './inventory.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface TakeOptions {
  readonly source: RegistrySource;
  readonly signal: AbortSignal;
  /** Told of what is left out although it should not be as it is, and of tags that the registry would not serve. */
  readonly warn: (warning: Warning) => void;
  /** Told now and then how much has been found. */
  readonly onFound?: (found: Found) => void;
}

export interface Found {
  readonly blobs: number;
  readonly tags: number;
}

/** Links read at once. */
const AT_ONCE = 16;
/** Tags of one repository whose digests are held as text. */
const BATCH = 1000;

/**
 * Takes the inventory of a registry: the sizes of all blobs and the targets of all tags. No content is read. What is not a
 * whole blob is left out (empty data, but for the digest of nothing; what is no plain file), and so are tags without a
 * current link and tags whose link is damaged: what an inventory holds, others leave away from what they ship.
 * @throws ScraperError `ACCESS_DENIED`, `IO_ERROR`, and the signal's reason
 */
export async function takeInventory(options: TakeOptions): Promise<Inventory> {
  const { source, signal, warn, onFound } = options;
  const builder = inventoryBuilder();
  const found = { blobs: 0, tags: 0 };
  for await (const batch of untilAborted(storedBlobs(source, leftOut('BLOB_SKIPPED', warn)), signal)) {
    for (const blob of batch) {
      if (builder.add(blob)) found.blobs += 1;
      else warn(notWhole(source, blob));
    }
    onFound?.(found);
  }
  const repositories: string[] = [];
  for await (const repository of source.repositories(undefined, leftOut('REPOSITORY_SKIPPED', warn))) {
    signal.throwIfAborted();
    repositories.push(repository);
  }
  for (const repository of repositories.sort()) await addTags(repository, builder, found, options);
  return builder.finish();
}

async function addTags(
  repository: string,
  builder: InventoryBuilder,
  found: { readonly blobs: number; tags: number },
  { source, signal, warn, onFound }: TakeOptions,
): Promise<void> {
  const names: string[] = [];
  try {
    for await (const name of source.tags(repository)) names.push(name);
  } catch (error) {
    if (!isScraperError(error)) throw error;
    leftOut('REPOSITORY_SKIPPED', warn, repository)(error);
  }
  names.sort();
  const targetOf = async (tag: string): Promise<Digest | undefined> => {
    signal.throwIfAborted();
    try {
      return await source.tagTarget(repository, tag);
    } catch (error) {
      if (!isScraperError(error)) throw error;
      leftOut('TAG_SKIPPED', warn, `${repository}:${tag}`)(error);
      return undefined;
    }
  };
  for (let first = 0; first < names.length; first += BATCH) {
    const batch = names.slice(first, first + BATCH);
    const targets = await pMap(batch, targetOf, { concurrency: AT_ONCE });
    for (const [index, tag] of batch.entries()) {
      const target = targets[index];
      if (target !== undefined && builder.addTag(repository, tag, target)) found.tags += 1;
    }
    onFound?.(found);
  }
}

/** The same items, but not one more after the signal: on a slow disk a batch may take long. @throws the signal's reason */
async function* untilAborted<T>(items: AsyncGenerator<T>, signal: AbortSignal): AsyncGenerator<T> {
  for (;;) {
    const next = await unlessAborted(items.next(), signal);
    if (next.done === true) return;
    yield next.value;
  }
}

/** Warns of what is wrong with the storage; anything else is passed on, lest an inventory lack what could not be read. */
function leftOut(
  code: WarningCode,
  warn: (warning: Warning) => void,
  reference?: string,
): (error: ScraperError) => void {
  return error => {
    const { code: cause, message, details } = error;
    if (cause === 'PATH_UNKNOWN') return;
    if (exitCodeFor([{ code: cause }]) !== exitCodes.integrity) throw error;
    const { path, digest } = details;
    warn({
      code,
      message: `left out of the inventory: ${message}`,
      ...(reference !== undefined && { reference }),
      ...(digest !== undefined && { digest }),
      ...(path !== undefined && { path }),
    });
  };
}

function notWhole({ driver }: RegistrySource, { digest, size }: StoredBlob): Warning {
  const path = driver.describe(pathFor({ kind: 'blob', digest }));
  const why = size === 0 ? 'it is empty' : `${String(size)} bytes are no size that can be added up`;
  return {
    code: 'BLOB_SKIPPED',
    message: `left out of the inventory: blob ${digest} cannot be whole: ${why}`,
    digest,
    path,
    hint: 'push an image again that has it',
  };
}
