import { createHash } from 'node:crypto';
import { parseDigest, type Algorithm, type Digest } from '../oci/digest.ts';
import type { Random } from './random.ts';

/** A descriptor as it stands in a manifest (OCI image spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly data?: string;
  readonly artifactType?: string;
  readonly platform?: Readonly<Record<string, string>>;
}

/** Bytes that a tree holds, or could hold, as a blob. */
export interface Blob {
  /** The digest that manifests refer to it by. */
  readonly digest: Digest;
  /** The digest that a registry stores it under: always SHA-256. */
  readonly stored: Digest;
  readonly size: number;
  readonly contents: Uint8Array | { readonly zeros: number };
}

/** What a blob is to hold: so many random bytes, a text, bytes, so many zeros, or the same as another blob. */
export type Contents = number | string | Uint8Array | { readonly zeros: number } | Blob;

/** @param algorithm of the digest that it is referred to by; a registry stores it under its SHA-256 in any case */
export function blobOf(random: Random, contents: Contents, algorithm?: Algorithm): Blob {
  if (typeof contents === 'number') return blobOf(random, random.bytes(contents), algorithm);
  if (typeof contents === 'string') return blobOf(random, Buffer.from(contents), algorithm);
  if ('stored' in contents)
    return algorithm === undefined ? contents : blobOf(random, contents.contents, algorithm);
  const stored = digestOfContents('sha256', contents);
  return {
    digest:
      algorithm === undefined || algorithm === 'sha256' ? stored : digestOfContents(algorithm, contents),
    stored,
    size: 'zeros' in contents ? contents.zeros : contents.length,
    contents,
  };
}

function digestOfContents(algorithm: Algorithm, contents: Blob['contents']): Digest {
  const hash = createHash(algorithm);
  if ('zeros' in contents) {
    const zeros = Buffer.alloc(1024 * 1024);
    for (let left = contents.zeros; left > 0; left -= zeros.length) hash.update(zeros.subarray(0, left));
  } else hash.update(contents);
  return parseDigest(`${algorithm}:${hash.digest('hex')}`);
}

/** The `platform` object for `os/architecture[/variant]`. */
export function platformOf(text: string): Record<string, string> {
  const [os = '', architecture = '', variant] = text.split('/');
  return { architecture, os, ...(variant !== undefined && { variant }) };
}
