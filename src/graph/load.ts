import { createHash } from 'node:crypto';
import { isScraperError, ScraperError } from '../errors.ts';
import { algorithmOf, encodedOf, type Digest } from '../oci/digest.ts';
import { MAX_MANIFEST_BYTES, parseManifest, type Manifest } from '../oci/manifest.ts';
import { pathFor } from '../registry/layout.ts';
import type { RegistrySource } from '../registry/source.ts';

/** A manifest whose bytes were read and proved. */
export interface LoadedManifest {
  /** The digest it is stored under. */
  readonly digest: Digest;
  readonly size: number;
  readonly manifest: Manifest;
}

/** Loads manifests by the digest they are stored under and the digest they are referenced by. */
export type ManifestLoader = (stored: Digest, referenced: Digest) => Promise<LoadedManifest>;

/** Bytes of manifests that are remembered: of some hundreds of images, each of which takes many times that when it is parsed. */
const REMEMBERED_BYTES = 4 * 2 ** 20;

/**
 * A loader that reads each manifest once, however many neighbouring images lead to it.
 * It throws `BLOB_UNKNOWN`, `DIGEST_MISMATCH`, `MANIFEST_INVALID`, and what the driver throws.
 */
export function manifestLoader(source: RegistrySource, most = REMEMBERED_BYTES): ManifestLoader {
  const loaded = new Map<string, Promise<LoadedManifest>>();
  const sizes = new Map<string, number>();
  let total = 0;

  /** Forgets what was loaded first. */
  function remember(key: string, size: number): void {
    sizes.set(key, size);
    total += size;
    for (const [oldest, freed] of sizes) {
      if (total <= most) return;
      sizes.delete(oldest);
      loaded.delete(oldest);
      total -= freed;
    }
  }

  return (stored, referenced) => {
    const key = `${stored} ${referenced}`;
    const known = loaded.get(key);
    if (known) return known;
    const loading = load(source, stored, referenced).then(manifest => {
      remember(key, manifest.size);
      return manifest;
    });
    loaded.set(key, loading);
    return loading;
  };
}

function load(source: RegistrySource, stored: Digest, referenced: Digest): Promise<LoadedManifest> {
  return readManifest(source, stored, referenced, bytes => ({
    digest: stored,
    size: bytes.length,
    manifest: parseManifest(bytes),
  }));
}

/**
 * Reads a manifest's bytes, proves them, and returns what `use` makes of them.
 * @throws ScraperError as {@link manifestLoader} says; `MANIFEST_INVALID` of `use` gets the place
 */
export async function readManifest<T>(
  source: RegistrySource,
  stored: Digest,
  referenced: Digest,
  use: (bytes: Uint8Array) => T,
): Promise<T> {
  const path = source.driver.describe(pathFor({ kind: 'blob', digest: stored }));
  try {
    const bytes = await source.readBlob(stored);
    for (const expected of new Set([stored, referenced])) {
      const found = createHash(algorithmOf(expected)).update(bytes).digest('hex');
      if (found === encodedOf(expected)) continue;
      throw new ScraperError(
        'DIGEST_MISMATCH',
        `its bytes are not what its name says: expected ${expected}, found ${algorithmOf(expected)}:${found}`,
        {
          digest: expected,
          path,
          hint: 'the stored blob is damaged; restore it from a backup or push the image again',
        },
      );
    }
    return use(bytes);
  } catch (error) {
    if (isScraperError(error, 'MANIFEST_INVALID')) {
      throw new ScraperError('MANIFEST_INVALID', `it cannot be used as a manifest: ${error.message}`, {
        digest: stored,
        path,
        hint: 'a registry would refuse to serve it: push a sound one',
        cause: error,
      });
    }
    if (isScraperError(error, 'SIZE_INVALID')) throw tooLarge(stored, path, error);
    if (isScraperError(error, 'PATH_UNKNOWN')) throw missingBlob(source, stored, 'manifest');
    throw error;
  }
}

function tooLarge(digest: Digest, path: string, cause: ScraperError): ScraperError {
  return new ScraperError(
    'MANIFEST_INVALID',
    `it is too large for a manifest, a registry serves at most ${String(MAX_MANIFEST_BYTES / 2 ** 20)} MiB: ${cause.message}`,
    {
      digest,
      path,
      hint: 'a registry would refuse to serve it: push a smaller one',
      cause,
    },
  );
}

export function missingBlob(source: RegistrySource, digest: Digest, role: string): ScraperError {
  return new ScraperError('BLOB_UNKNOWN', `${role} ${digest} is not in the storage`, {
    digest,
    path: source.driver.describe(pathFor({ kind: 'blob', digest })),
    hint: 'the source registry cannot serve it either: push the image again',
  });
}
