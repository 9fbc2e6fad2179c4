import pMap from 'p-map';
import { isScraperError } from '../errors.ts';
import { readManifest } from '../graph/load.ts';
import type { Digest } from '../oci/digest.ts';
import { childrenOf, parseManifest } from '../oci/manifest.ts';
import type { RegistrySource } from '../registry/source.ts';
import type { BlobPart, ManifestPart } from './tree.ts';

/** How much of an image other images of its repository need too. */
export interface Sharing {
  /** Bytes that at least one of the compared images needs as well. */
  readonly sharedBytes: number;
  /** Bytes that none of them needs. */
  readonly ownBytes: number;
  /** How many of the compared images need a blob, by digest; those that none needs are left out. */
  readonly sharedWith: ReadonlyMap<Digest, number>;
  /** Other images that tags of the repository point to, and how many of them were compared. */
  readonly otherImages: number;
  readonly comparedImages: number;
}

export interface PointingTag {
  readonly name: string;
  readonly target: Digest;
}

export interface SharingOptions {
  readonly source: RegistrySource;
  readonly repository: string;
  readonly signal: AbortSignal;
}

/** Images compared at most: those whose tags come last, which are the newest versions. */
export const MOST_COMPARED = 500;
/** Manifests read at most for one of them. */
const MOST_MANIFESTS = 1000;
const CONCURRENCY = 8;

/**
 * Compares an image with what the other tags of its repository point to. Images that cannot be read share nothing.
 * @param tags by name
 */
export async function compareWith(
  { source, signal }: SharingOptions,
  tags: readonly PointingTag[],
  image: Digest,
  parts: ReadonlyMap<Digest, ManifestPart | BlobPart>,
): Promise<Sharing> {
  const others = [...new Set(tags.map(({ target }) => target).reverse())].filter(target => target !== image);
  const compared = others.slice(0, MOST_COMPARED);
  const sharedWith = new Map<Digest, number>();
  const compare = async (other: Digest): Promise<void> => {
    signal.throwIfAborted();
    for (const digest of await neededBy(source, other))
      if (parts.has(digest)) sharedWith.set(digest, (sharedWith.get(digest) ?? 0) + 1);
  };
  await pMap(compared, compare, { concurrency: CONCURRENCY });
  let sharedBytes = 0;
  let ownBytes = 0;
  for (const [digest, { size }] of parts) {
    if (sharedWith.has(digest)) sharedBytes += size ?? 0;
    else ownBytes += size ?? 0;
  }
  return { sharedBytes, ownBytes, sharedWith, otherImages: others.length, comparedImages: compared.length };
}

/** Digests of everything that an image needs, as its manifests say. */
async function neededBy(source: RegistrySource, image: Digest): Promise<ReadonlySet<Digest>> {
  const needed = new Set([image]);
  const manifests = new Set([image]);
  let read = 0;
  for (const digest of manifests) {
    if ((read += 1) > MOST_MANIFESTS) break;
    try {
      const manifest = await readManifest(source, digest, digest, parseManifest);
      for (const { descriptor, role } of childrenOf(manifest)) {
        needed.add(descriptor.digest);
        if (role === 'manifest') manifests.add(descriptor.digest);
      }
    } catch (error) {
      if (!isScraperError(error)) throw error;
    }
  }
  return needed;
}
