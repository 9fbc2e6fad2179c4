import { isScraperError } from '../../errors.ts';
import { isDigestTag } from '../../oci/digest-tag.ts';
import { pathFor, parsePath } from '../../registry/layout.ts';
import { registrySource, type RegistrySource } from '../../registry/source.ts';
import type { StorageDriver } from '../../storage/driver.ts';

/** Words that can stand in place of one that was begun. */
export interface Candidates {
  readonly words: readonly string[];
  /** They may be gone on with: no space belongs behind them. */
  readonly partial: boolean;
}

export interface ReferenceOptions {
  /** Offer a repository's name without a tag as well. */
  readonly bare: boolean;
  /** Tells when an answer would come too late for whoever waits for it. */
  readonly expired: () => boolean;
}

/** So many words are offered at most; of more, only how they begin. */
const MOST = 500;

/**
 * Completes a reference out of a registry: a repository's name component by component, then its tags, or after `@` its
 * digests. Only directories are listed. What cannot be read completes to nothing.
 */
export async function completeReference(
  driver: StorageDriver,
  word: string,
  options: ReferenceOptions,
): Promise<Candidates> {
  const source = registrySource(driver, () => undefined);
  try {
    return await complete(source, word, options);
  } catch (error) {
    if (!isScraperError(error)) throw error;
    return { words: [], partial: false };
  }
}

async function complete(
  source: RegistrySource,
  word: string,
  options: ReferenceOptions,
): Promise<Candidates> {
  const { expired } = options;
  const at = word.indexOf('@');
  if (at !== -1) return completeDigest(source, word.slice(0, at), word.slice(at + 1), expired);
  const colon = word.indexOf(':', word.lastIndexOf('/') + 1);
  if (colon !== -1) return completeTag(source, word.slice(0, colon), word.slice(colon + 1), expired);
  return completeName(source, word, options);
}

async function completeName(
  source: RegistrySource,
  word: string,
  { bare, expired }: ReferenceOptions,
): Promise<Candidates> {
  for (let path = word.slice(0, word.lastIndexOf('/') + 1), begun = word.slice(path.length); ; begun = '') {
    const names = await gather(
      componentsBelow(source, path.slice(0, -1)),
      name => name.startsWith(begun),
      expired,
    );
    const [only, ...others] = names;
    if (only === undefined) return { words: [], partial: false };
    if (others.length > 0) return { words: shorten(names, begun).map(name => path + name), partial: true };
    // the only way there is: go on to where there is something to choose
    const name = path + only;
    const nested = await hasAny(componentsBelow(source, name));
    if (await source.hasRepository(name)) {
      const tags = await completeTag(source, name, '', expired);
      const below = nested ? [`${name}/`] : [];
      const words = [...(bare ? [name] : []), ...tags.words, ...below];
      if (words.length > 0) return { words, partial: tags.partial || nested };
      return { words: [name], partial: false };
    }
    if (!nested) return { words: [], partial: false };
    path = `${name}/`;
  }
}

async function completeTag(
  source: RegistrySource,
  repository: string,
  begun: string,
  expired: () => boolean,
): Promise<Candidates> {
  const shown = (tag: string): boolean => tag.startsWith(begun) && (begun !== '' || !isDigestTag(tag));
  const tags = await gather(source.tags(repository), shown, expired);
  const words = shorten(tags, begun);
  return { words: words.map(tag => `${repository}:${tag}`), partial: words !== tags };
}

async function completeDigest(
  source: RegistrySource,
  name: string,
  begun: string,
  expired: () => boolean,
): Promise<Candidates> {
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const repository = colon === -1 ? name : name.slice(0, colon);
  const digests = await gather(source.revisions(repository), digest => digest.startsWith(begun), expired);
  const words = shorten(digests, begun);
  return { words: words.map(digest => `${name}@${digest}`), partial: words !== digests };
}

/** Names of the directories below a path that are repositories or lead to some. */
async function* componentsBelow(source: RegistrySource, path: string): AsyncGenerator<string> {
  const place =
    path === '' ? pathFor({ kind: 'repositories' }) : pathFor({ kind: 'repository', repository: path });
  for await (const { name, kind } of source.driver.list(place))
    if (kind === 'directory' && parsePath(`${place}/${name}`)?.kind === 'repository') yield name;
}

async function hasAny(names: AsyncIterable<string>): Promise<boolean> {
  for await (const _ of names) return true;
  return false;
}

/** Sorted; nothing where it takes too long. */
async function gather(
  names: AsyncIterable<string>,
  wanted: (name: string) => boolean,
  expired: () => boolean,
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const name of names) {
    if (wanted(name)) found.push(name);
    if (expired()) return [];
  }
  return found.sort();
}

/** The words themselves if they are few; else the longest beginnings of them that are, so that one can type on. */
function shorten(words: readonly string[], begun: string): readonly string[] {
  if (words.length <= MOST) return words;
  let shorter: readonly string[] = [begun];
  for (let length = begun.length + 1; ; length += 1) {
    const longer = [...new Set(words.map(word => word.slice(0, length)))];
    if (longer.length > MOST) return shorter;
    shorter = longer;
  }
}
