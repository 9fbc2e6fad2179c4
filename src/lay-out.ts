import type { ImageGraph } from './graph/graph.ts';
import type { ResolvedReference } from './graph/resolve.ts';
import type { Digest } from './oci/digest.ts';
import type { PlannedLink } from './plan.ts';
import { pathFor } from './registry/layout.ts';

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
  /** In the order in which they must appear, the tag's current link last. */
  readonly links: readonly PlannedLink[];
  /** Those that a registry looks for. */
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
    links: linkPaths(images),
    directories: unique(images, ({ directories }) => directories),
  };
}

function* linkPaths(images: readonly LaidOutImage[]): Generator<string, void> {
  for (const link of unique(images, ({ links }) => links)) yield pathFor(link);
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

/** Says where all of the images is to stand in the output. What several link in one repository is one object for all of them. */
export function layOut(images: readonly WalkedImage[]): readonly LaidOutImage[] {
  const links = new Map<WalkedImage, readonly PlannedLink[]>();
  // what tells links apart weighs as much as they do, and is needed for one repository at a time
  for (const together of Map.groupBy(images, ({ name }) => name).values()) {
    const shared = sharedLinks();
    for (const image of together) links.set(image, linksOf(image).map(shared));
  }
  return images.map(image => {
    const { name: repository } = image;
    // registry 2 lists and garbage-collects only repositories with _layers, and a push leaves an empty _uploads
    const directories = [pathFor({ kind: 'layers', repository }), pathFor({ kind: 'uploads', repository })];
    return { ...image, links: links.get(image) ?? [], directories };
  });
}

function linksOf({
  name: repository,
  graph,
  reference: { tag, digest },
}: WalkedImage): readonly PlannedLink[] {
  const links = graph.links.map((link): PlannedLink =>
    link.repository === repository ? link : { ...link, repository },
  );
  const own = tag === null ? [] : [{ tag, target: storedDigest(graph, digest) }];
  const tags = [...graph.tags.filter(other => other.tag !== tag), ...own].flatMap(one => {
    const { target } = one;
    return [
      { kind: 'tagHistoryLink', repository, tag: one.tag, digest: target, target },
      { kind: 'tagLink', repository, tag: one.tag, target },
    ] as const;
  });
  return [...links, ...tags];
}

/** @returns a function that gives, for a link of the same repository that equals one seen before, that one */
function sharedLinks(): (link: PlannedLink) => PlannedLink {
  const known = new Map<string, Map<string, PlannedLink>>();
  return link => {
    const links = known.get(link.kind) ?? new Map<string, PlannedLink>();
    known.set(link.kind, links);
    // most are named by a digest that is in memory anyway
    const name = link.kind === 'layerLink' || link.kind === 'revisionLink' ? link.digest : pathFor(link);
    const first = links.get(name) ?? link;
    links.set(name, first);
    return first.target === link.target ? first : link;
  };
}

/** A manifest asked for by an alias is tagged by the digest it is stored under. */
function storedDigest(graph: ImageGraph, digest: Digest): Digest {
  return graph.blobs.find(blob => blob.digests.includes(digest))?.digest ?? digest;
}
