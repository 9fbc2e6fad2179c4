import { pMapIterable } from 'p-map';
import { isScraperError, withReference, type ScraperError, type Warning } from '../errors.ts';
import { resolveReference } from '../graph/resolve.ts';
import type { RegistrySource } from '../registry/source.ts';
import type { Exclusion } from '../select/exclude.ts';
import { warnOfUnused } from '../select/outcome.ts';
import { summariser, withDetails } from './details.ts';
import type { ListDetails, ListEntry } from './entry.ts';
import { nothingFound, type Outcome } from './nothing.ts';
import { searchRepositories, type FoundRepository } from './search.ts';
import { chooseTags, type Narrowing } from './tags.ts';
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

/**
 * Lists a registry by repository and tag, each once. Only the names in one repository are kept, so a listing takes the same
 * memory for any number of them, and its beginning is there at once.
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
  const { source, targets, signal, fail } = options;
  const used = new Set<Exclusion>();
  let any = false;
  for (const target of targets) if (target.kind === 'digest') yield await resolved(options, target.text);
  const patterns = targets.filter(target => target.kind === 'pattern');
  const outcomes = new Map<PatternTarget, Outcome>(
    patterns.map(target => [target, { repositories: 0, repository: '', entries: 0, hidden: 0 }]),
  );
  if (targets.length === 0 || patterns.length > 0) {
    const found = targets.length === 0 ? everything(options) : searchRepositories(options, patterns);
    for await (const { repository, targets: meant } of found) {
      signal.throwIfAborted();
      any = true;
      const { entries, hidden } = await entriesOf({ ...options, used }, repository, meant);
      for (const target of meant) note(outcomes.get(target), target, repository, entries, hidden);
      options.onHidden(hidden);
      if (entries.length > 0) yield entries;
    }
  }
  const narrowed =
    options.exclude.length > 0 || options.filter.reasons.length > 0 || options.newest !== undefined;
  if (any && !options.untagged) warnOfUnused(options.exclude, used, options.warn);
  for (const [target, outcome] of outcomes) {
    const silent = outcome.repositories > 0 && (outcome.entries > 0 || options.untagged);
    if (!silent) fail(await nothingFound(source, target, outcome, narrowed));
  }
}

async function* everything({ source, fail }: ListOptions): AsyncGenerator<FoundRepository> {
  for await (const repository of source.repositories(undefined, fail)) yield { repository, targets: [] };
}

function note(
  outcome: Outcome | undefined,
  { pattern }: PatternTarget,
  repository: string,
  entries: readonly ListEntry[],
  hidden: number,
): void {
  if (!outcome) return;
  outcome.repositories += 1;
  outcome.repository = repository;
  outcome.hidden += hidden;
  const mine = ({ tag }: ListEntry): boolean =>
    tag === null || pattern.tag.implied || pattern.tag.matches(tag);
  outcome.entries += entries.filter(mine).length;
}

interface Entries {
  readonly entries: readonly ListEntry[];
  readonly hidden: number;
}

/** What is listed of one repository; nothing where it cannot be read, which is told. */
async function entriesOf(
  options: ListOptions & { readonly used: Set<Exclusion> },
  repository: string,
  targets: readonly PatternTarget[],
): Promise<Entries> {
  try {
    if (options.untagged) {
      const revisions = await untaggedRevisions(options.source, repository, options.details.summary);
      const entries = revisions.map(({ digest, partOf }): ListEntry => ({
        repository,
        tag: null,
        digest,
        exact: false,
        ...(options.details.summary && { partOf }),
      }));
      return { entries, hidden: 0 };
    }
    const { tags, hidden } = await chooseTags(options, repository, targets);
    return { entries: tags.map(({ tag, exact }) => ({ repository, tag, exact })), hidden };
  } catch (error) {
    if (!isScraperError(error) || options.signal.aborted) throw error;
    options.fail(withReference(error, repository));
    return { entries: [], hidden: 0 };
  }
}

async function resolved(options: ListOptions, text: string): Promise<readonly ListEntry[]> {
  try {
    const { repository, tag, digest } = await resolveReference(options.source, text, options.warn);
    return [{ repository, tag, digest, exact: true }];
  } catch (error) {
    if (!isScraperError(error)) throw error;
    options.fail(withReference(error, text));
    return [];
  }
}
