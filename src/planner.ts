import type { GraphBlob, ImageGraph } from './graph/graph.ts';
import type { LaidOutImage, WalkedImage } from './lay-out.ts';
import type { Digest } from './oci/digest.ts';
import type { Plan, PlannedBlob, PlannedImage, PlanTotals } from './plan.ts';
import { pathFor } from './registry/layout.ts';
import type { OutputState } from './sink/survey.ts';

/**
 * Makes the plan: pure, in the order of `images`, so the same selection always gives the same plan.
 * @param inBase blobs that the other side has; manifests are taken along in any case
 */
export function makePlan(
  images: readonly LaidOutImage[],
  output: OutputState,
  inBase: ReadonlySet<Digest> = new Set(),
): Plan {
  const users = new Map<Digest, number>();
  for (const { graph } of images)
    for (const { digest } of graph.blobs) users.set(digest, (users.get(digest) ?? 0) + 1);
  const blobs = mergeBlobs(images, output, inBase);
  const known = new Map(blobs.map(blob => [blob.digest, blob]));
  const planned = images.map(image => planImage(image, output, users, known));
  return { images: planned, blobs, totals: totalsOf(planned, blobs) };
}

/** Every blob once; within an image the large ones first, so that parallel copies end together. */
function mergeBlobs(
  images: readonly WalkedImage[],
  output: OutputState,
  inBase: ReadonlySet<Digest>,
): readonly PlannedBlob[] {
  const merged = new Map<Digest, GraphBlob>();
  for (const { graph } of images) {
    for (const blob of [...graph.blobs].sort((a, b) => b.size - a.size)) {
      const known = merged.get(blob.digest);
      if (known?.digests === blob.digests) continue;
      const digests = known ? [...new Set([...known.digests, ...blob.digests])] : blob.digests;
      merged.set(blob.digest, { ...(known ?? blob), digests });
    }
  }
  const revisions = new Set(images.flatMap(({ graph }) => revisionsOf(graph)));
  return [...merged.values()].map(blob => {
    const path = pathFor({ kind: 'blob', digest: blob.digest });
    // one that an image lists among its layers was found as a layer first
    const role = revisions.has(blob.digest) ? 'manifest' : blob.role;
    return {
      ...{ ...blob, role, path },
      present: output.sizes.get(path) === blob.size,
      inBase: role !== 'manifest' && inBase.has(blob.digest),
    };
  });
}

/** Stored digests of all that is linked as a manifest. */
function revisionsOf({ links }: ImageGraph): readonly Digest[] {
  return links.filter(({ kind }) => kind === 'revisionLink').map(({ target }) => target);
}

function planImage(
  { reference, graph, name, reasons, links, directories }: LaidOutImage,
  output: OutputState,
  users: ReadonlyMap<Digest, number>,
  known: ReadonlyMap<Digest, PlannedBlob>,
): PlannedImage {
  const lackingLinks = links.filter(link => output.links.get(pathFor(link)) !== link.target);
  const shared = graph.blobs.filter(({ digest }) => users.get(digest) !== 1);
  const lacking = graph.blobs.filter(({ digest }) => known.get(digest)?.inBase !== true);
  return {
    ...reference,
    name,
    reasons,
    mediaType: graph.mediaType,
    platforms: graph.platforms,
    leftPlatforms: graph.leftPlatforms,
    leftBytes: graph.leftBytes,
    referrers: graph.referrers,
    blobs: graph.blobs.map(({ digest }) => digest),
    links,
    // one list where nothing is there yet
    lackingLinks: lackingLinks.length === links.length ? links : lackingLinks,
    directories,
    bytes: sum(graph.blobs),
    sharedBytes: sum(shared),
    baseBytes: sum(graph.blobs) - sum(lacking),
    present:
      lacking.every(({ digest }) => known.get(digest)?.present) &&
      lackingLinks.length === 0 &&
      directories.every(directory => output.directories.has(directory)),
  };
}

function totalsOf(images: readonly PlannedImage[], blobs: readonly PlannedBlob[]): PlanTotals {
  const together = [...Map.groupBy(images, ({ name }) => name).values()];
  const based = blobs.filter(blob => blob.inBase);
  return {
    images: images.length,
    manifests: blobs.filter(({ role }) => role === 'manifest').length,
    blobs: blobs.length,
    links: together.reduce((total, some) => total + new Set(some.flatMap(({ links }) => links)).size, 0),
    bytes: sum(blobs),
    presentBytes: sum(blobs.filter(blob => blob.present && !blob.inBase)),
    baseBlobs: based.length,
    baseBytes: sum(based),
  };
}

function sum(blobs: readonly { readonly size: number }[]): number {
  return blobs.reduce((total, { size }) => total + size, 0);
}
