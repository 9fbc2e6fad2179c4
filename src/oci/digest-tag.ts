import { algorithmOf, encodedOf, type Digest } from './digest.ts';

/**
 * Whether a tag is named after a digest: cosign's `sha256-<hex>.sig`, `.att`, `.sbom`, and the fallback tag `sha256-<hex>`
 * (distribution spec, "Referrers Tag Schema", which cuts the hex part at 64 characters). Such a tag belongs to the image
 * with that digest and is no version of anything.
 */
export function isDigestTag(tag: string): boolean {
  return /^sha(?:256|384|512)-[0-9a-f]{64,128}(?:$|[.-])/.test(tag);
}

/** Whether a pattern begins like a digest tag, so that it must mean one. */
export function beginsLikeDigestTag(pattern: string): boolean {
  return /^sha(?:256|384|512)-/.test(pattern);
}

/** A tag that is named after a digest, taken apart. */
export interface DigestTag {
  readonly tag: string;
  /** The fallback tag of the digest: what every tag named after it begins with. */
  readonly fallback: string;
  /** What follows: `.sig`; empty for the fallback tag itself. */
  readonly suffix: string;
}

/** Takes a digest tag apart; undefined for any other tag. */
export function parseDigestTag(tag: string): DigestTag | undefined {
  const match = /^(sha(?:256|384|512)-[0-9a-f]{64})[0-9a-f]{0,64}((?:[.-].+)?)$/.exec(tag);
  return match ? { tag, fallback: match[1] ?? '', suffix: match[2] ?? '' } : undefined;
}

/** The fallback tag of a digest (distribution spec, "Referrers Tag Schema": at most 64 characters of the hex part). */
export function fallbackTagOf(digest: Digest): string {
  return `${algorithmOf(digest)}-${encodedOf(digest).slice(0, 64)}`;
}
