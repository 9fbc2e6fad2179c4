import type { Manifest } from '../oci/manifest.ts';
import { isImageConfig, isManifestType, mediaTypes } from '../oci/media-type.ts';

/**
 * What stands behind a reference, in one word: an `image` for one platform, an `index` of several manifests, a `schema1`
 * image, or an `artifact`, which is anything else that registries hold: charts, signatures, SBOMs, build caches.
 */
export type Kind = 'image' | 'index' | 'schema1' | 'artifact';

export function kindOf(manifest: Manifest): Kind {
  return artifactTypeOf(manifest) === undefined ? manifest.kind : 'artifact';
}

/**
 * Kind of artifact that a manifest is, as a media type; undefined for an image and for an index of images. What a manifest
 * does not say of itself its parts tell: cosign and BuildKit put signatures and attestations behind an image's config.
 */
export function artifactTypeOf(manifest: Manifest): string | undefined {
  if (manifest.kind === 'artifact') return manifest.mediaType;
  if (manifest.kind === 'schema1') return undefined;
  const { artifactType } = manifest.about;
  const told = artifactType !== '' && artifactType !== mediaTypes.ociEmpty && !isImageConfig(artifactType);
  if (told) return artifactType;
  const parts = (manifest.kind === 'image' ? manifest.layers : manifest.manifests).map(
    part => part.mediaType,
  );
  const usual = manifest.kind === 'image' ? isLayerType : isManifestType;
  if (parts.length === 0 || parts.some(type => type === '' || usual(type)))
    return artifactType === mediaTypes.ociEmpty ? artifactType : undefined;
  // BuildKit's cache is an index of layers and, at its end, of what tells how they were made
  return manifest.kind === 'image' ? parts[0] : parts.at(-1);
}

/** Whether it is a file system's layer, in any compression and also encrypted. */
function isLayerType(mediaType: string): boolean {
  return /^application\/vnd\.(oci\.image\.layer|docker\.image\.rootfs)\./.test(mediaType);
}
