import { isScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { childrenOf, parseManifest } from '../oci/manifest.ts';
import { readManifest } from '../graph/load.ts';
import { inLanes } from './lanes.ts';
import { LANES } from './digest-directories.ts';
import type { Verification } from './verification.ts';

/** Images that need something. */
export interface Users {
  /** The first few: `repository:tag`, or `repository@digest` where no tag leads to one. */
  readonly references: readonly string[];
  readonly referenceCount: number;
}

/** References that are named of each. */
export const MOST_REFERENCES = 3;

/**
 * Finds out which images of a repository need some digests: blobs, manifests or both. Reads all its manifests once more,
 * which is cheaper than to remember who needs what, because mostly nothing is wrong.
 */
export async function usersIn(
  { source, options: { signal } }: Verification,
  repository: string,
  wanted: ReadonlySet<Digest>,
): Promise<ReadonlyMap<Digest, Users>> {
  /** Manifests that need something, and what. */
  const needs = new Map<Digest, Set<Digest>>();
  /** Index → what it holds, the reverse way. */
  const parents = new Map<Digest, Set<Digest>>();

  const look = async (revision: Digest): Promise<void> => {
    signal.throwIfAborted();
    if (wanted.has(revision)) setOf(needs, revision).add(revision);
    const manifest = await quietly(() => readManifest(source, revision, revision, parseManifest));
    if (!manifest) return;
    for (const { descriptor } of childrenOf(manifest)) {
      const { digest } = descriptor;
      if (wanted.has(digest)) setOf(needs, revision).add(digest);
      if (manifest.kind === 'index') setOf(parents, digest).add(revision);
    }
  };
  const seen = new Set<Digest>();
  const lookOnce = async (digest: Digest | undefined): Promise<void> => {
    if (digest === undefined || seen.has(digest)) return;
    seen.add(digest);
    await look(digest);
  };
  await quietly(() => inLanes(source.revisions(repository), LANES, lookOnce));
  // registry 2 also serves what is linked as a layer and tagged
  const lookAtTag = async (tag: string): Promise<void> =>
    lookOnce(await quietly(() => source.tagTarget(repository, tag)));
  await quietly(() => inLanes(source.tags(repository), LANES, lookAtTag));

  const above = reach(needs, parents);
  const tags = await tagsOf(source, repository, above);
  const users = new Map<Digest, Set<string>>();
  for (const [manifest, digests] of needs) {
    const names = new Set([...ancestors(manifest, parents)].flatMap(digest => [...(tags.get(digest) ?? [])]));
    if (names.size === 0) names.add(`${repository}@${manifest}`);
    for (const digest of digests) for (const name of names) setOf(users, digest).add(name);
  }
  return new Map([...users].map(([digest, names]) => [digest, usersOf([...names].sort())]));
}

/** What is known of the users of one thing in several repositories. */
export function joinUsers(one: Users | undefined, other: Users): Users {
  if (!one) return other;
  return {
    references: [...one.references, ...other.references].slice(0, MOST_REFERENCES),
    referenceCount: one.referenceCount + other.referenceCount,
  };
}

function usersOf(names: readonly string[]): Users {
  return { references: names.slice(0, MOST_REFERENCES), referenceCount: names.length };
}

function setOf<Value>(sets: Map<Digest, Set<Value>>, key: Digest): Set<Value> {
  const known = sets.get(key) ?? new Set();
  sets.set(key, known);
  return known;
}

/** The manifest itself and every index that leads to it. */
function ancestors(manifest: Digest, parents: ReadonlyMap<Digest, ReadonlySet<Digest>>): Set<Digest> {
  const found = new Set([manifest]);
  // grows while it is gone through
  for (const digest of found) for (const parent of parents.get(digest) ?? []) found.add(parent);
  return found;
}

function reach(
  needs: ReadonlyMap<Digest, unknown>,
  parents: ReadonlyMap<Digest, ReadonlySet<Digest>>,
): Set<Digest> {
  return new Set([...needs.keys()].flatMap(manifest => [...ancestors(manifest, parents)]));
}

/** Tags that point to one of these manifests. */
async function tagsOf(
  source: Verification['source'],
  repository: string,
  manifests: ReadonlySet<Digest>,
): Promise<ReadonlyMap<Digest, ReadonlySet<string>>> {
  const found = new Map<Digest, Set<string>>();
  if (manifests.size === 0) return found;
  const look = async (tag: string): Promise<void> => {
    const target = await quietly(() => source.tagTarget(repository, tag));
    if (target === undefined || !manifests.has(target)) return;
    setOf(found, target).add(`${repository}:${tag}`);
  };
  await quietly(() => inLanes(source.tags(repository), LANES, look));
  return found;
}

/** What is wrong was told of before. */
async function quietly<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isScraperError(error) && error.code !== 'INTERRUPTED' && error.code !== 'TERMINATED')
      return undefined;
    throw error;
  }
}
