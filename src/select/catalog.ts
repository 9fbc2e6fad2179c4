import { isScraperError, type ScraperError } from '../errors.ts';
import type { RegistrySource } from '../registry/source.ts';
import { compareText } from './version.ts';

/** Stands for the path above all repositories. */
const WHOLE = '';

/** What a listing came to. When a directory could not be read, the names before it are there, and why there are no more. */
export interface Listing {
  /** Sorted. */
  readonly names: readonly string[];
  readonly unread?: ScraperError;
}

/** What the registry holds. Each thing is looked up at most once, however many patterns ask for it. */
export interface Catalog {
  /** Whether there is a repository of this name. */
  has(repository: string): Promise<boolean>;
  /** Names of repositories below a path, or of all. The path's own may be among them. */
  repositories(under?: string): Promise<Listing>;
  /** Tags of a repository, in no particular order. Throws what the storage throws. */
  tags(repository: string): Promise<readonly string[]>;
}

/**
 * @param planned paths that will be asked for: what lies below one of them is taken from its listing, not listed again;
 *   undefined stands for the whole registry
 */
export function catalogOf(
  source: RegistrySource,
  planned: Iterable<string | undefined>,
  signal: AbortSignal,
): Catalog {
  const tops = topmost(Array.from(planned, path => path ?? WHOLE));
  const known = new Map<string, Promise<boolean>>();
  const listings = new Map<string, Promise<Listing>>();
  const tags = new Map<string, Promise<readonly string[]>>();
  return {
    has: repository => once(known, repository, () => source.hasRepository(repository)),
    repositories(under) {
      const path = under ?? WHOLE;
      const top = pathsTo(path).find(above => tops.has(above) || listings.has(above)) ?? path;
      return once(listings, top, () => list(source.repositories(top === WHOLE ? undefined : top), signal));
    },
    tags: repository => once(tags, repository, () => Array.fromAsync(source.tags(repository))),
  };
}

function once<Key, Value>(
  found: Map<Key, Promise<Value>>,
  key: Key,
  find: () => Promise<Value>,
): Promise<Value> {
  const known = found.get(key) ?? find();
  found.set(key, known);
  return known;
}

/** Of these paths those that lie below no other of them. */
function topmost(paths: readonly string[]): ReadonlySet<string> {
  const all = new Set(paths);
  return new Set(paths.filter(path => pathsTo(path).every(above => above === path || !all.has(above))));
}

/** For `a/b`: the whole registry, `a`, `a/b`. */
function pathsTo(path: string): readonly string[] {
  if (path === WHOLE) return [WHOLE];
  const components = path.split('/');
  return [WHOLE, ...components.map((_, index) => components.slice(0, index + 1).join('/'))];
}

async function list(names: AsyncIterable<string>, signal: AbortSignal): Promise<Listing> {
  const found: string[] = [];
  try {
    for await (const name of names) {
      signal.throwIfAborted();
      found.push(name);
    }
  } catch (error) {
    if (!isScraperError(error) || signal.aborted) throw error;
    return { names: found.sort(compareText), unread: error };
  }
  return { names: found.sort(compareText) };
}
