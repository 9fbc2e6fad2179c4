import { isScraperError, type ScraperError } from '../errors.ts';
import { edits } from './edits.ts';
import { isDigestTag } from '../oci/digest-tag.ts';
import type { RegistrySource } from './source.ts';

const SHOWN = 5;
/** Past this many tags, looking up when each was pushed would keep the operator waiting for a mere hint. */
const DATED = 2000;

/** What a hint may draw on. What goes wrong while it is looked for is told here and never thrown: a hint decides nothing. */
interface Suggestion {
  /** How many names there are, as far as they could be read. */
  readonly count: number;
  readonly unread?: ScraperError;
}

/**
 * Finds what may have been meant. It lists the repositories and each repository's tags once, however often they are asked about:
 * a list may name thousands of tags that are not there.
 */
export interface Suggester {
  /** Names of repositories that resemble `wanted`, nearest first, and how many repositories there are. */
  repositories(wanted: string): Promise<Suggestion & { readonly near: readonly string[] }>;
  /** Tags that resemble `wanted`; where none does, the newest ones. Tags without a current link are not worth naming. */
  tags(repository: string, wanted: string): Promise<TagSuggestion>;
}

export interface TagSuggestion extends Suggestion {
  readonly names: readonly string[];
  readonly newest: boolean;
}

interface Gathered {
  readonly names: readonly string[];
  readonly unread?: ScraperError;
}

export function suggester(source: RegistrySource): Suggester {
  const known = new Map<string, TagsOfRepository>();
  let repositories: Promise<Gathered> | undefined;
  return {
    async repositories(wanted) {
      const { names, unread } = await (repositories ??= gather(source.repositories()));
      return { near: nearest(names, wanted), count: names.length, ...(unread && { unread }) };
    },
    async tags(repository, wanted) {
      const tags = known.get(repository) ?? tagsOf(source, repository);
      known.set(repository, tags);
      const { names: all, unread } = await tags.listed;
      // a digest tag is nothing that anyone means by a slip
      const names = all.filter(name => name !== wanted && (isDigestTag(wanted) || !isDigestTag(name)));
      const told = { count: names.length, ...(unread && { unread }) };
      const near = nearest(names, wanted);
      const dated: { readonly name: string; readonly at: number }[] = [];
      for (const name of near.length > 0 || names.length > DATED ? near : names) {
        const at = await tags.taggedAt(name);
        if (at !== undefined) dated.push({ name, at });
      }
      if (near.length > 0) return { ...told, names: dated.map(tag => tag.name), newest: false };
      dated.sort((a, b) => b.at - a.at || compareText(a.name, b.name));
      return { ...told, names: dated.slice(0, SHOWN).map(tag => tag.name), newest: true };
    },
  };
}

interface TagsOfRepository {
  readonly listed: Promise<Gathered>;
  /** When it was pushed; undefined where nothing tells. */
  taggedAt(tag: string): Promise<number | undefined>;
}

function tagsOf(source: RegistrySource, repository: string): TagsOfRepository {
  const times = new Map<string, Promise<number | undefined>>();
  return {
    listed: gather(source.tags(repository)),
    taggedAt(tag) {
      const time = times.get(tag) ?? source.taggedAt(repository, tag).catch(ignoreScraperError);
      times.set(tag, time);
      return time;
    },
  };
}

/** All names, or those that came before something could not be read. */
async function gather(source: AsyncIterable<string>): Promise<Gathered> {
  const names: string[] = [];
  try {
    for await (const name of source) names.push(name);
    return { names };
  } catch (error) {
    if (!isScraperError(error)) throw error;
    return { names, unread: error };
  }
}

function ignoreScraperError(error: unknown): undefined {
  if (!isScraperError(error)) throw error;
}

/** The few of `names` that a person may have meant: alike but for a slip, or the same but for a leading path. */
export function nearest(names: readonly string[], wanted: string): readonly string[] {
  const base = wanted.slice(wanted.lastIndexOf('/') + 1);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const best: { readonly name: string; readonly score: number }[] = [];
  for (const name of names) {
    const score = name.endsWith(`/${base}`) || name === base ? 0 : edits(name, wanted);
    if (score > limit) continue;
    const before = best.findLastIndex(
      other => other.score < score || (other.score === score && compareText(other.name, name) < 0),
    );
    // all of a large repository's tags may be alike: they are not sorted to name a few of them
    if (before + 1 < SHOWN) best.splice(before + 1, 0, { name, score });
    best.length = Math.min(best.length, SHOWN);
  }
  return best.map(({ name }) => name);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
