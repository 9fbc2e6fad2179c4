import { isScraperError } from '../errors.ts';
import { algorithmOf, isDigest, type Digest } from '../oci/digest.ts';
import { quotedLink, withoutBlanks } from '../registry/link-text.ts';
import { MAX_LINK_BYTES } from '../registry/layout.ts';
import type { Entry } from '../storage/driver.ts';
import type { FindingKind } from './kinds.ts';
import { oddity } from './oddity.ts';
import type { Verification } from './verification.ts';

/** A link as a registry reads it: to the byte (distribution, blobstore.go `readlink`). */
export type Link =
  | { readonly state: 'sound'; readonly target: Digest }
  | { readonly state: 'bad'; readonly kind: FindingKind; readonly message: string }
  /** It could not be read, which was noted. */
  | { readonly state: 'unreadable' }
  | { readonly state: 'gone' };

/**
 * @param kind what a listing calls it
 * @param name the digest that it is named after, if any
 */
export async function readLink(
  verifying: Verification,
  path: string,
  kind: Entry['kind'],
  name?: Digest,
): Promise<Link> {
  const { driver } = verifying;
  try {
    const text = Buffer.from(await driver.read(path, MAX_LINK_BYTES)).toString('utf8');
    return judge(text, name);
  } catch (error) {
    if (isScraperError(error, 'SIZE_INVALID')) {
      const message = `a link has more than ${String(MAX_LINK_BYTES)} bytes, expected ${expectedText(name)}`;
      return { state: 'bad', kind: 'LINK_MALFORMED', message };
    }
    const odd = oddity(error, kind, 'a link');
    if (odd === 'gone') return { state: 'gone' };
    if (odd) return { state: 'bad', ...odd };
    verifying.fail(error);
    return { state: 'unreadable' };
  }
}

function judge(text: string, name: Digest | undefined): Link {
  const expected = expectedText(name);
  const trimmed = withoutBlanks(text);
  const bad = (kind: FindingKind, message: string): Link => ({ state: 'bad', kind, message });
  if (text === '') return bad('LINK_EMPTY', `a link is empty, expected ${expected}; a registry answers 500`);
  if (!isDigest(trimmed)) {
    const found = quotedLink(text);
    return bad('LINK_MALFORMED', `a link holds ${found}, expected ${expected}; a registry answers 500`);
  }
  if (trimmed !== text) {
    return bad(
      'LINK_WHITESPACE',
      `a link has white space around its digest ${trimmed}; a registry answers 500`,
    );
  }
  // one algorithm's name for what is stored by another one's is as it should be
  if (name !== undefined && trimmed !== name && algorithmOf(trimmed) === algorithmOf(name)) {
    return bad('LINK_MISDIRECTED', `a link leads to ${trimmed}, expected ${expected}`);
  }
  return { state: 'sound', target: trimmed };
}

function expectedText(name: Digest | undefined): string {
  return name ?? 'sha256: and 64 hex digits';
}
