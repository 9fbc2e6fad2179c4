import { ScraperError } from '../errors.ts';

declare const brand: unique symbol;
/** A digest in its text form `algorithm:encoded`, checked (OCI image spec, descriptor.md "Digests"). */
export type Digest = string & { readonly [brand]: 'Digest' };

/** Registered algorithms and the length of their hex form (go-digest, which distribution uses, knows the same three). */
const hexLengths = { sha256: 64, sha384: 96, sha512: 128 } as const;
export type Algorithm = keyof typeof hexLengths;

export const algorithms = Object.keys(hexLengths) as readonly Algorithm[];

/** Digest of zero bytes: the only blob that may be empty. */
export const emptyDigest =
  'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' as Digest;

/** Whether `text` is a digest of a registered algorithm. */
export function isDigest(text: string): text is Digest {
  const colon = text.indexOf(':');
  const length = Object.hasOwn(hexLengths, text.slice(0, colon))
    ? hexLengths[text.slice(0, colon) as Algorithm]
    : -1;
  return text.length - colon - 1 === length && /^[0-9a-f]+$/.test(text.slice(colon + 1));
}

/**
 * Checks a digest.
 * @throws ScraperError `DIGEST_INVALID`, saying what is wrong with it
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const [algorithm = '', encoded] = text.split(':', 2);
  const known = Object.hasOwn(hexLengths, algorithm);
  const expected =
    encoded === undefined || !/^[a-z0-9]+([+._-][a-z0-9]+)*$/.test(algorithm)
      ? 'algorithm:hex'
      : known
        ? `${String(hexLengths[algorithm as Algorithm])} lower-case hex digits after "${algorithm}:"`
        : `one of the algorithms ${algorithms.join(', ')}`;
  throw new ScraperError(
    'DIGEST_INVALID',
    `digest ${JSON.stringify(text)} is not valid: expected ${expected}`,
  );
}

export function digestOf(algorithm: Algorithm, encoded: string): Digest {
  return parseDigest(`${algorithm}:${encoded}`);
}

export function algorithmOf(digest: Digest): Algorithm {
  return digest.slice(0, digest.indexOf(':')) as Algorithm;
}

/** The hex part. */
export function encodedOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** `sha256:0123456789ab`: enough for people to tell digests apart. */
export function shortDigest(digest: string): string {
  return digest.slice(0, digest.indexOf(':') + 13);
}
