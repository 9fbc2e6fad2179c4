import type { Digest } from '../oci/digest.ts';
import type { GraphBlob, GraphLink, ImageGraph } from './graph.ts';

/**
 * Lets the graphs of many images share what is equal in them: base layers, digests, the words for the way to a blob. Two hundred
 * thousand links to some thousand blobs would otherwise keep as many copies of each.
 * @returns a function that makes the same graph of what was seen before
 */
export function sharedGraphs(): (graph: ImageGraph) => ImageGraph {
  const blobs = new Map<Digest, GraphBlob>();
  const trails = new Map<string, string>();

  function digestOf(digest: Digest): Digest {
    return blobs.get(digest)?.digest ?? digest;
  }

  function shared(blob: GraphBlob): GraphBlob {
    const known = blobs.get(blob.digest);
    if (known && isSame(known, blob)) return known;
    const trail = trails.get(blob.trail) ?? blob.trail;
    trails.set(trail, trail);
    const own = { ...blob, digest: digestOf(blob.digest), trail };
    if (!known) blobs.set(own.digest, own);
    return own;
  }

  const linked = (link: GraphLink): GraphLink => ({
    ...link,
    digest: digestOf(link.digest),
    target: digestOf(link.target),
  });

  return graph => ({ ...graph, blobs: graph.blobs.map(shared), links: graph.links.map(linked) });
}

function isSame(one: GraphBlob, other: GraphBlob): boolean {
  return (
    one.role === other.role &&
    one.size === other.size &&
    one.trail === other.trail &&
    one.inline === other.inline &&
    one.digests.length === other.digests.length &&
    one.digests.every((digest, index) => digest === other.digests[index])
  );
}
