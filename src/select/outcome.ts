import { ScraperError, type Warning } from '../errors.ts';
import type { Suggester } from '../registry/suggest.ts';
import type { Catalog } from './catalog.ts';
import type { Excluder, Exclusion } from './exclude.ts';
import type { Match } from './search.ts';
import type { Fate } from './narrow.ts';
import { shortened } from './option-error.ts';
import type { Selection } from './selection.ts';
import { listed, nothingFound } from './unmatched.ts';

interface Context {
  readonly selection: Selection;
  readonly suggest: Suggester;
  readonly catalog: Catalog;
}

/**
 * The error for a pattern that comes to nothing; undefined when that is what was asked for: because something of it is kept,
 * because `--exclude` takes all of it, or because others in the same repository are newer.
 */
export async function whyNothing(
  match: Match,
  left: ReadonlyMap<Fate, number>,
  context: Context,
): Promise<ScraperError | undefined> {
  const { found, searched } = match;
  if (found === 0) return await nothingFound(match, context);
  const gone = [...left.values()].reduce((sum, count) => sum + count, 0);
  const meant = left.has('outranked') || left.has('failed') || left.get('excluded') === found;
  if (gone < found || meant) return undefined;
  const { text, tag } = searched.pattern;
  const parts = Array.from(left, ([fate, count]) => fateText(fate, count, context.selection));
  return new ScraperError(
    'SELECTION_EMPTY',
    `nothing is left of ${images(found)} that ${shortened(text)} matches: ${parts.join(', ')}`,
    { reference: text, hint: hintFor(left, text, tag.implied) },
  );
}

function fateText(fate: Fate, count: number, { tagRegex, semver }: Selection): string {
  const some = String(count);
  switch (fate) {
    case 'excluded':
      return `${some} excluded by --exclude`;
    case 'regex':
      return `${some} not matching --tag-regex ${shortened(tagRegex?.source ?? '')}`;
    case 'no version':
      return `${some} without a version for a tag`;
    case 'range':
      return `${some} outside --semver ${shortened(semver ?? '')}`;
    case 'prerelease':
      return count === 1 ? '1 prerelease' : `${some} prereleases`;
    case 'gone':
      return `${some} without a current link`;
    case 'outranked':
    case 'failed':
      return `${some} ${fate}`;
  }
}

function hintFor(left: ReadonlyMap<Fate, number>, text: string, untagged: boolean): string {
  if (untagged) return `without a tag, latest is meant; for all tags write '${text}:*'`;
  if (left.has('prerelease'))
    return 'add --prerelease to take prereleases such as 2.0.0-rc.1 or 1.2.3-alpine';
  return `see what there is without these filters: registry-scraper ls '${shortened(text)}'`;
}

/** The error for a selection that comes to nothing though none of its entries failed. */
export function nothingLeft({ entries, exclude }: Selection, found: number): ScraperError {
  if (entries.length === 0)
    return new ScraperError('SELECTION_EMPTY', 'nothing was asked for', {
      hint: "name a reference or a pattern, for example 'team/app:*'",
    });
  const what =
    found === 1 ? 'the one image that was asked for is' : `all of ${images(found)} that were asked for are`;
  return new ScraperError('SELECTION_EMPTY', `nothing is left to ship: ${what} excluded`, {
    hint: `look at the exclusions: ${listed(exclude.map(text => shortened(text)))}; all that there is: registry-scraper ls`,
  });
}

/** Says which repositories a pattern without a tag leaves out for want of the tag latest, which the operator never wrote. */
export async function warnOfLackingLatest(
  { searched: { pattern }, repositories, found, lacking }: Match,
  exclude: Excluder,
  warn: (warning: Warning) => void,
): Promise<void> {
  if (!pattern.tag.implied || found === 0) return;
  const missed: string[] = [];
  for (const repository of lacking.toSorted())
    if ((await exclude({ repository, tag: 'latest' })).length === 0) missed.push(repository);
  if (missed.length === 0) return;
  warn({
    code: 'LATEST_MISSING',
    message: `${String(missed.length)} of ${String(repositories.length)} repositories that ${shortened(pattern.text)} matches have no tag latest and are left out: ${listed(missed)}`,
    reference: pattern.text,
    hint: `without a tag, latest is meant; for all tags write '${pattern.text}:*'`,
  });
}

/** Says which exclusions took nothing away: a slip in one of them ships what should have stayed. */
export function warnOfUnused(
  exclusions: readonly Exclusion[],
  used: ReadonlySet<Exclusion>,
  warn: (warning: Warning) => void,
): void {
  for (const exclusion of exclusions) {
    if (used.has(exclusion)) continue;
    warn({
      code: 'EXCLUDE_UNUSED',
      message: `--exclude ${shortened(exclusion.text)} left nothing out`,
      hint: 'it is matched against the names that repositories have in this registry',
    });
  }
}

function images(count: number): string {
  return count === 1 ? 'the 1 image' : `the ${String(count)} images`;
}
