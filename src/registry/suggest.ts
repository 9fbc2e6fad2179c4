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

/** Names of repositories that resemble `wanted`, nearest first, and how many repositories there are. */
export async function suggestRepositories(
  source: RegistrySource,
  wanted: string,
): Promise<Suggestion & { readonly near: readonly string[] }> {
  const { names, unread } = await gather(source.repositories());
  return { near: nearest(names, wanted), count: names.length, ...(unread && { unread }) };
}

/** Tags that resemble `wanted`; where none does, the newest ones. Tags without a current link are not worth naming. */
export async function suggestTags(
  source: RegistrySource,
  repository: string,
  wanted: string,
): Promise<Suggestion & { readonly names: readonly string[]; readonly newest: boolean }> {
  const { names: all, unread } = await gather(source.tags(repository));
  // a digest tag is nothing that anyone means by a slip
  const names = all.filter(name => name !== wanted && (isDigestTag(wanted) || !isDigestTag(name)));
  const told = { count: names.length, ...(unread && { unread }) };
  const near = nearest(names, wanted);
  const candidates = near.length > 0 || names.length > DATED ? near : names;
  const dated: { readonly name: string; readonly at: number }[] = [];
  for (const name of candidates) {
    const at = await source.taggedAt(repository, name).catch(ignoreScraperError);
    if (at !== undefined) dated.push({ name, at });
  }
  if (near.length > 0) return { ...told, names: dated.map(tag => tag.name), newest: false };
  dated.sort((a, b) => b.at - a.at || a.name.localeCompare(b.name));
  return { ...told, names: dated.slice(0, SHOWN).map(tag => tag.name), newest: true };
}

/** All names, or those that came before something could not be read. */
async function gather(
  source: AsyncIterable<string>,
): Promise<{ readonly names: readonly string[]; readonly unread?: ScraperError }> {
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
  return names
    .map(name => ({ name, score: name.endsWith(`/${base}`) || name === base ? 0 : edits(name, wanted) }))
    .filter(({ score }) => score <= limit)
    .sort((a, b) => a.score - b.score || a.name.localeCompare(b.name))
    .slice(0, SHOWN)
    .map(({ name }) => name);
}
