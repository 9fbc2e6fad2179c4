import { ScraperError } from '../errors.ts';
import type { Suggester } from '../registry/suggest.ts';
import { pathFor } from '../registry/layout.ts';
import type { RegistrySource } from '../registry/source.ts';
import { hostAlone } from '../select/name-pattern.ts';
import type { PatternTarget } from './target.ts';

/** What a target came to. */
export interface Outcome {
  /** How many repositories its name part found. */
  repositories: number;
  /** The last of them. */
  repository: string;
  /** How many tags or revisions were listed for it. */
  entries: number;
  /** How many digest tags were left out. */
  hidden: number;
  /** Something of it could not be listed, which was told. */
  failed: boolean;
}

interface Where {
  readonly source: RegistrySource;
  readonly suggest: Suggester;
}

/** The error for a target that nothing was listed for. */
export async function nothingFound(
  { source, suggest }: Where,
  { text, pattern }: PatternTarget,
  { repositories, repository, hidden }: Outcome,
  narrowed: boolean,
): Promise<ScraperError> {
  if (repositories === 0) return noRepository({ source, suggest }, { text, pattern });
  const where = repositories === 1 ? repository : `${String(repositories)} repositories`;
  const place =
    repositories === 1 ? { path: source.driver.describe(pathFor({ kind: 'tags', repository })) } : {};
  const none = pattern.tag.implied ? `no tags in ${where}` : `no tag of ${where} matches ${pattern.tag.text}`;
  const message = narrowed ? `${none} that the filters let through` : none;
  const hint = await hintFor();
  return new ScraperError('TAG_UNKNOWN', message, {
    reference: text,
    ...place,
    ...(hint !== undefined && { hint }),
  });

  async function hintFor(): Promise<string | undefined> {
    if (hidden > 0) return `--all lists digest tags too: there are ${String(hidden)}`;
    if (narrowed) return 'list without --exclude, --tag-regex, --semver and --newest to see what there is';
    if (pattern.tag.implied) return '--untagged lists revisions without a tag';
    if (repositories > 1) return `see their tags: registry-scraper ls '${nameIn(pattern.text)}'`;
    const { names, newest } = await suggest.tags(repository, pattern.tag.text);
    return names.length === 0 ? undefined : `${newest ? 'newest tags' : 'near tags'}: ${names.join(', ')}`;
  }
}

/** A pattern without its tag. */
function nameIn(text: string): string {
  const colon = text.indexOf(':', text.lastIndexOf('/') + 1);
  return colon === -1 ? text : text.slice(0, colon);
}

async function noRepository(
  { source, suggest }: Where,
  { text, pattern }: Pick<PatternTarget, 'text' | 'pattern'>,
): Promise<ScraperError> {
  const exact = pattern.names.length === 1 ? pattern.names[0]?.forms.at(-1) : undefined;
  if (exact?.exact !== true) {
    return new ScraperError('NAME_UNKNOWN', `no repository matches ${text}`, {
      reference: text,
      hint:
        pattern.names
          .map(name => hostAlone(name, pattern.tag.implied ? '' : `:${pattern.tag.text}`))
          .find(hint => hint !== undefined) ??
        '* stays within one component of a name, ** crosses them; "ls" alone lists everything',
    });
  }
  const name = exact.text;
  const path = source.driver.describe(pathFor({ kind: 'repository', repository: name }));
  const { near, below } = await lookAround({ source, suggest }, name);
  const hint = below
    ? `repositories below it: ls ${name}/`
    : near.length > 0
      ? `did you mean ${near.join(', ')}?`
      : '"ls" alone lists everything';
  return new ScraperError('NAME_UNKNOWN', `no repository ${name} in the registry`, {
    reference: text,
    path,
    hint,
  });
}

async function lookAround(
  { source, suggest }: Where,
  name: string,
): Promise<{ readonly near: readonly string[]; readonly below: boolean }> {
  for await (const repository of source.repositories(name, () => undefined))
    if (repository.startsWith(`${name}/`)) return { near: [], below: true };
  return { near: (await suggest.repositories(name)).near, below: false };
}
