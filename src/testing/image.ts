import { platformOf, type Blob, type Descriptor } from './contents.ts';
import { mediaTypes, type Compression, type Format } from './media-types.ts';
import { at, makePart, type MadePart, type Part, type Pushing } from './parts.ts';
import type { Manifest, PushOptions } from './repository.ts';

/** What any OCI manifest may have besides. */
export interface CommonOptions extends PushOptions {
  readonly artifactType?: string;
  readonly subject?: Manifest;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Members to be set in the manifest's JSON at the end; undefined takes one away. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

export interface ImageOptions extends CommonOptions {
  /** `oci` if absent. */
  readonly format?: Format;
  /** What the layers' media types say; `gzip` if absent. */
  readonly compression?: Compression;
  /** Two of 1000 and 500 bytes if absent. */
  readonly layers?: readonly Part[];
  /** Replaces the config that fits the layers and the platform. */
  readonly config?: Part;
  /** `os/architecture[/variant]`; `linux/amd64` if absent. */
  readonly platform?: string;
}

export interface Image extends Manifest {
  readonly config: Blob;
  readonly layers: readonly Blob[];
  /** The layer at `index`, from 0. */
  layer(index: number): Blob;
}

export interface IndexOptions extends CommonOptions {
  /** `oci` if absent. */
  readonly format?: Format;
}

export const CREATED = '2026-01-02T03:04:05Z';

export function buildImage(pushing: Pushing, options: ImageOptions = {}): Image {
  const { format = 'oci', compression = 'gzip', stored, platform = 'linux/amd64' } = options;
  const types = mediaTypes[format];
  const layers = (options.layers ?? [1000, 500]).map(part =>
    makePart(pushing, part, types.layer[compression], stored),
  );
  const config = makePart(
    pushing,
    options.config ?? configFor(pushing, layers, platform),
    types.config,
    stored,
  );
  const made = buildManifest(pushing, options, format, {
    mediaType: types.manifest,
    config: config.descriptor,
    layers: layers.map(layer => layer.descriptor),
  });
  return withParts(
    { ...made, descriptor: { ...made.descriptor, platform: platformOf(platform) } },
    config,
    layers,
  );
}

export function withParts(made: Manifest, config: MadePart, layers: readonly MadePart[]): Image {
  const blobs = layers.map(layer => layer.blob);
  return { ...made, config: config.blob, layers: blobs, layer: index => at(blobs, index) };
}

/** An image config (OCI image spec, config.md). The revision label makes each one different, as real builds are. */
function configFor(pushing: Pushing, layers: readonly MadePart[], platform: string): string {
  return JSON.stringify({
    created: CREATED,
    ...platformOf(platform),
    config: { Cmd: ['/bin/sh'], Labels: { 'org.opencontainers.image.revision': pushing.random.hex(40) } },
    rootfs: { type: 'layers', diff_ids: layers.map(layer => layer.diffId) },
    history: layers.map((_, index) => ({ created: CREATED, created_by: `COPY part-${String(index)} /` })),
  });
}

/** An index, in docker's words a manifest list. A child that is itself an index makes it nested. */
export function buildIndex(
  pushing: Pushing,
  children: readonly (Manifest | Descriptor)[],
  options: IndexOptions = {},
): Manifest {
  const { format = 'oci' } = options;
  return buildManifest(pushing, options, format, {
    mediaType: mediaTypes[format].index,
    manifests: children.map(child => ('descriptor' in child ? child.descriptor : child)),
  });
}

/** Docker indents its manifests by three spaces; OCI tools do not indent. */
export function buildManifest(
  pushing: Pushing,
  { artifactType, subject, annotations, overrides, ...push }: CommonOptions,
  format: Format,
  members: Readonly<Record<string, unknown>> & { readonly mediaType: string },
): Manifest {
  const body = {
    schemaVersion: 2,
    ...members,
    ...(artifactType !== undefined && { artifactType }),
    ...(subject && { subject: bare(subject.descriptor) }),
    ...(annotations && { annotations }),
    ...overrides,
  };
  const made = pushing.manifest(JSON.stringify(body, null, format === 'docker' ? 3 : 0), push);
  const descriptor = { ...made.descriptor, mediaType: members.mediaType };
  return { ...made, descriptor: { ...descriptor, ...(artifactType !== undefined && { artifactType }) } };
}

function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
