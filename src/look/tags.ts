import type { ScraperError } from '../errors.ts';
import { revisionTarget } from '../graph/resolve.ts';
import { isDigestTag } from '../oci/digest-tag.ts';
import type { RegistrySource } from '../registry/source.ts';
import { excluderOf, type Exclusion } from '../select/exclude.ts';
import type { Refusal, TagFilter } from '../select/filters.ts';
import { newestTags } from '../select/newest.ts';
import type { Selection } from '../select/selection.ts';
import { compareNames } from './order.ts';
import { summarise } from './summary.ts';
import type { PatternTarget } from './target.ts';

/** What narrows a listing. */
export interface Narrowing {
  readonly exclude: readonly Exclusion[];
  readonly filter: TagFilter;
  readonly newest: Selection['newest'];
  readonly prerelease: boolean;
}

export interface TagOptions extends Narrowing {
  readonly source: RegistrySource;
  /** Digest tags too. */
  readonly all: boolean;
  readonly signal: AbortSignal;
  readonly fail: (error: ScraperError) => void;
  /** Gathers the exclusions that took anything away. */
  readonly used: Set<Exclusion>;
}

export interface ChosenTag {
  readonly tag: string;
  /** Name and tag were spelled out, so nothing but an exclusion takes it away. */
  readonly exact: boolean;
}

export interface FoundTags {
  readonly tags: readonly ChosenTag[];
  /** How many digest tags were left out because nobody asked for any. */
  readonly hidden: number;
}

/**
 * A repository's tags that any of the targets means; all of them if there are no targets.
 * @throws ScraperError what the storage throws
 */
export async function findTags(
  { source, all }: Pick<TagOptions, 'source' | 'all'>,
  repository: string,
  targets: readonly PatternTarget[],
): Promise<FoundTags> {
  const exact = new Set(
    targets.flatMap(({ pattern: { tag, references } }) =>
      references.length > 0 && !tag.implied ? (tag.exact ?? []) : [],
    ),
  );
  const asked = targets.every(({ pattern }) => pattern.tag.exact !== undefined && !pattern.tag.implied);
  const found: ChosenTag[] = [];
  let hidden = 0;
  if (targets.length > 0 && asked) {
    const wanted = new Set(targets.flatMap(({ pattern }) => pattern.tag.exact ?? []));
    for (const tag of wanted)
      if (await source.hasTagDirectory(repository, tag)) found.push({ tag, exact: exact.has(tag) });
  } else {
    for await (const tag of source.tags(repository)) {
      const named = targets.some(({ pattern }) => !pattern.tag.implied && pattern.tag.matches(tag));
      const implied = targets.length === 0 || targets.some(({ pattern }) => pattern.tag.implied);
      if (named || (implied && (all || !isDigestTag(tag)))) found.push({ tag, exact: exact.has(tag) });
      else if (implied) hidden += 1;
    }
  }
  return { tags: found, hidden };
}

/**
 * Applies exclusions, then tag filters, then newest to the tags that were found in a repository.
 * @param refused what the filters say of these tags, and maybe of others
 * @returns what is left, in the order of the names
 * @throws ScraperError `USAGE` when the newest cannot be told, and what the storage throws
 */
export async function narrowTags(
  options: TagOptions,
  repository: string,
  found: readonly ChosenTag[],
  refused: ReadonlyMap<string, Refusal>,
): Promise<readonly ChosenTag[]> {
  const { source, exclude, used, newest, prerelease, signal } = options;
  let tags = [...found];
  if (exclude.length > 0) {
    const excluder = excluderOf(exclude, new Set([repository]), source.tagTarget);
    const kept: ChosenTag[] = [];
    for (const chosen of tags) {
      const taking = await excluder({ repository, tag: chosen.tag });
      for (const exclusion of taking) used.add(exclusion);
      if (taking.length === 0) kept.push(chosen);
    }
    tags = kept;
  }
  tags = tags
    .filter(({ tag, exact }) => exact || !refused.has(tag))
    .sort((a, b) => compareNames(a.tag, b.tag));
  if (newest === undefined) return tags;
  const { kept, errors } = await newestTags(
    repository,
    tags.filter(({ exact }) => !exact).map(({ tag }) => tag),
    {
      count: newest.count,
      ...(newest.by !== undefined && { by: newest.by }),
      prerelease,
      taggedAt: (name, tag) => source.taggedAt(name, tag),
      createdAt: (name, tag) => createdAt(source, name, tag),
      signal,
    },
  );
  for (const error of errors) options.fail(error);
  const newer = new Set(kept);
  return tags.filter(({ tag, exact }) => exact || newer.has(tag));
}

async function createdAt(
  source: RegistrySource,
  repository: string,
  tag: string,
): Promise<number | undefined> {
  const digest = await source.tagTarget(repository, tag);
  const stored = digest && (await revisionTarget(source, repository, digest));
  return stored && (await summarise(source, repository, stored)).summary?.created;
}
