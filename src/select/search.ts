import pMap from 'p-map';
import { isScraperError, withReference, type ScraperError, type Warning } from '../errors.ts';
import type { RegistrySource } from '../registry/source.ts';
import type { Catalog } from './catalog.ts';
import { libraryNames, type Mishap, type Searched } from './entries.ts';
import type { NamePattern } from './name-pattern.ts';
import type { TagPattern } from './pattern.ts';

/** What a pattern came to. */
export interface Match {
  readonly searched: Searched;
  /** Repositories that its name part matches, sorted. */
  readonly repositories: readonly string[];
  /** How many tags it found in them. */
  found: number;
  /** Repositories without the tag it asks for, where it asks for a single one. */
  readonly lacking: string[];
}

/** A tag that patterns found. */
export interface Found {
  readonly repository: string;
  readonly tag: string;
  /** In the order of the entries; at least one. */
  readonly matches: readonly Match[];
}

/** Repositories looked into at once. */
const CONCURRENCY = 32;

export interface SearchOptions {
  readonly source: RegistrySource;
  readonly catalog: Catalog;
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
}

/** Paths that the patterns' first forms have to be looked for below. */
export function pathsToList(searched: readonly Searched[]): readonly (string | undefined)[] {
  return searched.flatMap(({ pattern }) =>
    pattern.names.flatMap(({ forms: [form] }) => (form.exact ? [] : [form.under])),
  );
}

/** Finds what patterns stand for. Repositories that no pattern matches are not looked into. */
export async function search(
  searched: readonly Searched[],
  options: SearchOptions,
): Promise<{
  readonly matches: readonly Match[];
  readonly found: readonly Found[];
  readonly mishaps: readonly Mishap[];
}> {
  const { source, catalog, signal, warn } = options;
  const mishaps: Mishap[] = [];
  const told = new Set<ScraperError>();
  const lookups = await pMap(searched, asked => repositoriesOf(asked, options), {
    concurrency: CONCURRENCY,
    signal,
  });
  const matches = searched.map((asked, index): Match => {
    const { repositories = [], warnings = [], errors = [] } = lookups[index] ?? {};
    for (const warning of warnings) warn(warning);
    for (const error of errors) {
      if (!told.has(error)) mishaps.push({ asked, error });
      told.add(error);
    }
    return { searched: asked, repositories, found: 0, lacking: [] };
  });

  const byRepository = new Map<string, Match[]>();
  for (const match of matches) {
    for (const repository of match.repositories) {
      const others = byRepository.get(repository);
      if (others) others.push(match);
      else byRepository.set(repository, [match]);
    }
  }
  const look = async ([repository, concerned]: [string, readonly Match[]]): Promise<readonly Found[]> => {
    try {
      return await tagsOf(repository, concerned, { source, catalog });
    } catch (error) {
      if (!isScraperError(error) || signal.aborted) throw error;
      const asked = concerned[0]?.searched;
      mishaps.push({ ...(asked && { asked }), error: withReference(error, repository) });
      return [];
    }
  };
  const found = (await pMap(byRepository, look, { concurrency: CONCURRENCY, signal })).flat();
  return { matches, found, mishaps };
}

interface Lookup {
  readonly repositories: readonly string[];
  readonly warnings: readonly Warning[];
  readonly errors: readonly ScraperError[];
}

async function repositoriesOf(asked: Searched, { catalog, signal }: SearchOptions): Promise<Lookup> {
  const { pattern } = asked;
  const repositories = new Set<string>();
  const warnings: Warning[] = [];
  const errors: ScraperError[] = [];
  for (const name of pattern.names) {
    try {
      const names = await repositoriesNamed(asked, name, { catalog, errors });
      for (const repository of names) repositories.add(repository);
      const [first = ''] = names;
      if (name.host === undefined || names.length === 0 || first.startsWith(`${name.host}/`)) continue;
      warnings.push({
        code: 'HOST_IGNORED',
        message: `no repository is named with host ${name.host}; ${pattern.text} was looked for without it`,
        reference: pattern.text,
      });
    } catch (error) {
      if (!isScraperError(error) || signal.aborted) throw error;
      errors.push(withReference(error, pattern.text));
    }
  }
  return { repositories: [...repositories].sort(), warnings, errors };
}

async function repositoriesNamed(
  asked: Searched,
  { forms }: NamePattern,
  { catalog, errors }: { readonly catalog: Catalog; readonly errors: ScraperError[] },
): Promise<readonly string[]> {
  for (const form of forms) {
    if (form.exact) {
      if (await catalog.has(form.text)) return [form.text];
      continue;
    }
    const { names, unread } = await catalog.repositories(form.under);
    if (unread) errors.push(unread);
    const matching = names.filter(form.matches);
    // what could not be read may be what is meant: then no other way to read the name is tried
    if (matching.length > 0 || unread) return matching;
  }
  const exact = forms.filter(form => form.exact).map(form => form.text);
  for (const name of libraryNames(asked, exact)) if (await catalog.has(name)) return [name];
  return [];
}

async function tagsOf(
  repository: string,
  concerned: readonly Match[],
  { source, catalog }: Pick<SearchOptions, 'source' | 'catalog'>,
): Promise<readonly Found[]> {
  const tags = new Map<string, Match[]>();
  const linked = new Map<string, boolean>();
  const add = (tag: string, match: Match): void => {
    match.found += 1;
    const others = tags.get(tag);
    if (others) others.push(match);
    else tags.set(tag, [match]);
  };
  for (const match of concerned) {
    const { tag } = match.searched.pattern;
    const matching = (await candidates(tag)).filter(name => tag.matches(name));
    for (const name of matching) add(name, match);
    if (tag.exact?.length === 1 && matching.length === 0) match.lacking.push(repository);
  }
  return Array.from(tags, ([tag, matches]) => ({ repository, tag, matches }));

  /** Tags that are spelled out are looked up; in a repository of many that is much less to read. */
  async function candidates({ exact }: TagPattern): Promise<readonly string[]> {
    if (exact === undefined) return await catalog.tags(repository);
    for (const tag of exact) {
      if (!linked.has(tag)) linked.set(tag, (await source.taggedAt(repository, tag)) !== undefined);
    }
    return exact.filter(tag => linked.get(tag));
  }
}
