import semver, { type Range } from 'semver';
import { ScraperError } from '../errors.ts';
import { optionError, quoted } from './option-error.ts';
import type { Selection } from './selection.ts';
import { tagMatcher } from './tag-matcher.ts';
import { isPrerelease, versionOf } from './version.ts';

/** Which filter takes a tag away. */
export type Refusal = 'regex' | 'no version' | 'range' | 'prerelease';

export interface TagFilter {
  /** What lets tags pass, for people; empty when there are no filters. */
  readonly reasons: readonly string[];
  /**
   * The tags that do not pass, each with the first filter that it does not pass: regex, then version. A call costs
   * something of itself, so it is made for many tags at once.
   * @throws ScraperError `USAGE` when an expression takes too long
   */
  refuse(tags: readonly string[]): ReadonlyMap<string, Refusal>;
}

/** Longest regular expression or range; nobody writes longer ones by hand. */
const MAX_LENGTH = 1000;

/**
 * Compiles the value of `--tag-regex`, in JavaScript's syntax. It may match anywhere in a tag.
 * @throws ScraperError `USAGE`
 */
export function parseTagRegex(text: string): RegExp {
  const example = "for example --tag-regex '^v?[0-9]+\\.[0-9]+$'";
  if (text === '' || text.length > MAX_LENGTH) {
    const expected = `a regular expression of 1 to ${String(MAX_LENGTH)} characters`;
    throw optionError('--tag-regex', expected, text, example);
  }
  try {
    return new RegExp(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const why = error.message.slice(error.message.lastIndexOf(': ') + 2).toLowerCase();
    const inline = /^\(\?[a-z]+\)/.test(text);
    throw new ScraperError('USAGE', `--tag-regex ${quoted(text)} is no regular expression: ${why}`, {
      hint: inline ? 'JavaScript writes flags around what they hold for: (?i:abc)' : example,
      cause: error,
    });
  }
}

/**
 * Checks the value of `--semver`.
 * @returns the text as it was given
 * @throws ScraperError `USAGE`
 */
export function parseRange(text: string): string {
  rangeOf(text);
  return text;
}

/**
 * Reads a range with prereleases in it: these are told apart later, so that it can be said how many there were.
 * @throws ScraperError `USAGE`
 */
function rangeOf(text: string): Range {
  const sound = text.trim() !== '' && text.length <= MAX_LENGTH && semver.validRange(text) !== null;
  if (sound) return new semver.Range(text, { includePrerelease: true });
  const hint = text.includes(',')
    ? "conditions are separated by blanks, alternatives by ||, for example --semver '>=1.2 <3 || 4.x'"
    : /(?:^|[^0-9])0[0-9]/.test(text)
      ? 'numbers in a version have no leading zeros; for tags like 2024.01 use --tag-regex'
      : "for example --semver '^1.2', --semver '>=1.2 <3' or --semver '1.x || 2.4'";
  throw optionError('--semver', 'a range of versions', text, hint);
}

/**
 * The tag filters of a selection. All that were given have to hold.
 * @throws ScraperError `USAGE` for a bad range, and for one that names a prerelease where none is let through
 */
export function tagFilter({ tagRegex, semver: text, prerelease }: Selection): TagFilter {
  const range = text === undefined ? undefined : rangeOf(text);
  // a number before a dash: in a hyphen range blanks stand around it
  if (text !== undefined && !prerelease && /[0-9]-[0-9A-Za-z]/.test(text)) {
    throw new ScraperError(
      'USAGE',
      `--semver ${quoted(text)} names a prerelease, and prereleases are left out without --prerelease`,
      { hint: 'add --prerelease, or name only releases in the range' },
    );
  }
  const matcher = tagRegex && tagMatcher(tagRegex);
  return {
    reasons: [
      ...(tagRegex === undefined ? [] : [`tag matches --tag-regex ${tagRegex.source}`]),
      ...(text === undefined ? [] : [`version in --semver ${text}`]),
    ],
    refuse(tags) {
      const refused = new Map<string, Refusal>();
      const matching = matcher?.(tags);
      for (const tag of new Set(tags)) {
        const why = matching?.has(tag) === false ? 'regex' : range && whyNotIn(range, tag, prerelease);
        if (why !== undefined) refused.set(tag, why);
      }
      return refused;
    },
  };
}

function whyNotIn(range: Range, tag: string, prerelease: boolean): Refusal | undefined {
  const version = versionOf(tag);
  if (version === undefined) return 'no version';
  if (!range.test(version)) return 'range';
  return isPrerelease(version) && !prerelease ? 'prerelease' : undefined;
}
