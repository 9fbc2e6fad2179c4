import { pMapIterable } from 'p-map';
import { isScraperError, withReference, type ScraperError, type Warning } from '../errors.ts';
import { resolveReference } from '../graph/resolve.ts';
import type { RegistrySource } from '../registry/source.ts';
import { suggester, type Suggester } from '../registry/suggest.ts';
import type { Exclusion } from '../select/exclude.ts';
import type { TagFilter } from '../select/filters.ts';
import { warnOfUnused } from '../select/outcome.ts';
import { summariser, withDetails } from './details.ts';
import type { ListDetails, ListEntry } from './entry.ts';
import { growingGroups } from './growing-groups.ts';
import { nothingFound, type Outcome } from './nothing.ts';
import { searchRepositories, type FoundRepository } from './search.ts';
import { findTags, narrowTags, type FoundTags, type Narrowing, type TagOptions } from './tags.ts';
import type { PatternTarget, Target } from './target.ts';
import { untaggedRevisions } from './untagged.ts';

export interface ListOptions extends Narrowing {
  readonly source: RegistrySource;
  /** The whole registry if there are none. */
  readonly targets: readonly Target[];
  /** Digest tags (`sha256-….sig`) too. */
  readonly all: boolean;
  /** The revisions that no tag points to, instead of the tags. */
  readonly untagged: boolean;
  readonly details: ListDetails;
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
  /** Told of what could not be listed or was not found. The listing goes on. */
  readonly fail: (error: ScraperError) => void;
  /** Told of digest tags that were left out of a repository. */
  readonly onHidden: (count: number) => void;
}

/** Images looked at at once. */
const CONCURRENCY = 8;
/** Tags that go through the filters together, at most. */
const FILTERED = 1000;

/**
 * Lists a registry by repository and tag, each once. Only the names in one repository are kept, or in those few that are
 * filtered together, so a listing takes the same memory for any number of them, and its beginning is there at once.
 * @throws the signal's reason
 */
export async function* list(options: ListOptions): AsyncGenerator<ListEntry> {
  const { source, details, signal } = options;
  for await (const batch of batches(options)) {
    if (!details.digest && !details.pushed && !details.summary) {
      yield* batch;
      continue;
    }
    const summaryOf = summariser(source);
    const detail = (entry: ListEntry): Promise<ListEntry> => {
      signal.throwIfAborted();
      return withDetails(source, entry, details, summaryOf);
    };
    yield* pMapIterable(batch, detail, { concurrency: CONCURRENCY });
  }
}

/** The names of one repository after the other. */
async function* batches(options: ListOptions): AsyncGenerator<readonly ListEntry[]> {
  const { source, targets, signal, fail, filter } = options;
  const suggest = suggester(source);
  const used = new Set<Exclusion>();
  let any = false;
  for (const target of targets)
    if (target.kind === 'digest') yield await resolved(options, target.text, suggest);
  const patterns = targets.filter(target => target.kind === 'pattern');
  const outcomes = new Map<PatternTarget, Outcome>(
    patterns.map(target => [
      target,
      { repositories: 0, repository: '', entries: 0, hidden: 0, failed: false },
    ]),
  );
  if (targets.length === 0 || patterns.length > 0) {
    const found = targets.length === 0 ? everything(options) : searchRepositories(options, patterns);
    const most = filter.reasons.length === 0 ? 1 : FILTERED;
    const weigh = ({ found: { tags } }: Tagged): number => tags.length + 1;
    for await (const group of growingGroups(withTags(options, found), weigh, most)) {
      const matched = group.flatMap(one => one.found.tags).filter(({ exact }) => !exact);
      const refused = filter.refuse(matched.map(({ tag }) => tag));
      for (const { repository, targets: meant, found, unread } of group) {
        signal.throwIfAborted();
        any = true;
        const entries = await attempt(options, repository, () =>
          options.untagged
            ? untagged(options, repository)
            : tagged({ ...options, used }, repository, found.tags, refused),
        );
        for (const target of meant) {
          const outcome = outcomes.get(target);
          if (outcome) note(outcome, target, repository, entries ?? [], found.hidden);
          if (outcome && (unread || !entries)) outcome.failed = true;
        }
        options.onHidden(found.hidden);
        if (entries && entries.length > 0) yield entries;
      }
    }
  }
  const narrowed =
    options.exclude.length > 0 || options.filter.reasons.length > 0 || options.newest !== undefined;
  if (any && !options.untagged) warnOfUnused(options.exclude, used, options.warn);
  for (const [target, outcome] of outcomes) {
    const listed = outcome.entries > 0 || outcome.failed || options.untagged;
    if (outcome.repositories === 0 || !listed)
      fail(await nothingFound({ source, suggest }, target, outcome, narrowed));
  }
}

async function* everything({ source, fail }: ListOptions): AsyncGenerator<FoundRepository> {
  for await (const repository of source.repositories(undefined, fail)) yield { repository, targets: [] };
}

function note(
  outcome: Outcome,
  { pattern }: PatternTarget,
  repository: string,
  entries: readonly ListEntry[],
  hidden: number,
): void {
  outcome.repositories += 1;
  outcome.repository = repository;
  outcome.hidden += hidden;
  const mine = ({ tag }: ListEntry): boolean =>
    tag === null || pattern.tag.implied || pattern.tag.matches(tag);
  outcome.entries += entries.filter(mine).length;
}

interface Tagged extends FoundRepository {
  readonly found: FoundTags;
  /** Its tags could not be read, which was told. */
  readonly unread: boolean;
}

/** Repositories with the tags that are asked for in them; with none where those cannot be read, and where none are wanted. */
async function* withTags(
  options: ListOptions,
  found: AsyncIterable<FoundRepository>,
): AsyncGenerator<Tagged> {
  const none: FoundTags = { tags: [], hidden: 0 };
  for await (const one of found) {
    options.signal.throwIfAborted();
    const { repository, targets } = one;
    const tags = options.untagged
      ? none
      : await attempt(options, repository, () => findTags(options, repository, targets));
    yield { ...one, found: tags ?? none, unread: tags === undefined };
  }
}

/** What is listed of one repository; undefined where it cannot be read, which is told. */
async function attempt<T>(
  { signal, fail }: ListOptions,
  repository: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isScraperError(error) || signal.aborted) throw error;
    fail(withReference(error, repository));
    return undefined;
  }
}

async function tagged(
  options: TagOptions,
  repository: string,
  found: FoundTags['tags'],
  refused: ReturnType<TagFilter['refuse']>,
): Promise<readonly ListEntry[]> {
  const tags = await narrowTags(options, repository, found, refused);
  return tags.map(({ tag, exact }) => ({ repository, tag, exact }));
}

async function untagged(
  { source, details: { summary } }: ListOptions,
  repository: string,
): Promise<readonly ListEntry[]> {
  const revisions = await untaggedRevisions(source, repository, summary);
  return revisions.map(({ digest, partOf }) => ({
    ...{ repository, tag: null, digest, exact: false },
    ...(summary && { partOf }),
  }));
}

async function resolved(
  { source, warn, fail }: ListOptions,
  text: string,
  suggest: Suggester,
): Promise<readonly ListEntry[]> {
  try {
    const { repository, tag, digest } = await resolveReference(source, text, warn, { suggest });
    return [{ repository, tag, digest, exact: true }];
  } catch (error) {
    if (!isScraperError(error)) throw error;
    fail(withReference(error, text));
    return [];
  }
}
