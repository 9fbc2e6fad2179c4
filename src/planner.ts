import type { GraphBlob, ImageGraph } from './graph/graph.ts';
import type { ResolvedReference } from './graph/resolve.ts';
import type { Digest } from './oci/digest.ts';
import type { Plan, PlannedBlob, PlannedImage, PlannedLink, PlanTotals } from './plan.ts';
import { pathFor } from './registry/layout.ts';
import type { OutputState } from './sink/survey.ts';

/** An image that was resolved and walked. */
export interface WalkedImage {
  readonly reference: ResolvedReference;
  readonly graph: ImageGraph;
  /** Name of its repository in the output. */
  readonly name: string;
  /** Why it was selected. */
  readonly reasons: readonly string[];
}

/** An image with the places that all of it will have in the output. */
export interface LaidOutImage extends WalkedImage {
  /** As they are planned for an output that lacks them. */
  readonly links: readonly PlannedLink[];
  readonly directories: readonly string[];
}

/** Everything of these images that an output may already have: each once, and put together only when it is gone through. */
export function placesOf(images: readonly LaidOutImage[]): {
  readonly files: Iterable<string>;
  readonly links: Iterable<string>;
  readonly directories: Iterable<string>;
} {
  return {
    files: blobPaths(images),
    links: unique(images, ({ links }) => links.map(({ path }) => path)),
    directories: unique(images, ({ directories }) => directories),
  };
}

function* blobPaths(images: readonly LaidOutImage[]): Generator<string, void> {
  for (const digest of unique(images, ({ graph }) => graph.blobs.map(blob => blob.digest)))
    yield pathFor({ kind: 'blob', digest });
}

/** What the images have of something, each once. */
function* unique<T>(
  images: readonly LaidOutImage[],
  of: (image: LaidOutImage) => readonly T[],
): Generator<T, void> {
  const seen = new Set<T>();
  for (const image of images) {
    for (const item of of(image)) {
      if (seen.has(item)) continue;
      seen.add(item);
      yield item;
    }
  }
}

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

/** Links in the order in which they must appear, the tag's current link last, and directories a registry looks for. */
export function layOut(image: WalkedImage): LaidOutImage {
  const { name: repository, graph } = image;
  const { tag, digest } = image.reference;
  const links = graph.links.map(({ spec, target }): PlannedLink => ({
    path: pathFor({ ...spec, repository }),
    target,
    present: false,
  }));
  const own = tag === null ? [] : [{ tag, target: storedDigest(graph, digest) }];
  for (const one of [...graph.tags.filter(other => other.tag !== tag), ...own]) {
    const { target } = one;
    links.push({
      path: pathFor({ kind: 'tagHistoryLink', repository, tag: one.tag, digest: target }),
      target,
      present: false,
    });
    links.push({ path: pathFor({ kind: 'tagLink', repository, tag: one.tag }), target, present: false });
  }
  // registry 2 lists and garbage-collects only repositories with _layers, and a push leaves an empty _uploads
  const directories = [pathFor({ kind: 'layers', repository }), pathFor({ kind: 'uploads', repository })];
  return { ...image, links, directories };
}

/** A manifest asked for by an alias is tagged by the digest it is stored under. */
function storedDigest(graph: ImageGraph, digest: Digest): Digest {
  return graph.blobs.find(blob => blob.digests.includes(digest))?.digest ?? digest;
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
  return links.filter(({ spec }) => spec.kind === 'revisionLink').map(({ target }) => target);
}

function planImage(
  { reference, graph, name, reasons, links, directories }: LaidOutImage,
  output: OutputState,
  users: ReadonlyMap<Digest, number>,
  known: ReadonlyMap<Digest, PlannedBlob>,
): PlannedImage {
  const planned = links.map(link =>
    output.links.get(link.path) === link.target ? { ...link, present: true } : link,
  );
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
    links: planned,
    directories,
    bytes: sum(graph.blobs),
    sharedBytes: sum(shared),
    baseBytes: sum(graph.blobs) - sum(lacking),
    present:
      lacking.every(({ digest }) => known.get(digest)?.present) &&
      planned.every(link => link.present) &&
      directories.every(directory => output.directories.has(directory)),
  };
}

function totalsOf(images: readonly PlannedImage[], blobs: readonly PlannedBlob[]): PlanTotals {
  const links = new Set<string>();
  for (const image of images) for (const { path } of image.links) links.add(path);
  const based = blobs.filter(blob => blob.inBase);
  return {
    images: images.length,
    manifests: blobs.filter(({ role }) => role === 'manifest').length,
    blobs: blobs.length,
    links: links.size,
    bytes: sum(blobs),
    presentBytes: sum(blobs.filter(blob => blob.present && !blob.inBase)),
    baseBlobs: based.length,
    baseBytes: sum(based),
  };
}

function sum(blobs: readonly { readonly size: number }[]): number {
  return blobs.reduce((total, { size }) => total + size, 0);
}
