import { isScraperError } from '../errors.ts';
import { readManifest } from '../graph/load.ts';
import { algorithmOf, type Digest } from '../oci/digest.ts';
import { childrenOf, parseManifest } from '../oci/manifest.ts';
import type { RegistrySource } from '../registry/source.ts';
import { compareNames } from './order.ts';

export interface UntaggedRevision {
  readonly digest: Digest;
  /** Tags of the indexes that list it, directly or further down; empty where that was not asked for. */
  readonly partOf: readonly string[];
}

/**
 * Revisions of a repository that no tag points to, by digest.
 * @param membership whether to read what the tags point to, to tell the platforms of an index from what nobody needs
 * @throws what the storage throws; a damaged tag points to nothing
 */
export async function untaggedRevisions(
  source: RegistrySource,
  repository: string,
  membership: boolean,
): Promise<readonly UntaggedRevision[]> {
  const tagged = new Map<Digest, string[]>();
  for await (const tag of source.tags(repository)) {
    const digest = await orUndefined(source.tagTarget(repository, tag));
    if (digest === undefined) continue;
    const tags = tagged.get(digest);
    if (tags) tags.push(tag);
    else tagged.set(digest, [tag]);
  }
  const untagged: Digest[] = [];
  for await (const digest of source.revisions(repository)) {
    // what was pushed by another algorithm has two names
    const spec = { kind: 'revisionLink', repository, digest } as const;
    const stored = algorithmOf(digest) === 'sha256' ? digest : await orUndefined(source.linkTarget(spec));
    if (!tagged.has(stored ?? digest) && !tagged.has(digest)) untagged.push(digest);
  }
  const members =
    membership && untagged.length > 0 ? await membersOf(source, tagged) : new Map<Digest, Set<string>>();
  return untagged
    .sort()
    .map(digest => ({ digest, partOf: [...(members.get(digest) ?? [])].sort(compareNames) }));
}

/** The tags through which one comes to each manifest below an index. */
async function membersOf(
  source: RegistrySource,
  tagged: ReadonlyMap<Digest, readonly string[]>,
): Promise<ReadonlyMap<Digest, ReadonlySet<string>>> {
  const members = new Map<Digest, Set<string>>();
  for (const [root, tags] of tagged) {
    const seen = new Set([root]);
    // each manifest is entered once, so that not even a hostile graph takes longer than it has nodes
    for (const digest of seen) {
      for (const child of await manifestsIn(source, digest)) {
        seen.add(child);
        const known = members.get(child);
        if (known) for (const tag of tags) known.add(tag);
        else members.set(child, new Set(tags));
      }
    }
  }
  return members;
}

async function manifestsIn(source: RegistrySource, digest: Digest): Promise<readonly Digest[]> {
  const manifest = await orUndefined(readManifest(source, digest, digest, parseManifest));
  if (manifest?.kind !== 'index') return [];
  return childrenOf(manifest).map(({ descriptor }) => descriptor.digest);
}

async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isScraperError(error)) return undefined;
    throw error;
  }
}
