import { isScraperError } from '../errors.ts';
import { algorithmOf, type Digest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import { isImageConfig } from '../oci/media-type.ts';
import { formatPlatform, readPlatform, type Platform } from '../oci/platform.ts';
import type { FindContext } from './find.ts';

type Where = Pick<FindContext, 'source' | 'repository'>;

/** Platform of one manifest as its own documents tell it; undefined for an index, an artifact, or a config that names none. */
export async function platformOf(context: Where, manifest: Manifest): Promise<string | undefined> {
  const platform = manifest.kind === 'schema1' ? manifest.platform : await configPlatform(context, manifest);
  return platform && formatPlatform(platform);
}

async function configPlatform(context: Where, manifest: Manifest): Promise<Platform | undefined> {
  if (manifest.kind !== 'image' || !isImageConfig(manifest.config.mediaType)) return undefined;
  try {
    const bytes = await context.source.readBlob(await storedDigest(context, manifest.config.digest));
    return readPlatform(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    // the platform is shown to people, nothing depends on it: whether the config is sound is proved when it is copied
    if (isScraperError(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Registries store everything by its SHA-256; the link of any other name says which. */
async function storedDigest({ source, repository }: Where, digest: Digest): Promise<Digest> {
  if (algorithmOf(digest) === 'sha256') return digest;
  return (await source.linkTarget({ kind: 'layerLink', repository, digest })) ?? digest;
}
