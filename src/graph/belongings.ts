import pMap from 'p-map';
import type { ScraperError } from '../errors.ts';
import { shortDigest, type Digest } from '../oci/digest.ts';
import { fallbackTagOf } from '../oci/digest-tag.ts';
import type { EntryChoice } from './choice.ts';
import { fallbackFor } from './fallback.ts';
import type { GraphReferrer, ImageGraph } from './graph.ts';
import type { LoadedManifest } from './load.ts';
import { mergeGraphs } from './merge.ts';
import { takenReferrers, type ReferrerChoice } from './referrer-choice.ts';
import type { Referrer } from './referrers.ts';
import { revisionTarget, type ResolvedReference } from './resolve.ts';
import { attempt } from './state.ts';
import { walkImage, type WalkOptions, type WalkResult } from './walk.ts';

/** Referrers walked at once. */
const CONCURRENCY = 16;

export interface BelongingsOptions extends Omit<WalkOptions, 'prefix'> {
  /** Absent: the image alone. */
  readonly referrers?: ReferrerChoice;
}

/**
 * Walks an image and everything that belongs to it: what signs, attests or describes the image or a manifest taken with
 * it, and what does the same to that, to any depth. Where only its `subject` leads to a referrer and the source has no
 * fallback tag for it, one is made: a registry without the referrers API would not find it, and registry 3 would delete
 * it in `garbage-collect --delete-untagged` (registry 2 does so even to an index's own children).
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
  const walked = new Set<Digest>([image.digest]);
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
  walked: Set<Digest>,
  options: BelongingsOptions,
  choice: ReferrerChoice,
): Promise<readonly WalkResult[]> {
  const found = await takenReferrers(image.repository, subject, choice, options);
  if (found.length === 0) return [];
  const fresh = found.filter(({ digest }) => !walked.has(digest) && walked.add(digest));
  const listed = choice.takes && new Set<string>(found.map(({ digest }) => digest));
  const walk = (referrer: Referrer): Promise<WalkResult> =>
    walkReferrer(image, referrer, referrer.via === 'fallback tag' ? listed : undefined, options);
  const results = await pMap(fresh, walk, { concurrency: CONCURRENCY });
  const fallback = await fallbackGraph(image, subject, found, options);
  return [
    ...results,
    { graph: { ...nothing, ...namesOf(subject, found) } },
    ...(fallback ? [{ graph: fallback }] : []),
  ];
}

/** @param listed of a fallback tag's index only these are taken; all when absent */
function walkReferrer(
  image: ResolvedReference,
  { digest, tag }: Referrer,
  listed: ReadonlySet<string> | undefined,
  { source, load, signal, warn }: BelongingsOptions,
): Promise<WalkResult> {
  const choose: EntryChoice | undefined = listed && {
    wanted: 'referrers of the kinds asked for',
    choose: candidates => candidates.filter(({ child }) => listed.has(child.descriptor.digest)),
  };
  const prefix = `${tag ?? `referrer ${shortDigest(digest)}`} → `;
  return walkImage(
    { ...image, tag: null, digest },
    { source, load, signal, warn, prefix, ...(choose && { choose }) },
  );
}

/** An addition that adds nothing yet; what an image is called and made of comes from its own graph. */
const nothing: ImageGraph = {
  ...{ mediaType: '', platforms: [], leftPlatforms: [], leftBytes: 0 },
  ...{ referrers: [], blobs: [], links: [], tags: [] },
};

/** Names of the referrers found, and the tags that lead to them. A fallback tag is no referrer but a list of them. */
function namesOf(subject: Digest, found: readonly Referrer[]): Pick<ImageGraph, 'referrers' | 'tags'> {
  return {
    referrers: found
      .filter(({ via }) => via !== 'fallback tag')
      .map(({ digest, artifactType, tag }): GraphReferrer => ({ digest, subject, artifactType, tag })),
    tags: found.flatMap(({ tag, digest }) => (tag === null ? [] : [{ tag, target: digest }])),
  };
}

async function fallbackGraph(
  { repository, requested }: ResolvedReference,
  subject: Digest,
  found: readonly Referrer[],
  { source, load, warn }: BelongingsOptions,
): Promise<ImageGraph | undefined> {
  const loadAll = async (via: Referrer['via']): Promise<LoadedManifest[]> => {
    const loaded: LoadedManifest[] = [];
    for (const { digest } of found.filter(referrer => referrer.via === via)) {
      const stored = await revisionTarget(source, repository, digest);
      if (stored !== undefined) loaded.push(await load(stored, digest));
    }
    return loaded;
  };
  const untagged = await loadAll('subject');
  if (untagged.length === 0) return undefined;
  const [existing] = await loadAll('fallback tag');
  const { index, warning } = fallbackFor(subject, untagged, existing);
  if (warning) warn({ ...warning, reference: requested });
  if (!index) return undefined;
  const target = index.digest;
  const spec = { kind: 'revisionLink', repository, digest: target } as const;
  return {
    ...nothing,
    blobs: [index],
    links: [{ spec, target }],
    tags: [{ tag: fallbackTagOf(subject), target }],
  };
}

function manifestsOf(graph: ImageGraph): readonly Digest[] {
  return graph.blobs.filter(blob => blob.role === 'manifest').flatMap(blob => blob.digests);
}
