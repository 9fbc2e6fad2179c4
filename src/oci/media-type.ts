/** Media types that a registry or this program treats specially (OCI image spec media-types.md; distribution manifest-v2-2.md). */
export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  /** Withdrawn before OCI 1.1; no registry of the distribution line serves it. */
  ociArtifactManifest: 'application/vnd.oci.artifact.manifest.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  schema1: 'application/vnd.docker.distribution.manifest.v1+json',
  schema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
} as const;

const manifestTypes: ReadonlySet<string> = new Set([
  mediaTypes.ociManifest,
  mediaTypes.ociIndex,
  mediaTypes.ociArtifactManifest,
  mediaTypes.dockerManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.schema1,
  mediaTypes.schema1Signed,
]);

/**
 * Layers that a registry lets be absent when they name `urls`: Docker's foreign layers and OCI's non-distributable ones,
 * plain and gzip. The zstd one is missing here because distribution's manifest handlers do not know it: it must exist.
 */
const nonDistributableTypes: ReadonlySet<string> = new Set([
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
]);

export function isManifestType(mediaType: string): boolean {
  return manifestTypes.has(mediaType);
}

export function isNonDistributable(mediaType: string): boolean {
  return nonDistributableTypes.has(mediaType);
}

/** Whether a layer of this type is a tar of files, compressed or not, as every layer of an image that can be run is. */
export function isTarLayer(mediaType: string): boolean {
  return /^application\/vnd\.(docker\.image\.rootfs(\.foreign)?\.diff|oci\.image\.layer(\.nondistributable)?\.v1)\.tar([.+](gzip|zstd))?$/.test(
    mediaType,
  );
}

/** Whether a manifest of this type is Docker's, not OCI's. */
export function isDockerManifest(mediaType: string): boolean {
  return mediaType === mediaTypes.dockerManifest || mediaType === mediaTypes.dockerManifestList;
}

/** Whether a config of this type is JSON that names the image's platform. */
export function isImageConfig(mediaType: string): boolean {
  return mediaType === mediaTypes.ociConfig || mediaType === mediaTypes.dockerConfig;
}
