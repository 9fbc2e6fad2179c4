import { encodedOf } from '../oci/digest.ts';
import type { Blob } from './contents.ts';
import { buildImage, buildManifest, withParts, type Image, type ImageOptions } from './image.ts';
import { mediaTypes } from './media-types.ts';
import { at, emptyPart, makePart, type Part, type Pushing } from './parts.ts';
import type { Manifest, PushOptions } from './repository.ts';

export interface ArtifactOptions extends Omit<ImageOptions, 'format' | 'compression' | 'platform'> {
  /** Whether the empty config's blob is stored; its descriptor carries the bytes in any case. True if absent. */
  readonly emptyStored?: boolean;
}

/** What `oras push` and `oras attach` make: an image manifest with a type of its own, an empty config and any layers. */
export function buildArtifact(pushing: Pushing, options: ArtifactOptions = {}): Image {
  const {
    emptyStored = true,
    artifactType = 'application/vnd.example.report.v1',
    layers = [64],
    ...rest
  } = options;
  const image = buildImage(pushing, {
    config: emptyPart(emptyStored),
    ...rest,
    artifactType,
    layers: layers.map(part => named(part, 'application/vnd.example.report.v1+json')),
  });
  return { ...image, descriptor: without(image.descriptor, 'platform') };
}

/** The tag under which clients look for what refers to `subject` when the registry has no referrers API. */
export function referrersTag(subject: Pick<Blob, 'digest'>): string {
  return subject.digest.replace(':', '-');
}

/** A signature as cosign stores it: an image manifest under the tag `sha256-<hex>.sig`. */
export function buildSignature(pushing: Pushing, subject: Manifest): Image {
  const payload = JSON.stringify({
    critical: { image: { 'docker-manifest-digest': subject.digest }, type: 'cosign' },
  });
  const layer = {
    content: payload,
    mediaType: mediaTypes.cosign,
    annotations: { 'dev.cosignproject.cosign/signature': 'MEUC' },
  };
  return buildImage(pushing, { tag: `sha256-${encodedOf(subject.digest)}.sig`, layers: [layer] });
}

/** BuildKit's attestation of an image; an index lists it beside the image, for no platform. */
export function buildAttestation(pushing: Pushing, subject: Manifest, options: PushOptions = {}): Image {
  const statement = JSON.stringify({
    _type: 'https://in-toto.io/Statement/v0.1',
    subject: [{ digest: subject.digest }],
  });
  const layer = { content: statement, mediaType: mediaTypes.inToto };
  const image = buildImage(pushing, { ...options, layers: [layer], platform: 'unknown/unknown' });
  const annotations = {
    'vnd.docker.reference.digest': subject.digest,
    'vnd.docker.reference.type': 'attestation-manifest',
  };
  return { ...image, descriptor: { ...image.descriptor, annotations } };
}

export interface CacheOptions extends PushOptions {
  readonly layers?: readonly Part[];
}

/** BuildKit's cache export: an index whose children are layers and a config, all of them linked as layers. */
export function buildCacheIndex(
  pushing: Pushing,
  { layers = [300, 200], ...options }: CacheOptions = {},
): Image {
  const parts = layers.map(part => makePart(pushing, part, mediaTypes.oci.layer.gzip, options.stored));
  const records = JSON.stringify({
    layers: parts.map(part => ({ blob: part.blob.digest, parent: -1 })),
    records: [],
  });
  const config = makePart(pushing, records, mediaTypes.cacheConfig, options.stored);
  const made = buildManifest(pushing, options, 'oci', {
    mediaType: mediaTypes.oci.index,
    manifests: [...parts, config].map(part => part.descriptor),
  });
  return withParts(made, config, parts);
}

export interface ChartOptions extends PushOptions {
  /** Adds the provenance file; false if absent. */
  readonly provenance?: boolean;
}

/** What `helm push` makes. */
export function buildChart(pushing: Pushing, { provenance = false, ...options }: ChartOptions = {}): Image {
  const chart = { files: { 'app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 0.1.0\n' } };
  const signed = { content: '-----BEGIN PGP SIGNED MESSAGE-----\n', mediaType: mediaTypes.helmProvenance };
  const image = buildImage(pushing, {
    ...options,
    config: {
      content: '{"name":"app","version":"0.1.0","apiVersion":"v2"}',
      mediaType: mediaTypes.helmConfig,
    },
    layers: [{ content: chart, mediaType: mediaTypes.helmChart }, ...(provenance ? [signed] : [])],
  });
  return { ...image, descriptor: without(image.descriptor, 'platform') };
}

export interface ArtifactManifestOptions extends PushOptions {
  readonly blobs?: readonly Part[];
  readonly subject?: Manifest;
}

export interface ArtifactManifest extends Manifest {
  readonly blobs: readonly Blob[];
  /** The blob at `index`, from 0. */
  blob(index: number): Blob;
}

/** A manifest of the type that a release candidate of image-spec 1.1 had: no stock registry serves it. */
export function buildArtifactManifest(
  pushing: Pushing,
  { blobs = [64], subject, ...options }: ArtifactManifestOptions = {},
): ArtifactManifest {
  const parts = blobs.map(part => makePart(pushing, part, 'application/octet-stream', options.stored));
  const body = {
    mediaType: mediaTypes.artifactManifest,
    artifactType: 'application/vnd.example.report.v1',
    blobs: parts.map(part => part.descriptor),
    ...(subject && {
      subject: { mediaType: subject.descriptor.mediaType, digest: subject.digest, size: subject.size },
    }),
  };
  const made = parts.map(part => part.blob);
  return { ...pushing.manifest(body, options), blobs: made, blob: index => at(made, index) };
}

function named(part: Part, mediaType: string): Part {
  return typeof part === 'object' && 'content' in part
    ? { mediaType, ...part }
    : { content: part, mediaType };
}

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value;
  return rest;
}
