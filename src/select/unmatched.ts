import { ScraperError } from '../errors.ts';
import { isDigestTag } from '../oci/digest-tag.ts';
import { nearest, type Suggester } from '../registry/suggest.ts';
import type { Catalog } from './catalog.ts';
import type { Match } from './search.ts';
import { shortened } from './option-error.ts';
import type { Pattern } from './pattern.ts';
import { hostAlone, type NameForm } from './name-pattern.ts';
import { sortTags } from './version.ts';

/** Names that a hint shows. */
const SHOWN = 5;

/** The error for a pattern that found nothing: `NAME_UNKNOWN` or `TAG_UNKNOWN`, with what may have been meant. */
export async function nothingFound(
  { searched: { pattern }, repositories }: Match,
  { suggest, catalog }: { readonly suggest: Suggester; readonly catalog: Catalog },
): Promise<ScraperError> {
  const { text, tag } = pattern;
  if (repositories.length === 0) {
    const names = pattern.names.map(({ text: name }) => name).join(' or ');
    return new ScraperError('NAME_UNKNOWN', `no repository in the registry matches ${shortened(names)}`, {
      reference: text,
      hint: await nameHint(pattern, catalog),
    });
  }
  const [first = ''] = repositories;
  const only = repositories.length === 1;
  const where = only
    ? `repository ${first} has`
    : `none of the ${String(repositories.length)} repositories that ${shortened(text)} matches has`;
  const what = tag.implied ? 'tag latest' : tag.exact ? `tag ${tag.text}` : `tag that matches ${tag.text}`;
  return new ScraperError('TAG_UNKNOWN', `${where} ${only ? 'no' : 'a'} ${what}`, {
    reference: text,
    hint: tag.implied
      ? `without a tag, latest is meant; for all tags write '${text}:*'`
      : await tagHint(repositories, tag.text, { suggest, catalog }),
  });
}

async function nameHint({ names: patterns, tag }: Pattern, catalog: Catalog): Promise<string> {
  const { names, unread } = await catalog.repositories();
  const behind = tag.implied ? '' : `:${tag.text}`;
  for (const name of patterns) {
    for (const form of name.forms) {
      const hint = hintFor(form, names, behind);
      if (hint !== undefined) return hint;
    }
    const alone = hostAlone(name, behind);
    if (alone !== undefined) return alone;
  }
  if (unread) return `not every repository could be looked at: ${unread.message}`;
  if (names.length === 0)
    return 'the registry is empty: nothing was ever pushed, or this is another registry’s data directory';
  return `the registry holds ${String(names.length)} other ${names.length === 1 ? 'repository' : 'repositories'}, none with a similar name; list them with: registry-scraper ls`;
}

/** @param behind the tag part of the pattern with its colon, or empty */
function hintFor(form: NameForm, names: readonly string[], behind: string): string | undefined {
  const { text, under } = form;
  if (under !== undefined) {
    const below = names.filter(name => name.startsWith(`${under}/`));
    if (below.length > 0)
      return `below ${under}/ there are ${listed(below)}; "*" stays within a component, "**" crosses`;
    if (names.includes(under)) return `${under} is a repository itself and has none below: write ${under}:*`;
    const rest = text.slice(under.length);
    const paths = new Set(names.flatMap(name => pathOfDepth(name, under.split('/').length)));
    const near = nearest([...paths], under).map(path => `'${path}${rest}${behind}'`);
    if (near.length > 0) return `did you mean ${near.join(', ')}?`;
  }
  const near = nearest(names, withoutWildcards(text)).map(name => `'${name}${behind}'`);
  return near.length > 0 ? `did you mean ${near.join(', ')}?` : undefined;
}

/** The first `depth` components of a name that has more of them. */
function pathOfDepth(name: string, depth: number): readonly string[] {
  const components = name.split('/');
  return components.length > depth ? [components.slice(0, depth).join('/')] : [];
}

async function tagHint(
  repositories: readonly string[],
  tag: string,
  { suggest, catalog }: { readonly suggest: Suggester; readonly catalog: Catalog },
): Promise<string> {
  const [repository = '', ...others] = repositories;
  if (others.length > 0)
    return `matching repositories: ${listed(repositories)}; for all their tags write :* behind the name`;
  const tags = await catalog.tags(repository);
  const named = tags.filter(name => !isDigestTag(name));
  if (tags.length === 0) return `${repository} has no tags; ship it by digest: ${repository}@sha256:…`;
  if (named.length === 0)
    return `${repository} has only digest tags, which no wildcard matches: write ${repository}:sha256-*`;
  const { names, newest } = await suggest.tags(repository, withoutWildcards(tag));
  if (names.length > 0) return `${newest ? 'newest tags' : 'near tags'}: ${names.join(', ')}`;
  return `${repository} has ${String(named.length)} other tags: ${listed(sortTags(named).reverse())}`;
}

function withoutWildcards(text: string): string {
  return text.replace(/\[[^\]]*\]|[*?]/g, '');
}

/** The first few of `names`. */
export function listed(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}
