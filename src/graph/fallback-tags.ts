import type { Warning } from '../errors.ts';
import { shortDigest, type Digest } from '../oci/digest.ts';
import { fallbackTagOf } from '../oci/digest-tag.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import { fallbackIndex, indexEntry } from './fallback.ts';
import type { GraphFallback, GraphLink, ImageGraph, IndexEntry } from './graph.ts';
import type { LoadedManifest } from './load.ts';
import { mergeGraphs, nothing } from './merge.ts';
import type { ResolvedReference } from './resolve.ts';

/** An image's graph, and where it lands. */
export interface Landing {
  readonly reference: ResolvedReference;
  readonly graph: ImageGraph;
  /** Name of its repository in the output. */
  readonly name: string;
}

/** A fallback tag of the output, and all that must be listed under it. */
export interface FallbackTag {
  /** As it is called in the output. */
  readonly repository: string;
  readonly tag: string;
  readonly subject: Digest;
  readonly entries: ReadonlyMap<Digest, IndexEntry>;
  /** Who has which of them; at least one. */
  readonly uses: readonly Use[];
}

interface Use {
  readonly image: Landing;
  readonly fallback: GraphFallback;
}

/**
 * The fallback tags that must be made: one for each subject in a repository of the output, whatever sources lead there.
 * What a source has under such a tag is kept as it is, and what that leaves out is told.
 */
export function fallbackTagsOf(
  images: readonly Landing[],
  warn: (warning: Warning) => void,
): readonly FallbackTag[] {
  const requested = new Set(images.map(({ name, reference: { tag } }) => `${name}:${String(tag)}`));
  const all = images.flatMap(image => image.graph.fallbacks.map((fallback): Use => ({ image, fallback })));
  const byTag = Map.groupBy(all, ({ image, fallback }) => `${image.name}:${fallbackTagOf(fallback.subject)}`);
  return [...byTag].flatMap(([name, uses]) => {
    const fallbackTag = together(uses);
    const lists = uses.flatMap(({ fallback: { listed } }) => (listed ? [listed] : []));
    if (lists.length > 0) warnUnlisted(fallbackTag, lists, warn);
    return lists.length > 0 || requested.has(name) ? [] : [fallbackTag];
  });
}

/** @param uses all of one tag; at least one */
function together(uses: readonly Use[]): FallbackTag {
  const [first] = uses;
  if (!first) throw new TypeError('a fallback tag lists something');
  const { subject } = first.fallback;
  const entries = uses.flatMap(({ fallback }) => fallback.entries);
  return {
    ...{ repository: first.image.name, tag: fallbackTagOf(subject), subject, uses },
    entries: new Map(entries.map(entry => [entry.digest, entry])),
  };
}

/**
 * Adds the indexes of referrers, and the tags that lead to them, to the graphs of the images. An image gets every referrer
 * that its index lists, also those that another image brings: either may be complete first, or alone.
 * @param existing what an output lists under such a tag already, and has: it stays listed
 */
export function addFallbackTags<T extends Landing>(
  images: readonly T[],
  fallbackTags: readonly FallbackTag[],
  existing: ReadonlyMap<FallbackTag, readonly LoadedManifest[]>,
  { warn, dryRun }: { readonly warn: (warning: Warning) => void; readonly dryRun: boolean },
): readonly T[] {
  const additions = new Map<Landing, ImageGraph[]>();
  for (const fallbackTag of fallbackTags) {
    const { subject, tag, entries, uses } = fallbackTag;
    const before = (existing.get(fallbackTag) ?? []).map(
      loaded => [loaded.digest, indexEntry(loaded)] as const,
    );
    const all = new Map([...before, ...entries]);
    const index = fallbackIndex(subject, all.values());
    if (index.size > MAX_MANIFEST_BYTES) {
      const message = `${referrersOf(fallbackTag)}: too many for one index, so no tag is written that lists them; registries without the referrers API do not show them`;
      const hint = 'take fewer with --referrers, or serve the copy by a registry that has the referrers API';
      warn(about(fallbackTag, { code: 'REFERRER_UNLISTED', message, hint }));
      continue;
    }
    const kept = all.size - entries.size;
    const besides = kept === 0 ? '' : `, beside ${String(kept)} that the output has`;
    const message = `a tag ${dryRun ? 'would be' : 'is'} written by which registries find ${referrersOf(fallbackTag)}${besides}`;
    warn(about(fallbackTag, { code: 'FALLBACK_TAG_WRITTEN', message }));
    const sets = setsOf(uses);
    for (const { image, fallback } of uses) {
      const { repository } = image.reference;
      const target = index.digest;
      const link: GraphLink = { kind: 'revisionLink', repository, digest: target, target };
      const own: ImageGraph = { ...nothing, blobs: [index], links: [link], tags: [{ tag, target }] };
      additions.set(image, [...(additions.get(image) ?? []), ...lackingOf(sets, fallback, repository), own]);
    }
  }
  return images.map(image => {
    const more = additions.get(image);
    return more ? { ...image, graph: mergeGraphs(image.graph, more) } : image;
  });
}

/** Different sets of referrers, each once: the images of one source repository all have the same. */
function setsOf(uses: readonly Use[]): readonly GraphFallback[] {
  const keyOf = ({ entries }: GraphFallback): string => entries.map(({ digest }) => digest).join();
  return [...new Map(uses.map(({ fallback }) => [keyOf(fallback), fallback])).values()];
}

/** What an image lacks of these sets. */
function lackingOf(
  sets: readonly GraphFallback[],
  own: GraphFallback,
  repository: string,
): readonly ImageGraph[] {
  const has = new Set(own.entries.map(({ digest }) => digest));
  return sets
    .filter(({ entries }) => entries.some(({ digest }) => !has.has(digest)))
    .map(({ addition }) => ({
      ...addition,
      // source repositories that become one have one link to what they share
      links: addition.links.map(link => ({ ...link, repository })),
    }));
}

function warnUnlisted(
  fallbackTag: FallbackTag,
  lists: readonly ReadonlySet<Digest>[],
  warn: (warning: Warning) => void,
): void {
  const unlisted = [...fallbackTag.entries.keys()].filter(digest => !lists.some(list => list.has(digest)));
  if (unlisted.length === 0) return;
  const message = `${referrersOf(fallbackTag)}: the source's tag for them leaves out ${String(unlisted.length)}; registries without the referrers API do not show those`;
  const hint =
    'attach them again with a current client, or serve the copy by a registry that has the referrers API';
  warn(about(fallbackTag, { code: 'REFERRER_UNLISTED', message, hint }));
}

function referrersOf({ subject, entries: { size } }: FallbackTag): string {
  const number = size.toLocaleString('en-US', { useGrouping: 'min2' });
  return `${number} untagged ${size === 1 ? 'referrer' : 'referrers'} of ${shortDigest(subject)}`;
}

function about({ subject, uses: [first] }: FallbackTag, warning: Warning): Warning {
  return { ...warning, digest: subject, ...(first && { reference: first.image.reference.requested }) };
}
