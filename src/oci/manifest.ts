import * as v from 'valibot';
import { ScraperError } from '../errors.ts';
import type { Digest } from './digest.ts';
import { descriptorSchema, fsLayerSchema, type Descriptor } from './descriptor.ts';
import { findAmbiguousKey } from './json.ts';
import { isManifestType, mediaTypes } from './media-type.ts';
import { readPlatform, type Platform } from './platform.ts';

/** Largest manifest that a registry reads or accepts (distribution, `maxManifestBodySize`, `maxBlobGetSize`). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** A manifest, typed the way the registry types it: by its body. */
export type Manifest =
  | {
      readonly kind: 'image';
      readonly mediaType: string;
      readonly config: Descriptor;
      readonly layers: readonly Descriptor[];
      readonly about: About;
    }
  | {
      readonly kind: 'index';
      readonly mediaType: string;
      readonly manifests: readonly Descriptor[];
      readonly about: About;
    }
  | {
      readonly kind: 'schema1';
      readonly mediaType: string;
      /** Each layer once; schema1 repeats the empty layer. */
      readonly layers: readonly Descriptor[];
      readonly platform?: Platform;
    }
  /** OCI's withdrawn artifact manifest: recognised, never shipped. */
  | { readonly kind: 'artifact'; readonly mediaType: string };

/** What a manifest says of itself (OCI image spec, manifest.md and image-index.md; referrers: distribution spec). */
export interface About {
  /** The manifest that this one is about. */
  readonly subject?: Digest;
  /** Kind of artifact; where it is not given, an image manifest's config type stands for it. Empty for a plain index. */
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a manifest points to, and how to name it to people. */
export interface Child {
  readonly descriptor: Descriptor;
  readonly role: 'config' | 'layer' | 'manifest';
  /** `config`, `layer 3`, `linux/arm64 manifest`. */
  readonly label: string;
}

/** Properties that decide what belongs to an image. */
const fields = [
  ...[
    'schemaVersion',
    'mediaType',
    'config',
    'layers',
    'manifests',
    'fsLayers',
    'blobSum',
    'subject',
    'artifactType',
  ],
  ...['digest', 'size', 'urls', 'data', 'platform', 'annotations'],
];

const list = <S extends v.GenericSchema>(item: S) => v.nullish(v.array(item));
const about = {
  subject: v.nullish(descriptorSchema),
  artifactType: v.nullish(v.string()),
  annotations: v.nullish(v.record(v.string(), v.string())),
};
const imageSchema = v.object({ config: descriptorSchema, layers: list(descriptorSchema), ...about });
const indexSchema = v.object({ manifests: list(descriptorSchema), ...about });
const schema1Schema = v.object({ fsLayers: v.array(fsLayerSchema) });

/**
 * Parses the bytes of a manifest (distribution, registry/storage/manifeststore.go: `schemaVersion`, then `mediaType`, then shape).
 * @throws ScraperError `MANIFEST_INVALID`, saying which property is wrong and what was found
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > MAX_MANIFEST_BYTES) {
    return invalid(
      `it has ${String(bytes.length)} bytes, a registry serves at most ${String(MAX_MANIFEST_BYTES / 2 ** 20)} MiB`,
    );
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const body = parseObject(text);
  const key = findAmbiguousKey(text, fields);
  if (key !== undefined) {
    invalid(
      `key ${brief(key)} stands twice in one object or in unusual letter case, so readers would disagree on it`,
    );
  }
  const mediaType = body['mediaType'] ?? '';
  if (typeof mediaType !== 'string')
    return invalid(`mediaType: expected a string, found ${typeof mediaType}`);
  if (mediaType === mediaTypes.ociArtifactManifest) return { kind: 'artifact', mediaType };

  const version = body['schemaVersion'];
  if (version === 1) return parseSchema1(body);
  if (version !== 2) return invalid(`schemaVersion: expected 1 or 2, found ${describe(version)}`);
  switch (mediaType) {
    case mediaTypes.dockerManifestList:
    case mediaTypes.ociIndex:
      return parseIndex(body, mediaType);
    case mediaTypes.dockerManifest:
    case mediaTypes.ociManifest:
      return parseImage(body, mediaType);
    case '':
      return Array.isArray(body['manifests'])
        ? parseIndex(body, mediaTypes.ociIndex)
        : parseImage(body, mediaTypes.ociManifest);
    default:
      return invalid(
        `mediaType ${brief(JSON.stringify(mediaType))} is none that a registry serves as a manifest`,
      );
  }
}

/** The direct children, in document order, config first. Repeated layers are kept: callers count by digest. */
export function childrenOf(manifest: Manifest): readonly Child[] {
  switch (manifest.kind) {
    case 'image':
      return [
        { descriptor: manifest.config, role: 'config', label: 'config' },
        ...manifest.layers.map(layerChild),
      ];
    case 'index':
      return manifest.manifests.map((descriptor, position) => ({
        descriptor,
        role: 'manifest',
        label: entryLabel(descriptor, position),
      }));
    case 'schema1':
      return manifest.layers.map(layerChild);
    case 'artifact':
      return [];
  }
}

function layerChild(descriptor: Descriptor, position: number): Child {
  return { descriptor, role: 'layer', label: `layer ${String(position + 1)}` };
}

function entryLabel(descriptor: Descriptor, position: number): string {
  if (descriptor.annotations['vnd.docker.reference.type'] === 'attestation-manifest')
    return 'attestation manifest';
  if (descriptor.mediaType !== '' && !isManifestType(descriptor.mediaType))
    return `entry ${String(position + 1)}`;
  const nested =
    descriptor.mediaType === mediaTypes.ociIndex || descriptor.mediaType === mediaTypes.dockerManifestList;
  const noun = nested ? 'index' : 'manifest';
  const { platform } = descriptor;
  if (!platform) return `${noun} ${String(position + 1)}`;
  const variant = platform.variant === undefined ? '' : `/${platform.variant}`;
  return `${platform.os}/${platform.architecture}${variant} ${noun}`;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    return invalid('it is not JSON', cause);
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return invalid(`expected a JSON object, found ${describe(body)}`);
  }
  return body as Record<string, unknown>;
}

/** An image manifest with an index's property, or the reverse, means different things to different readers (CVE-2021-41190). */
function refuseBoth(body: Readonly<Record<string, unknown>>, kind: string, foreign: readonly string[]): void {
  const found = foreign.find(key => body[key] !== undefined && body[key] !== null);
  if (found !== undefined) invalid(`an ${kind} must not have "${found}"`);
}

function parseImage(body: Readonly<Record<string, unknown>>, mediaType: string): Manifest {
  refuseBoth(body, 'image manifest', ['manifests', 'fsLayers']);
  const { config, layers, ...rest } = check(imageSchema, body);
  return { kind: 'image', mediaType, config, layers: layers ?? [], about: aboutOf(rest, config.mediaType) };
}

function parseIndex(body: Readonly<Record<string, unknown>>, mediaType: string): Manifest {
  refuseBoth(body, 'index', ['config', 'layers', 'fsLayers']);
  const { manifests, ...rest } = check(indexSchema, body);
  return { kind: 'index', mediaType, manifests: manifests ?? [], about: aboutOf(rest, '') };
}

function aboutOf(
  raw: Pick<v.InferOutput<typeof indexSchema>, 'subject' | 'artifactType' | 'annotations'>,
  standing: string,
): About {
  const { subject, artifactType, annotations } = raw;
  return {
    artifactType: artifactType ?? standing,
    annotations: annotations ?? {},
    ...(subject && { subject: subject.digest }),
  };
}

function parseSchema1(body: Readonly<Record<string, unknown>>): Manifest {
  const layers = check(schema1Schema, body).fsLayers;
  const once = [...new Map(layers.map(layer => [layer.digest, layer])).values()];
  // schema1 does not name its operating system: it dates from when there was but one
  const platform = readPlatform({ os: 'linux', architecture: body['architecture'] });
  return {
    kind: 'schema1',
    mediaType: body['signatures'] === undefined ? mediaTypes.schema1 : mediaTypes.schema1Signed,
    layers: once,
    ...(platform && { platform }),
  };
}

function check<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, body, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const where = v.getDotPath(issue) ?? 'manifest';
  const missing = issue.received === 'undefined' && 'it is missing';
  const found =
    issue.kind === 'schema'
      ? missing || `expected ${issue.expected ?? 'something else'}, found ${brief(issue.received)}`
      : issue.message;
  return invalid(`${where}: ${found}`);
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : brief(JSON.stringify(value));
}

/** Documents are hostile until proved: a message quotes a bounded part of them. */
function brief(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

function invalid(why: string, cause?: unknown): never {
  throw new ScraperError('MANIFEST_INVALID', why, { cause });
}
