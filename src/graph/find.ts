import { ScraperError, type Warning } from '../errors.ts';
import { emptyDigest, shortDigest, type Digest } from '../oci/digest.ts';
import type { Child } from '../oci/manifest.ts';
import { isManifestType, isNonDistributable } from '../oci/media-type.ts';
import { pathFor } from '../registry/layout.ts';
import type { RegistrySource } from '../registry/source.ts';
import type { GraphBlob } from './graph.ts';
import { missingBlob } from './load.ts';

/** Where to look, and whom to tell of what is odd but no obstacle. */
export interface FindContext {
  readonly source: RegistrySource;
  readonly repository: string;
  readonly warn: (warning: Warning) => void;
}

/**
 * Finds a config or layer by its layer link, as the registry does (distribution, linkedblobstore.go `Stat`).
 * @param trail the way to it, for messages
 * @returns undefined when it is absent and may be: a non-distributable layer with `urls`
 * @throws ScraperError `BLOB_UNKNOWN`, `SIZE_INVALID`, `LINK_INVALID`, `NOT_A_FILE`
 */
export async function findBlob(
  context: FindContext,
  child: Child,
  trail: string,
): Promise<GraphBlob | undefined> {
  const { source, repository, warn } = context;
  const { digest, mediaType, size, urls, data } = child.descriptor;
  const role = child.role === 'config' ? 'config' : 'layer';
  const linked = await source.linkTarget({ kind: 'layerLink', repository, digest });
  const stored = linked ?? digest;
  const optional = isNonDistributable(mediaType) && urls.length > 0;
  const found = optional && linked === undefined ? undefined : await source.blobSize(stored);
  if (found === undefined) {
    if (data) return { digest, digests: [digest], role, size: data.length, trail, inline: data };
    if (!optional) throw missingBlob(source, stored, role);
    warn({
      code: 'LAYER_NOT_DISTRIBUTED',
      message: `${trail}: not in the storage; clients fetch it from ${urls[0] ?? ''}`,
      digest,
    });
    return undefined;
  }
  checkSize(source, stored, size ?? found, found);
  if (linked === undefined) warn(unlinked(digest, trail));
  if (stored !== digest) warn(aliased(digest, stored, trail));
  return {
    digest: stored,
    digests: stored === digest ? [stored] : [stored, digest],
    role,
    size: found,
    trail,
  };
}

/** How a manifest below another one stands in the repository. */
export interface FoundManifest {
  /** The digest it is stored under, or undefined when the source has it not: the index is sparse. */
  readonly stored: Digest | undefined;
}

/**
 * Finds what an index's entry leads to. A registry that deletes a manifest takes its revision link away before its bytes
 * (distribution, vacuum.go, garbagecollect.go), and a sparse index never had the link: one that leads to no bytes is damage.
 * A layer link says nothing: registry 2 leaves those behind.
 * @returns undefined when the entry is no manifest but a blob, such as a BuildKit cache's layers
 * @throws ScraperError `BLOB_UNKNOWN`, `SIZE_INVALID`, `LINK_INVALID`, `NOT_A_FILE`
 */
export async function findManifest(
  context: FindContext,
  child: Child,
  trail: string,
): Promise<FoundManifest | undefined> {
  const { source, repository, warn } = context;
  const { digest, mediaType, size } = child.descriptor;
  const revision = await source.linkTarget({ kind: 'revisionLink', repository, digest });
  if (revision === undefined && mediaType !== '' && !isManifestType(mediaType)) return undefined;
  const linked = revision ?? (await source.linkTarget({ kind: 'layerLink', repository, digest }));
  const stored = linked ?? digest;
  const found = await source.blobSize(stored);
  if (found === undefined) {
    if (revision !== undefined) throw missingBlob(source, stored, 'manifest');
    return { stored: undefined };
  }
  checkSize(source, stored, size ?? found, found);
  if (linked === undefined) warn(unlinked(digest, trail));
  return { stored };
}

function checkSize(source: RegistrySource, digest: Digest, expected: number, found: number): void {
  if (expected === found && (found > 0 || digest === emptyDigest)) return;
  const wanted = expected === found ? 'at least 1 byte' : `${String(expected)} bytes`;
  throw new ScraperError(
    'SIZE_INVALID',
    `blob ${digest} has the wrong size: expected ${wanted}, found ${String(found)}`,
    {
      digest,
      path: source.driver.describe(pathFor({ kind: 'blob', digest })),
      hint: 'the stored blob is damaged; restore it from a backup or push the image again',
    },
  );
}

/** Seen where a repository's links were lost while the blobs stayed (distribution#3172). */
function unlinked(digest: Digest, trail: string): Warning {
  return {
    code: 'LINK_MISSING',
    message: `${trail}: stored, but not linked in the repository, so the source registry does not serve it; the copy links it`,
    digest,
  };
}

/** distribution, garbagecollect.go marks the digests that manifests name, not what their links lead to. */
function aliased(digest: Digest, stored: Digest, trail: string): Warning {
  return {
    code: 'DIGEST_ALIAS',
    message: `${trail}: named ${shortDigest(digest)} and stored as ${shortDigest(stored)}; a stock registry serves it, but its garbage collection deletes it`,
    digest,
  };
}
