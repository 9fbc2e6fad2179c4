import {
  buildArtifact,
  buildArtifactManifest,
  buildAttestation,
  buildCacheIndex,
  buildChart,
  buildSignature,
  type ArtifactManifest,
  type ArtifactManifestOptions,
  type ArtifactOptions,
  type CacheOptions,
  type ChartOptions,
} from './artifacts.ts';
import type { Descriptor } from './contents.ts';
import { buildImage, buildIndex, type Image, type ImageOptions, type IndexOptions } from './image.ts';
import type { Pushing } from './parts.ts';
import type { Manifest, PushOptions } from './repository.ts';
import { buildSchema1, type Schema1, type Schema1Options } from './schema1.ts';

/** Every kind of thing that is pushed to registries. Each call pushes one, with its blobs, and returns what it made. */
export interface Kinds {
  /** An image: docker schema 2 or OCI. */
  image(options?: ImageOptions): Image;
  /** An index, or with `format: 'docker'` a manifest list, of what was made before; of what is not stored: a sparse one. */
  index(children: readonly (Manifest | Descriptor)[], options?: IndexOptions): Manifest;
  schema1(options?: Schema1Options): Schema1;
  artifact(options?: ArtifactOptions): Image;
  chart(options?: ChartOptions): Image;
  attestation(subject: Manifest, options?: PushOptions): Image;
  /** cosign's signature of `subject`, under its tag. */
  signature(subject: Manifest): Image;
  cacheIndex(options?: CacheOptions): Image;
  artifactManifest(options?: ArtifactManifestOptions): ArtifactManifest;
}

export function kinds(pushing: Pushing): Kinds {
  return {
    image: options => buildImage(pushing, options),
    index: (children, options) => buildIndex(pushing, children, options),
    schema1: options => buildSchema1(pushing, options),
    artifact: options => buildArtifact(pushing, options),
    chart: options => buildChart(pushing, options),
    attestation: (subject, options) => buildAttestation(pushing, subject, options),
    signature: subject => buildSignature(pushing, subject),
    cacheIndex: options => buildCacheIndex(pushing, options),
    artifactManifest: options => buildArtifactManifest(pushing, options),
  };
}
