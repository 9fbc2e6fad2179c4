import pMap from 'p-map';
import { ScraperError, type Warning } from './errors.ts';
import { addFallbackTags, fallbackTagsOf, type FallbackTag } from './graph/fallback-tags.ts';
import { layOut, placesOf, type WalkedImage } from './lay-out.ts';
import type { Digest } from './oci/digest.ts';
import type { Plan } from './plan.ts';
import { makePlan } from './planner.ts';
import { pathFor } from './registry/layout.ts';
import { readFallbackTags, type ListedManifests } from './sink/fallback.ts';
import type { Sink } from './sink/sink.ts';
import { emptyOutput, surveyOutput, type OutputState } from './sink/survey.ts';

export interface PrepareOptions {
  /** Where it is to be written, if that can be looked at. */
  readonly sink?: Sink;
  /** Whether the other side has a blob of this digest and size, so that it need not be shipped. */
  readonly has?: (digest: Digest, size: number) => Promise<boolean>;
  readonly warn: (warning: Warning) => void;
  /** Nothing will be written. */
  readonly dryRun?: boolean;
}

export interface Prepared {
  readonly plan: Plan;
  readonly output: OutputState;
  /** Paths of tag links that will lead to all that they lead to now, and to more. */
  readonly merged: ReadonlySet<string>;
}

/** Blobs looked up in a base at once. */
const CONCURRENCY = 16;

/** Graphs → plan: with the fallback tags that must be made, what the output has already, and what the other side has. */
export async function preparePlan(
  walked: readonly WalkedImage[],
  { sink, has, warn, dryRun = false }: PrepareOptions,
): Promise<Prepared> {
  const { images, merged, damaged } = await listReferrers(walked, sink, { warn, dryRun });
  const laidOut = layOut(images);
  const output = sink ? await surveyOutput(sink, placesOf(laidOut), damaged) : emptyOutput;
  const inBase = has ? await blobsIn(images, has) : new Set<Digest>();
  return { plan: makePlan(laidOut, output, inBase), output, merged };
}

/**
 * Refuses what cannot fit before the first byte is written.
 * @throws ScraperError `NO_SPACE`
 */
export async function checkSpace(sink: Sink, { totals }: Plan): Promise<void> {
  const needed = totals.bytes - totals.presentBytes - totals.baseBytes;
  const free = needed === 0 ? undefined : await sink.freeBytes();
  if (free === undefined || free >= needed) return;
  const message = `${sink.name} has ${String(free)} bytes free, ${String(needed)} are needed; nothing was written`;
  throw new ScraperError('NO_SPACE', message, {
    path: sink.name,
    hint: 'free some space, choose another output, or ship less',
  });
}

/**
 * Completes the graphs by the fallback tags that the source lacks, whose indexes depend on all the images that land in one
 * repository, and on what the output lists there already.
 */
async function listReferrers(
  walked: readonly WalkedImage[],
  sink: Sink | undefined,
  told: { readonly warn: (warning: Warning) => void; readonly dryRun: boolean },
): Promise<{
  readonly images: readonly WalkedImage[];
  readonly merged: ReadonlySet<string>;
  /** Paths of blobs that are to be written anew. */
  readonly damaged: ReadonlySet<string>;
}> {
  const { warn } = told;
  const tags = fallbackTagsOf(walked, warn);
  const none: ListedManifests<FallbackTag> = { manifests: new Map(), damaged: new Set() };
  const { manifests, damaged } = sink ? await readFallbackTags(sink, tags, warn) : none;
  const images = addFallbackTags(walked, tags, manifests, told);
  const merged = Array.from(manifests.keys(), ({ repository, tag }) =>
    pathFor({ kind: 'tagLink', repository, tag }),
  );
  return { images, merged: new Set(merged), damaged };
}

/** Which blobs the other side has. Manifests always go along, so that what arrives can be read by itself. */
async function blobsIn(
  images: readonly WalkedImage[],
  has: (digest: Digest, size: number) => Promise<boolean>,
): Promise<ReadonlySet<Digest>> {
  const sizes = new Map<Digest, number>();
  for (const { graph } of images)
    for (const { digest, size, role } of graph.blobs) if (role !== 'manifest') sizes.set(digest, size);
  const found = new Set<Digest>();
  const look = async ([digest, size]: [Digest, number]): Promise<void> => {
    if (await has(digest, size)) found.add(digest);
  };
  await pMap(sizes, look, { concurrency: CONCURRENCY });
  return found;
}
