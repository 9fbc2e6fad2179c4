import { ScraperError } from '../errors.ts';
import { beginsLikeDigestTag, isDigestTag } from '../oci/digest-tag.ts';
import { isTag } from '../oci/reference.ts';
import { expandBraces } from './braces.ts';
import {
  compiled,
  parseNamePattern,
  whyNotClasses,
  withoutBracketedHost,
  type NamePattern,
} from './name-pattern.ts';
import { quoted } from './option-error.ts';

/**
 * A parsed pattern: a glob over `NAME:TAG`, both parts of which are patterns of their own.
 * - in names `*` stays within a component, and `**` as a whole component stands for any number of them; at the end for at
 *   least one, so that `team/**` is what lies below team and not team itself
 * - in tags `*` matches anything; without a tag, `latest` is meant
 * - `?`, `[a-z]`, `[!a-z]`, `{a,b}` as in a shell
 * - digest tags (`sha256-….sig`) match only what begins like one itself
 */
export interface Pattern {
  readonly text: string;
  /** One of each alternative that its braces give. */
  readonly names: readonly NamePattern[];
  readonly tag: TagPattern;
  /**
   * Not empty when there is no wildcard at all but only braces: then it spells references out, as it does when a shell
   * expands it, and each of them has to be there.
   */
  readonly references: readonly string[];
}

export interface TagPattern {
  /** `latest` where none was written. */
  readonly text: string;
  /** No tag was written. */
  readonly implied: boolean;
  /** All the tags it can match, when it has no wildcards: looked up, instead of searched for. */
  readonly exact: readonly string[] | undefined;
  matches(tag: string): boolean;
}

/** Longest pattern: a name of 255, a tag of 128, a host, and room for alternatives. */
const MAX_LENGTH = 2000;
/** Alternatives that braces may give. */
const MAX_ALTERNATIVES = 1000;

type Fail = (why: string) => never;

/** Whether a text is a glob and not a plain reference. Brackets of an IPv6 host and what follows `@` do not count. */
export function isPattern(text: string): boolean {
  const at = text.indexOf('@');
  return /[*?[{]/.test(withoutBracketedHost(at === -1 ? text : text.slice(0, at)));
}

/**
 * Parses a pattern, or a reference without a digest as the pattern that matches only this.
 * @throws ScraperError `REFERENCE_INVALID`, saying why
 */
export function parsePattern(text: string): Pattern {
  const fail: Fail = why => {
    throw new ScraperError('REFERENCE_INVALID', `${quoted(text)} is not a valid pattern: ${why}`, {
      reference: text,
      hint: "write NAME:TAG with * (in a name: within a component), ** (across components), ?, [a-z] or {a,b}, for example 'team/**:1.*'",
    });
  };
  if (text.length > MAX_LENGTH)
    fail(`it has ${String(text.length)} characters, at most ${String(MAX_LENGTH)} are allowed`);
  if (text.includes('@'))
    fail('"@" begins a digest, which names one manifest: give the whole reference without wildcards');
  const colon = text.indexOf(':', text.lastIndexOf('/') + 1);
  const name = colon === -1 ? text : text.slice(0, colon);
  const tag = colon === -1 ? undefined : text.slice(colon + 1);
  if (name === '') fail('the repository name is missing');
  const tags = unique(expandBraces(tag ?? 'latest', MAX_ALTERNATIVES, fail));
  const alternatives = unique(expandBraces(name, MAX_ALTERNATIVES, fail));
  if (alternatives.length * tags.length > MAX_ALTERNATIVES)
    fail(`its braces stand for more than ${String(MAX_ALTERNATIVES)} alternatives`);
  const names = alternatives.map(alternative => parseNamePattern(alternative, fail));
  const tagPattern = parseTagPattern(tag, tags, fail);
  const spelledOut = tagPattern.exact !== undefined && names.every(({ forms: [form] }) => form.exact);
  const references = spelledOut ? alternatives.flatMap(one => tags.map(other => `${one}:${other}`)) : [];
  return { text, names, tag: tagPattern, references };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function parseTagPattern(text: string | undefined, alternatives: readonly string[], fail: Fail): TagPattern {
  const matchers = alternatives.map(alternative => tagMatcher(alternative, fail));
  return {
    text: text ?? 'latest',
    implied: text === undefined,
    exact: alternatives.every(isTag) ? alternatives : undefined,
    matches: tag => matchers.some(matches => matches(tag)),
  };
}

function tagMatcher(text: string, fail: Fail): (tag: string) => boolean {
  if (isTag(text)) return tag => tag === text;
  if (text === '') fail('nothing stands after the colon');
  const why = whyNotClasses(text) ?? whyNotTagLetters(text.replace(/\[[!^]?[^\]]*\]/g, ''));
  if (why !== undefined) fail(why);
  if (!/[*?[]/.test(text))
    fail(
      `no tag is called ${quoted(text)}: at most 128 characters, of which the first is neither "." nor "-"`,
    );
  const matches = compiled(text, fail);
  if (beginsLikeDigestTag(text)) return matches;
  return tag => matches(tag) && !isDigestTag(tag);
}

function whyNotTagLetters(text: string): string | undefined {
  const [bad] = /[^A-Za-z0-9._*?-]/.exec(text) ?? [];
  if (bad === '!') return '"!" stands only in brackets, like [!0-9]; to leave tags out use --exclude';
  return bad === undefined ? undefined : `${JSON.stringify(bad)} stands in no tag`;
}
