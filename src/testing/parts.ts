import type { Algorithm, Digest } from '../oci/digest.ts';
import { blobOf, type Blob, type Contents, type Descriptor } from './contents.ts';
import { mediaTypes, type Compression, type Format } from './media-types.ts';
import type { Random } from './random.ts';
import type { Manifest, PushOptions } from './repository.ts';
import { compress, tar } from './tar.ts';
import type { Tree } from './tree.ts';

/** A repository as the builders of single kinds need it. */
export interface Pushing {
  readonly repository: string;
  readonly tree: Tree;
  readonly random: Random;
  readonly blob: (contents: Contents, algorithm?: Algorithm) => Blob;
  readonly manifest: (body: unknown, options?: PushOptions) => Manifest;
}

/** A layer, a config or another blob that a manifest lists. Plain contents stand for the usual media type. */
export type Part = Contents | PartOptions;

export interface PartOptions {
  /** `files` makes a real layer: a tar of them, compressed as the media type says. */
  readonly content: Contents | { readonly files: Readonly<Record<string, string | Uint8Array>> };
  readonly mediaType?: string;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** false: the manifest names it, the registry lacks it. */
  readonly stored?: boolean;
  /** Puts the bytes into the descriptor as well (`data`). */
  readonly inline?: boolean;
  /** Of the digest that the manifest refers to it by. */
  readonly algorithm?: Algorithm;
  /** What the manifest wrongly says. */
  readonly claim?: { readonly size?: unknown; readonly digest?: unknown };
}

export interface MadePart {
  readonly blob: Blob;
  readonly descriptor: Descriptor;
  /** Digest of the uncompressed tar; of the bytes themselves when they are no real tar. */
  readonly diffId: Digest;
}

/** Makes a part and pushes it, unless the part or the manifest (`stored` false) is not to be stored. */
export function makePart(pushing: Pushing, part: Part, usualType: string, stored = true): MadePart {
  const options: PartOptions = typeof part === 'object' && 'content' in part ? part : { content: part };
  const { content, mediaType = usualType, urls, annotations, algorithm, claim } = options;
  const archive = typeof content === 'object' && 'files' in content ? tar(content.files) : undefined;
  const contents = archive ? compress(archive, compressionOf(mediaType)) : (content as Contents);
  const made = blobOf(pushing.random, contents, algorithm);
  const blob = stored && options.stored !== false ? pushing.blob(made, algorithm) : made;
  const descriptor: Descriptor = {
    mediaType,
    digest: blob.digest,
    size: blob.size,
    ...(urls && { urls }),
    ...(annotations && { annotations }),
    ...(options.inline === true && { data: bytesOf(blob).toString('base64') }),
    ...(claim as Partial<Descriptor> | undefined),
  };
  return { blob, descriptor, diffId: archive ? blobOf(pushing.random, archive).digest : blob.stored };
}

/** Bytes of a blob that is not made of zeros. */
export function bytesOf(blob: Blob): Buffer {
  if ('zeros' in blob.contents) return Buffer.alloc(blob.contents.zeros);
  return Buffer.from(blob.contents);
}

function compressionOf(mediaType: string): Compression {
  if (/[+.]gzip$/.test(mediaType)) return 'gzip';
  return /[+.]zstd$/.test(mediaType) ? 'zstd' : 'none';
}

/**
 * A layer that may be fetched from elsewhere only, in docker's words foreign.
 * @param stored whether the registry has it all the same
 */
export function foreignLayer(
  content: Contents,
  { format = 'oci', compression = 'gzip', stored = false }: ForeignOptions = {},
): PartOptions {
  const mediaType = mediaTypes[format].foreignLayer[compression];
  return { content, mediaType, stored, urls: ['https://example.com/layer'] };
}

export interface ForeignOptions {
  readonly format?: Format;
  readonly compression?: Compression;
  readonly stored?: boolean;
}

/** The empty descriptor's blob as a part (OCI image spec, manifest.md "Guidance for an Empty Descriptor"). */
export function emptyPart(stored: boolean): PartOptions {
  return { content: '{}', mediaType: mediaTypes.empty, stored, inline: true };
}

/** Fails a test that asks for what is not there, instead of handing it undefined. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined)
    throw new RangeError(`there is no item ${String(index)} among ${String(items.length)}`);
  return item;
}
