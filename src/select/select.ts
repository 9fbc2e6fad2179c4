import pMap from 'p-map';
import { isScraperError, type ScraperError, type Warning } from '../errors.ts';
import type { RegistrySource } from '../registry/source.ts';
import type { Suggester } from '../registry/suggest.ts';
import { catalogOf, type Catalog } from './catalog.ts';
import { excluderOf, parseExclusion, type Excluder, type Exclusion } from './exclude.ts';
import { libraryNames, parseEntries, type Mishap, type Named } from './entries.ts';
import { tagFilter } from './filters.ts';
import { merge, type Located } from './merge.ts';
import { narrow } from './narrow.ts';
import type { TimeOf } from './newest.ts';
import { pathsToList, search } from './search.ts';
import type { Chosen, Selection, SelectionEntry } from './selection.ts';
import { nothingLeft, warnOfLackingLatest, warnOfUnused, whyNothing } from './outcome.ts';
import { compareText } from './version.ts';

export interface SelectOptions {
  readonly selection: Selection;
  readonly source: RegistrySource;
  readonly suggest: Suggester;
  /** When an image was made. Asked only for `--newest-by created`; whoever answers reads manifests. */
  readonly createdAt: TimeOf;
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
}

/** An entry that came to nothing; without an entry, the selection as a whole. */
export interface SelectionFailure {
  readonly entry?: SelectionEntry;
  readonly error: ScraperError;
}

export interface Selected {
  /** In the order of the entries, then by repository, then by tag; each image once. */
  readonly chosen: readonly Chosen[];
  /** Never empty when `chosen` is. */
  readonly failures: readonly SelectionFailure[];
}

/** References looked up at once. */
const CONCURRENCY = 32;

/**
 * Works out which images a selection means: patterns are expanded, then exclusions, tag filters and newest narrow them.
 * Repositories are listed only below the parts of patterns without wildcards, tags only of repositories that match.
 * @throws ScraperError when the call itself is wrong: `USAGE` (a range, or a missing `--newest-by`), and for a malformed
 *   exclusion `REFERENCE_INVALID`, `NAME_INVALID`, `TAG_INVALID`, `DIGEST_INVALID`
 */
export async function select(options: SelectOptions): Promise<Selected> {
  const { selection, source, suggest, createdAt, signal, warn } = options;
  const { newest: wantedNewest, prerelease } = selection;
  const exclusions = selection.exclude.map(parseExclusion);
  const filter = tagFilter(selection);

  const { named: references, searched, mishaps } = parseEntries(selection.entries);
  const catalog = catalogOf(source, pathsToList(searched), signal);
  const located = await pMap(references, one => locate(one, catalog), { concurrency: CONCURRENCY, signal });
  const { matches, found, mishaps: more } = await search(searched, { source, catalog, signal, warn });

  const repositories = [...located, ...found].map(({ repository }) => repository);
  const lacking = matches.flatMap(match => match.lacking);
  const excluding = excluderOf(exclusions, new Set([...repositories, ...lacking]), source.tagTarget);
  const used = new Set<Exclusion>();
  const exclude: Excluder = async image => {
    const taking = await excluding(image);
    for (const exclusion of taking) used.add(exclusion);
    return taking;
  };
  const named: Located[] = [];
  for (const one of located) if ((await exclude(one)).length === 0) named.push(one);
  const newest = wantedNewest && {
    ...wantedNewest,
    ...{ prerelease, taggedAt: source.taggedAt, createdAt, signal },
  };
  const narrowed = await narrow(found, { exclude, filter, ...(newest && { newest }), signal });
  for (const match of matches) await warnOfLackingLatest(match, exclude, warn);
  if (repositories.length > 0) warnOfUnused(exclusions, used, warn);

  const chosen = merge(named, narrowed.kept);
  const failed: Mishap[] = [...mishaps, ...more, ...narrowed.errors.map(error => ({ error }))];
  const troubled = new Set(failed.map(({ asked }) => asked?.position));
  for (const match of matches) {
    const error = troubled.has(match.searched.position)
      ? undefined
      : await whyNothing(match, narrowed.left.get(match) ?? new Map(), { selection, suggest, catalog });
    if (error) failed.push({ asked: match.searched, error });
  }
  if (chosen.length === 0 && failed.length === 0)
    failed.push({ error: nothingLeft(selection, repositories.length) });
  return { chosen, failures: inOrder(failed) };
}

/** A reference with the repository that it leads to; where none does, with the one that its error will speak of. */
async function locate(named: Named, catalog: Catalog): Promise<Located> {
  const { tag, digest } = named.reference;
  const repository = await repositoryOf(named, catalog);
  return { ...named, repository, ...(tag !== undefined && { tag }), ...(digest && { digest }) };
}

async function repositoryOf(named: Named, catalog: Catalog): Promise<string> {
  const { repositories } = named.reference;
  const candidates = [...repositories, ...libraryNames(named, repositories)];
  const last = repositories.at(-1) ?? repositories[0];
  if (candidates.length === 1) return last;
  try {
    for (const repository of candidates) if (await catalog.has(repository)) return repository;
  } catch (error) {
    // whoever resolves the reference meets the same trouble, and tells it
    if (!isScraperError(error)) throw error;
  }
  return last;
}

function inOrder(failed: readonly Mishap[]): readonly SelectionFailure[] {
  const last = Number.MAX_SAFE_INTEGER;
  return failed
    .toSorted(
      (a, b) =>
        (a.asked?.position ?? last) - (b.asked?.position ?? last) ||
        compareText(a.error.details.reference ?? '', b.error.details.reference ?? ''),
    )
    .map(({ asked, error }) => ({ ...(asked && { entry: asked.entry }), error }));
}
