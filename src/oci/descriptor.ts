import * as v from 'valibot';
import { createHash } from 'node:crypto';
import { algorithmOf, encodedOf, isDigest, type Digest } from './digest.ts';
import { readPlatform, type Platform } from './platform.ts';

/** Reference to content (OCI image spec, descriptor.md). */
export interface Descriptor {
  /** Empty when the document does not say. */
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes; undefined only in schema1, which has no sizes. */
  readonly size?: number;
  readonly urls: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  /** The content itself, decoded, when the descriptor embeds it and it is what the digest says. */
  readonly data?: Uint8Array;
  readonly platform?: Platform;
}

/** Go reads a null as an absent value, so the registry accepts both everywhere. */
const optional = <S extends v.GenericSchema>(schema: S) => v.nullish(schema);

const digest = v.pipe(
  v.string(),
  v.check(
    isDigest,
    issue =>
      `expected a digest such as sha256:<64 hex digits>, found ${JSON.stringify(issue.input.slice(0, 80))}`,
  ),
  v.transform(text => text as Digest),
);

const size = v.pipe(
  v.number(),
  v.safeInteger(issue => `expected a whole number of bytes, found ${String(issue.input)}`),
  v.minValue(0, issue => `expected a size of 0 or more, found ${String(issue.input)}`),
);

export const descriptorSchema = v.pipe(
  v.object({
    mediaType: optional(v.string()),
    digest,
    size,
    urls: optional(v.array(v.string())),
    annotations: optional(v.record(v.string(), v.string())),
    data: optional(v.string()),
    platform: optional(v.unknown()),
  }),
  v.transform((raw): Descriptor => {
    const platform = readPlatform(raw.platform);
    const data = typeof raw.data === 'string' ? embedded(raw.data, raw.digest, raw.size) : undefined;
    return {
      mediaType: raw.mediaType ?? '',
      digest: raw.digest,
      size: raw.size,
      urls: raw.urls ?? [],
      annotations: raw.annotations ?? {},
      ...(data && { data }),
      ...(platform && { platform }),
    };
  }),
);

/** Schema1 names layers by digest alone. */
export const fsLayerSchema = v.pipe(
  v.object({ blobSum: digest }),
  v.transform(({ blobSum }): Descriptor => ({ mediaType: '', digest: blobSum, urls: [], annotations: {} })),
);

/** Embedded data counts only when it is what the descriptor names (descriptor.md, "Embedded Content"). */
function embedded(base64: string, expected: Digest, length: number): Uint8Array | undefined {
  const bytes = Buffer.from(base64, 'base64');
  const sound =
    bytes.length === length &&
    createHash(algorithmOf(expected)).update(bytes).digest('hex') === encodedOf(expected);
  return sound ? bytes : undefined;
}
