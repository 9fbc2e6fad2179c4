import type { Digest } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import type { GraphBlob, GraphLink, ImageGraph } from './graph.ts';

/** One graph out of an image's own, which comes first and gives its properties, and those of what belongs to it. */
export function mergeGraphs(own: ImageGraph, others: readonly ImageGraph[]): ImageGraph {
  if (others.length === 0) return own;
  const blobs = new Map<Digest, GraphBlob>();
  const links = new Map<string, GraphLink>();
  for (const graph of [own, ...others]) {
    for (const blob of graph.blobs) {
      const known = blobs.get(blob.digest);
      const digests = known ? [...new Set([...known.digests, ...blob.digests])] : blob.digests;
      blobs.set(blob.digest, { ...(known ?? blob), digests });
    }
    for (const link of graph.links) links.set(pathFor(link.spec), link);
  }
  const tags = new Map([own, ...others].flatMap(graph => graph.tags.map(tag => [tag.tag, tag] as const)));
  return {
    ...own,
    referrers: [own, ...others].flatMap(graph => graph.referrers),
    blobs: [...blobs.values()],
    links: [...links.values()],
    tags: [...tags.values()],
  };
}
