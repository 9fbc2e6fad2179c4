import { parsePattern, type Pattern } from '../select/pattern.ts';

/** One thing asked for. */
export type Target = PatternTarget | DigestTarget;

/** A reference without a digest, or a glob; without a tag it means all tags. */
export interface PatternTarget {
  readonly kind: 'pattern';
  /** As given. */
  readonly text: string;
  readonly pattern: Pattern;
}

/** A reference with a digest. */
export interface DigestTarget {
  readonly kind: 'digest';
  readonly text: string;
}

/**
 * Reads an argument: a reference, a glob over `NAME:TAG`, or a path that ends in a slash, which means everything below it.
 * @throws ScraperError `REFERENCE_INVALID`
 */
export function parseTarget(text: string): Target {
  if (text.includes('@')) return { kind: 'digest', text };
  const below = text.length > 1 && text.endsWith('/') ? `${text.replace(/\/+$/, '')}/**` : text;
  return { kind: 'pattern', text, pattern: parsePattern(below) };
}
