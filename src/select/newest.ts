import pMap from 'p-map';
import { isScraperError, ScraperError, withReference } from '../errors.ts';
import { optionError } from './option-error.ts';
import type { NewestBy } from './selection.ts';
import { isPrerelease, sortTags, versionOf } from './version.ts';

/** A time in milliseconds since the epoch; undefined where there is none, or the tag is gone. */
export type TimeOf = (repository: string, tag: string) => Promise<number | undefined>;

export interface NewestOptions {
  readonly count: number;
  /** By version if absent, where all tags are versions. */
  readonly by?: NewestBy;
  /** Whether prereleases count as versions worth having; of no importance to the other orders. */
  readonly prerelease: boolean;
  /** When the tag was pushed. */
  readonly taggedAt: TimeOf;
  /** When the image was made, as its config says. */
  readonly createdAt: TimeOf;
  readonly signal: AbortSignal;
}

/** Why a tag is not among the newest. `gone`: it has no current link. `failed`: its time cannot be read. */
export type Lost = 'no version' | 'prerelease' | 'outranked' | 'gone' | 'failed';

export interface Newest {
  readonly by: NewestBy;
  /** The newest first. */
  readonly kept: readonly string[];
  readonly lost: ReadonlyMap<string, Lost>;
  readonly errors: readonly ScraperError[];
}

/** Times read at once. */
const CONCURRENCY = 16;
const MOST = 1_000_000;
const orders: readonly NewestBy[] = ['semver', 'created', 'pushed'];

/**
 * Reads the value of `--newest`.
 * @throws ScraperError `USAGE`
 */
export function parseNewest(text: string): number {
  const number = /^[0-9]{1,7}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MOST) return number;
  throw optionError('--newest', `a whole number from 1 to ${String(MOST)}`, text, 'for example --newest 3');
}

/**
 * Reads the value of `--newest-by`.
 * @throws ScraperError `USAGE`
 */
export function parseNewestBy(text: string): NewestBy {
  const by = orders.find(order => order === text);
  if (by !== undefined) return by;
  const hint =
    'semver: by version; created: by the date in the image; pushed: by when the tag was last pushed. For example --newest-by semver';
  throw optionError('--newest-by', 'semver, created or pushed', text, hint);
}

/**
 * The newest of a repository's tags. Ties go to the higher version, then to the tag that sorts last.
 * @throws ScraperError `USAGE` when it was not said by what to tell, and the tags do not make it plain
 */
export async function newestTags(
  repository: string,
  tags: readonly string[],
  options: NewestOptions,
): Promise<Newest> {
  const by = options.by ?? defaultOrder(repository, tags);
  return by === 'semver'
    ? await newestVersions(repository, tags, options)
    : await newestByTime(repository, tags, by, options);
}

/** By version where that is what the tags are. A single tag leaves nothing to tell apart. */
function defaultOrder(repository: string, tags: readonly string[]): NewestBy {
  const others = tags.filter(tag => versionOf(tag) === undefined);
  if (others.length === 0) return 'semver';
  if (tags.length === 1) return 'pushed';
  const shown = sortTags(others).slice(0, 3).join(', ');
  throw new ScraperError(
    'USAGE',
    `--newest cannot tell which tags of ${repository} are newer: ${String(others.length)} of ${String(tags.length)} are no versions (${shown}${others.length > 3 ? ', …' : ''})`,
    {
      hint: 'add --newest-by semver (leaves out what is no version), --newest-by created (the date in the image) or --newest-by pushed (when the tag was last pushed); or leave these tags out with --semver, --tag-regex or --exclude',
    },
  );
}

async function newestVersions(
  repository: string,
  tags: readonly string[],
  { count, prerelease, taggedAt, signal }: NewestOptions,
): Promise<Newest> {
  const lost = new Map<string, Lost>();
  const ranked: string[] = [];
  for (const tag of sortTags(tags).reverse()) {
    const version = versionOf(tag);
    if (version === undefined) lost.set(tag, 'no version');
    else if (isPrerelease(version) && !prerelease) lost.set(tag, 'prerelease');
    else ranked.push(tag);
  }
  if (ranked.length <= count) return { by: 'semver', kept: ranked, lost, errors: [] };
  const kept: string[] = [];
  const errors: ScraperError[] = [];
  for (const tag of ranked) {
    signal.throwIfAborted();
    // a tag without a current link, which cannot be shipped, must not take the place of one that can
    const pushed =
      kept.length === count ? 'outranked' : await timeOr(taggedAt, repository, tag, { errors, signal });
    if (typeof pushed === 'number') kept.push(tag);
    else lost.set(tag, pushed ?? 'gone');
  }
  return { by: 'semver', kept, lost, errors };
}

async function newestByTime(
  repository: string,
  tags: readonly string[],
  by: 'created' | 'pushed',
  { count, taggedAt, createdAt, signal }: NewestOptions,
): Promise<Newest> {
  const ordered = sortTags(tags).reverse();
  if (ordered.length <= count) return { by, kept: ordered, lost: new Map(), errors: [] };
  const errors: ScraperError[] = [];
  const timeOf = by === 'created' ? createdAt : taggedAt;
  const times = await pMap(ordered, tag => timeOr(timeOf, repository, tag, { errors, signal }), {
    concurrency: CONCURRENCY,
    signal,
  });
  const lost = new Map<string, Lost>();
  const dated: { readonly tag: string; readonly at: number }[] = [];
  ordered.forEach((tag, index) => {
    const at = times[index];
    if (at === 'failed') lost.set(tag, at);
    else if (at === undefined && by === 'pushed') lost.set(tag, 'gone');
    // what has no date, as many artifacts have none, is older than anything that has one
    else dated.push({ tag, at: at ?? -Infinity });
  });
  // stable: what is equally old stays in the order of its tags
  dated.sort((a, b) => (a.at === b.at ? 0 : b.at - a.at));
  for (const { tag } of dated.slice(count)) lost.set(tag, 'outranked');
  return { by, kept: dated.slice(0, count).map(({ tag }) => tag), lost, errors };
}

/** Only what cannot be read is a failure here; it might be the newest, so it has to be told. */
async function timeOr(
  timeOf: TimeOf,
  repository: string,
  tag: string,
  { errors, signal }: { readonly errors: ScraperError[]; readonly signal: AbortSignal },
): Promise<number | undefined | 'failed'> {
  try {
    return await timeOf(repository, tag);
  } catch (error) {
    if (!isScraperError(error) || signal.aborted) throw error;
    errors.push(withReference(error, `${repository}:${tag}`));
    return 'failed';
  }
}
