import { isOfSurroundings, isScraperError } from '../errors.ts';
import { algorithmOf, type Digest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import { isImageConfig } from '../oci/media-type.ts';
import { readPlatform, type Platform } from '../oci/platform.ts';
import type { FindContext } from './find.ts';

type Where = Pick<FindContext, 'source' | 'repository'>;

/** What an image's own documents say of it. */
export interface ImageConfig {
  readonly platform?: Platform;
  /** Milliseconds since the epoch. */
  readonly created?: number;
}

/**
 * Reads the config of one manifest; empty for an index, an artifact, and a config that says nothing or cannot be read.
 * Whether it is sound is proved when it is copied.
 * @throws ScraperError `ACCESS_DENIED`, `IO_ERROR`: an image must not look like one that says nothing because a disk fails
 */
export async function readImageConfig(context: Where, manifest: Manifest): Promise<ImageConfig> {
  if (manifest.kind === 'schema1') return manifest.platform ? { platform: manifest.platform } : {};
  if (manifest.kind !== 'image' || !isImageConfig(manifest.config.mediaType)) return {};
  try {
    const bytes = await context.source.readBlob(await storedDigest(context, manifest.config.digest));
    const config: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const platform = readPlatform(config);
    const created = readDate(config);
    return { ...(platform && { platform }), ...(created !== undefined && { created }) };
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    if (!isScraperError(error) || isOfSurroundings(error)) throw error;
    return {};
  }
}

function readDate(config: unknown): number | undefined {
  if (typeof config !== 'object' || config === null || !('created' in config)) return undefined;
  const time = typeof config.created === 'string' ? Date.parse(config.created) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** Registries store everything by its SHA-256; the link of any other name says which. */
async function storedDigest({ source, repository }: Where, digest: Digest): Promise<Digest> {
  if (algorithmOf(digest) === 'sha256') return digest;
  return (await source.linkTarget({ kind: 'layerLink', repository, digest })) ?? digest;
}
