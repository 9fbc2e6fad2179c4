/** Images that no common client makes, pushed by hand. Each is tagged `1.0` in a repository of its own unless said otherwise. */
import { createHash } from 'node:crypto';
import { mediaTypes } from '../oci/media-type.ts';
import { pullManifest, pushBlob, pushManifest, type PushedBlob } from './registry-client.ts';

const formats = {
  oci: {
    manifest: mediaTypes.ociManifest,
    index: mediaTypes.ociIndex,
    config: mediaTypes.ociConfig,
    layer: 'application/vnd.oci.image.layer.v1.tar',
  },
  v2s2: {
    manifest: mediaTypes.dockerManifest,
    index: mediaTypes.dockerManifestList,
    config: mediaTypes.dockerConfig,
    layer: 'application/vnd.docker.image.rootfs.diff.tar',
  },
} as const;
type Format = keyof typeof formats;

interface PushImageOptions {
  readonly format?: Format;
  readonly architecture?: string;
  /** Without one the image is only a revision. */
  readonly tag?: string;
  /** Of the digest that each layer is pushed by. */
  readonly algorithm?: 'sha512';
}

/** An image with uncompressed layers. */
async function pushImage(
  url: string,
  repository: string,
  layers: readonly Buffer[],
  { format = 'oci', architecture = 'amd64', tag, algorithm }: PushImageOptions = {},
): Promise<PushedBlob> {
  const types = formats[format];
  const diffIds = layers.map(layer => `sha256:${createHash('sha256').update(layer).digest('hex')}`);
  const config = { os: 'linux', architecture, rootfs: { type: 'layers', diff_ids: diffIds } };
  const pushed: PushedBlob[] = [];
  for (const layer of layers) pushed.push(await pushBlob(url, repository, types.layer, layer, algorithm));
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: await pushBlob(url, repository, types.config, Buffer.from(JSON.stringify(config))),
    layers: pushed,
  };
  return pushManifest(url, repository, types.manifest, manifest, tag);
}

export async function pushPlainLayers(url: string, layers: readonly Buffer[]): Promise<void> {
  await pushImage(url, 'library/plain', layers, { tag: '1.0' });
}

/** The registry stores the layer by its sha256; manifest and one layer link go on naming it by sha512. */
export async function pushSha512Layer(url: string, layer: Buffer): Promise<void> {
  await pushImage(url, 'library/sha512', [layer], { tag: '1.0', algorithm: 'sha512' });
}

/** As Windows images were: the first layer is only named, by a URL, and never stored. */
export async function pushForeignLayer(url: string, layer: Buffer): Promise<void> {
  const repository = 'library/foreign';
  const config = Buffer.from('{"os":"windows","architecture":"amd64"}');
  const foreign = {
    mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    digest: `sha256:${'5'.repeat(64)}`,
    size: 12_345,
    urls: ['https://example.invalid/layer'],
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: await pushBlob(url, repository, mediaTypes.dockerConfig, config),
    layers: [foreign, await pushBlob(url, repository, 'application/vnd.docker.image.rootfs.diff.tar', layer)],
  };
  await pushManifest(url, repository, mediaTypes.dockerManifest, manifest, '1.0');
}

function index(manifests: readonly object[], mediaType: string = mediaTypes.ociIndex): object {
  return { schemaVersion: 2, mediaType, manifests };
}

/** A manifest list or an index of images for two platforms. */
export async function pushTwoPlatforms(
  url: string,
  repository: string,
  tag: string,
  format: Format,
  layer: Buffer,
): Promise<void> {
  const children: object[] = [];
  for (const architecture of ['amd64', 'arm64']) {
    const image = await pushImage(url, repository, [layer], { format, architecture });
    children.push({ ...image, platform: { os: 'linux', architecture } });
  }
  const mediaType = formats[format].index;
  await pushManifest(url, repository, mediaType, index(children, mediaType), tag);
}

/** An index of two: the index tagged `inner` that `multi/nested` must hold already, and an image. */
export async function pushNestedIndex(url: string, layer: Buffer): Promise<void> {
  const repository = 'multi/nested';
  const { mediaType, digest, bytes } = await pullManifest(url, repository, 'inner');
  const image = await pushImage(url, repository, [layer]);
  const children = [{ mediaType, digest, size: bytes.length }, image];
  await pushManifest(url, repository, mediaTypes.ociIndex, index(children), '1.0');
}

/** Tagged `0.1.0`. Its manifest has no `mediaType`, as Helm's had for years. */
export async function pushHelmChart(url: string, chart: Buffer): Promise<void> {
  const repository = 'charts/demo';
  const helm = 'application/vnd.cncf.helm';
  const config = Buffer.from('{"name":"demo","version":"0.1.0"}');
  const manifest = {
    schemaVersion: 2,
    config: await pushBlob(url, repository, `${helm}.config.v1+json`, config),
    layers: [
      await pushBlob(url, repository, `${helm}.chart.content.v1.tar+gzip`, chart),
      await pushBlob(url, repository, `${helm}.chart.provenance.v1.prov`, Buffer.from('signed')),
    ],
  };
  await pushManifest(url, repository, mediaTypes.ociManifest, manifest, '0.1.0');
}

/**
 * A software bill of materials about `library/app:oci`, tagged `sbom`, with the empty descriptor as config, and the index
 * that lists it where registries without a referrers API keep it (distribution spec, "Referrers Tag Schema").
 * Returns that index' tag.
 */
export async function pushArtifact(url: string): Promise<string> {
  const repository = 'library/app';
  const subject = await pullManifest(url, repository, 'oci');
  const artifactType = 'application/spdx+json';
  const artifact = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: await pushBlob(url, repository, mediaTypes.ociEmpty, Buffer.from('{}')),
    layers: [await pushBlob(url, repository, artifactType, Buffer.from('{"spdxVersion":"SPDX-2.3"}'))],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.bytes.length },
  };
  const pushed = await pushManifest(url, repository, mediaTypes.ociManifest, artifact, 'sbom');
  const tag = subject.digest.replace(':', '-');
  await pushManifest(url, repository, mediaTypes.ociIndex, index([{ ...pushed, artifactType }]), tag);
  return tag;
}
