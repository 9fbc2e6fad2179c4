/** Media types as they stand in real manifests, written out here once more so that tests do not lean on the code under test. */
export const mediaTypes = {
  docker: {
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: {
      none: 'application/vnd.docker.image.rootfs.diff.tar',
      gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
      zstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
    },
    foreignLayer: {
      none: 'application/vnd.docker.image.rootfs.foreign.diff.tar',
      gzip: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      zstd: 'application/vnd.docker.image.rootfs.foreign.diff.tar.zstd',
    },
  },
  oci: {
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    index: 'application/vnd.oci.image.index.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: {
      none: 'application/vnd.oci.image.layer.v1.tar',
      gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
      zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
    },
    foreignLayer: {
      none: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
      gzip: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      zstd: 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
    },
  },
  schema1: 'application/vnd.docker.distribution.manifest.v1+json',
  signedSchema1: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  empty: 'application/vnd.oci.empty.v1+json',
  artifactManifest: 'application/vnd.oci.artifact.manifest.v1+json',
  helmConfig: 'application/vnd.cncf.helm.config.v1+json',
  helmChart: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  helmProvenance: 'application/vnd.cncf.helm.chart.provenance.v1.prov',
  cacheConfig: 'application/vnd.buildkit.cacheconfig.v0',
  inToto: 'application/vnd.in-toto+json',
  cosign: 'application/vnd.dev.cosign.simplesigning.v1+json',
} as const;

export type Format = 'docker' | 'oci';
export type Compression = 'none' | 'gzip' | 'zstd';
