import { createHash } from 'node:crypto';
import type { BaseSource, BundleManifest } from '../bundle/manifest.ts';
import { isScraperError } from '../errors.ts';
import { algorithms, digestOf, type Digest } from '../oci/digest.ts';
import type { RegistrySource } from '../registry/source.ts';
import type { Inventory } from './inventory.ts';

/** What the other side has, as far as one source tells. */
export interface Base {
  readonly source: BaseSource;
  /**
   * Whether the other side has the blob, with this size in bytes.
   * @throws ScraperError `ACCESS_DENIED`, `IO_ERROR`; only for a registry
   */
  has(digest: Digest, size: number): Promise<boolean>;
}

/** Several bases as one. */
export interface BaseUnion {
  /** In the order given, each once. */
  readonly sources: readonly BaseSource[];
  /** Whether any of them has it. */
  has(digest: Digest, size: number): Promise<boolean>;
}

/** Something that can be a base, opened. */
export type BaseOrigin =
  | { readonly kind: 'inventory'; readonly inventory: Inventory }
  /** Blobs are looked up when they are asked for; only their sizes are. */
  | { readonly kind: 'registry'; readonly source: RegistrySource }
  | {
      readonly kind: 'bundle';
      readonly manifest: Pick<BundleManifest, 'blobs' | 'base'>;
      /** Of the manifest's bytes. */
      readonly digest: Digest;
    };

/** @throws ScraperError nothing: what can fail was opened before */
export function openBase(origin: BaseOrigin): Base {
  switch (origin.kind) {
    case 'inventory': {
      const { inventory } = origin;
      return {
        source: { kind: 'inventory', digest: inventory.digest },
        has: (digest, size) => Promise.resolve(inventory.has(digest, size)),
      };
    }
    case 'registry':
      return {
        source: { kind: 'registry', digest: null },
        has: (digest, size) => hasBlob(origin.source, digest, size),
      };
    case 'bundle': {
      const { blobs, base } = origin.manifest;
      const sizes = new Map([...blobs, ...(base?.blobs ?? [])].map(({ digest, size }) => [digest, size]));
      return {
        source: { kind: 'bundle', digest: origin.digest },
        has: (digest, size) => Promise.resolve(sizes.get(digest) === size),
      };
    }
  }
}

/** What all of them have together. */
export function unionOf(bases: readonly Base[]): BaseUnion {
  const known = new Map(bases.map(({ source }) => [`${source.kind} ${source.digest ?? ''}`, source]));
  return {
    sources: [...known.values()],
    async has(digest, size) {
      for (const base of bases) if (await base.has(digest, size)) return true;
      return false;
    },
  };
}

const digestsOfNothing: ReadonlySet<string> = new Set(
  algorithms.map(algorithm => digestOf(algorithm, createHash(algorithm).digest('hex'))),
);

/** What stands in a blob's place and is no file of this size is not the blob. */
async function hasBlob(source: RegistrySource, digest: Digest, size: number): Promise<boolean> {
  if (size === 0 && !digestsOfNothing.has(digest)) return false;
  try {
    return (await source.blobSize(digest)) === size;
  } catch (error) {
    if (isScraperError(error, 'NOT_A_FILE', 'OUTSIDE_ROOT')) return false;
    throw error;
  }
}
