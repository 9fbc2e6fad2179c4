import type { Digest } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import type { GraphBlob, GraphLink, GraphReferrer, ImageGraph } from './graph.ts';

/** An addition that adds nothing yet; what an image is called and made of comes from its own graph. */
export const nothing: ImageGraph = {
  ...{ mediaType: '', platforms: [], leftPlatforms: [], leftBytes: 0 },
  ...{ referrers: [], blobs: [], links: [], tags: [], fallbacks: [] },
};

/** One graph out of an image's own, which comes first and gives its properties, and those of what belongs to it. */
export function mergeGraphs(own: ImageGraph, others: readonly ImageGraph[]): ImageGraph {
  if (others.length === 0) return own;
  const blobs = new Map<Digest, GraphBlob>();
  const links = new Map<string, GraphLink>();
  for (const graph of [own, ...others]) {
    for (const blob of graph.blobs) {
      const known = blobs.get(blob.digest);
      const digests = known && [...new Set([...known.digests, ...blob.digests])];
      blobs.set(blob.digest, known && digests ? { ...known, digests } : blob);
    }
    for (const link of graph.links) links.set(pathFor(link), link);
  }
  const tags = new Map([own, ...others].flatMap(graph => graph.tags.map(tag => [tag.tag, tag] as const)));
  return {
    ...own,
    referrers: distinct([own, ...others].flatMap(graph => graph.referrers)),
    blobs: [...blobs.values()],
    links: [...links.values()],
    tags: [...tags.values()],
    fallbacks: [own, ...others].flatMap(graph => graph.fallbacks),
  };
}

function distinct(referrers: readonly GraphReferrer[]): readonly GraphReferrer[] {
  const keyOf = ({ subject, digest, tag }: GraphReferrer): string => `${subject} ${digest} ${tag ?? ''}`;
  return [...new Map(referrers.map(referrer => [keyOf(referrer), referrer])).values()];
}
