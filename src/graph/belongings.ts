import pMap from 'p-map';
import type { ScraperError } from '../errors.ts';
import { shortDigest, type Digest } from '../oci/digest.ts';
import { childrenOf } from '../oci/manifest.ts';
import { indexEntry } from './fallback.ts';
import type { GraphFallback, GraphReferrer, ImageGraph } from './graph.ts';
import type { LoadedManifest } from './load.ts';
import { mergeGraphs, nothing } from './merge.ts';
import { takenReferrers, type ReferrerChoice } from './referrer-choice.ts';
import type { Referrer } from './referrers.ts';
import { revisionTarget, type ResolvedReference } from './resolve.ts';
import { attempt } from './state.ts';
import { walkImage, type WalkOptions, type WalkResult } from './walk.ts';

/** Referrers walked at once. */
const CONCURRENCY = 16;

export interface BelongingsOptions extends Omit<WalkOptions, 'prefix' | 'alone'> {
  /** Absent: the image alone. */
  readonly referrers?: ReferrerChoice;
}

/**
 * Walks an image and everything that belongs to it: what signs, attests or describes the image or a manifest taken with
 * it, and what does the same to that, to any depth. Referrers that only their `subject` leads to are noted for a fallback
 * tag: a registry without the referrers API would not find them, and registry 3 would delete them in
 * `garbage-collect --delete-untagged` (registry 2 does so even to an index's own children).
 */
export async function walkWithBelongings(
  image: ResolvedReference,
  options: BelongingsOptions,
): Promise<WalkResult> {
  const { referrers, signal } = options;
  const own = await walkImage(image, options);
  if ('failures' in own || !referrers) return own;
  const others: ImageGraph[] = [];
  const failures: ScraperError[] = [];
  // grows while it is gone through: what belongs to a referrer is looked for as well
  const subjects = new Set(manifestsOf(own.graph));
  const walked = new Map<Digest, ImageGraph>([[image.digest, own.graph]]);
  for (const subject of subjects) {
    const gather = (): Promise<readonly WalkResult[]> =>
      walkReferrers(image, subject, walked, options, referrers);
    const results =
      (await attempt({ signal, failures }, `referrers of ${shortDigest(subject)}`, gather)) ?? [];
    for (const result of results) {
      if ('failures' in result) failures.push(...result.failures);
      else {
        others.push(result.graph);
        for (const digest of manifestsOf(result.graph)) subjects.add(digest);
      }
    }
  }
  return failures.length > 0 ? { failures } : { graph: mergeGraphs(own.graph, others) };
}

/** Everything about one subject, as additions to the image's graph. */
async function walkReferrers(
  image: ResolvedReference,
  subject: Digest,
  walked: Map<Digest, ImageGraph>,
  options: BelongingsOptions,
  choice: ReferrerChoice,
): Promise<readonly WalkResult[]> {
  const found = await takenReferrers(image.repository, subject, choice, options);
  if (found.length === 0) return [];
  const fresh = found.filter(({ digest }) => !walked.has(digest) && walked.set(digest, nothing));
  const walk = async (referrer: Referrer): Promise<WalkResult> => {
    // what is taken of a list is found, and so walked, by itself
    const alone = referrer.via === 'fallback tag' && choice.takes !== undefined;
    const result = await walkReferrer(image, referrer, alone, options);
    if ('graph' in result) walked.set(referrer.digest, result.graph);
    return result;
  };
  const results = await pMap(fresh, walk, { concurrency: CONCURRENCY });
  if (results.some(result => 'failures' in result)) return results;
  const fallback = await fallbackOf(image.repository, subject, found, walked, options);
  return [
    ...results,
    { graph: { ...nothing, ...namesOf(subject, found), fallbacks: fallback ? [fallback] : [] } },
  ];
}

/** Platforms are not chosen among what belongs to an image. */
function walkReferrer(
  image: ResolvedReference,
  { digest, tag }: Referrer,
  alone: boolean,
  { source, load, signal, warn }: BelongingsOptions,
): Promise<WalkResult> {
  const prefix = `${tag ?? `referrer ${shortDigest(digest)}`} → `;
  return walkImage({ ...image, tag: null, digest }, { source, load, signal, warn, prefix, alone });
}

/** Names of the referrers found, and the tags that lead to them. A fallback tag is no referrer but a list of them. */
function namesOf(subject: Digest, found: readonly Referrer[]): Pick<ImageGraph, 'referrers' | 'tags'> {
  return {
    referrers: found
      .filter(({ via }) => via !== 'fallback tag')
      .map(({ digest, artifactType, tag }): GraphReferrer => ({ digest, subject, artifactType, tag })),
    tags: found.flatMap(({ tag, digest }) => (tag === null ? [] : [{ tag, target: digest }])),
  };
}

/**
 * What the subject's fallback tag lists and must list, if anything.
 * @param walked graphs of all that was found
 */
async function fallbackOf(
  repository: string,
  subject: Digest,
  found: readonly Referrer[],
  walked: ReadonlyMap<Digest, ImageGraph>,
  { source, load }: BelongingsOptions,
): Promise<GraphFallback | undefined> {
  const loadAll = async (via: Referrer['via']): Promise<LoadedManifest[]> => {
    const loaded: LoadedManifest[] = [];
    for (const { digest } of found.filter(referrer => referrer.via === via)) {
      const stored = await revisionTarget(source, repository, digest);
      if (stored !== undefined) loaded.push(await load(stored, digest));
    }
    return loaded;
  };
  // one that is linked by two digests is one manifest all the same
  const entries = new Map((await loadAll('subject')).map(loaded => [loaded.digest, indexEntry(loaded)]));
  const [existing] = await loadAll('fallback tag');
  if (entries.size === 0 && !existing) return undefined;
  const listed =
    existing && new Set(childrenOf(existing.manifest).map(({ descriptor }) => descriptor.digest));
  const untagged = found.filter(({ via }) => via === 'subject');
  const { referrers } = namesOf(subject, untagged);
  const addition = mergeGraphs(
    { ...nothing, referrers },
    untagged.map(({ digest }) => walked.get(digest) ?? nothing),
  );
  return { subject, entries: [...entries.values()], ...(listed && { listed }), addition };
}

function manifestsOf(graph: ImageGraph): readonly Digest[] {
  return graph.blobs.filter(blob => blob.role === 'manifest').flatMap(blob => blob.digests);
}
