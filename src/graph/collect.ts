import { ScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { GraphBlob, GraphLink } from './graph.ts';

/** Gathers an image's blobs and layer links, each once. */
export interface Collector {
  /** Adds a blob; one that is there already gains the digests it is known by. Throws `SIZE_INVALID` when sizes disagree. */
  add(blob: GraphBlob): void;
  /** Links a blob in the repository under each of its digests. */
  linkLayer(blob: GraphBlob): void;
  link(link: GraphLink): void;
  blobs(): readonly GraphBlob[];
  links(): readonly GraphLink[];
}

export function collector(repository: string): Collector {
  const blobs = new Map<Digest, GraphBlob>();
  const layers = new Map<Digest, Digest>();
  const others: GraphLink[] = [];
  return {
    add(blob) {
      const known = blobs.get(blob.digest);
      if (known && known.size !== blob.size) {
        const message = `descriptors disagree on the size of ${blob.digest}: ${String(known.size)} and ${String(blob.size)} bytes`;
        throw new ScraperError('SIZE_INVALID', message, { digest: blob.digest });
      }
      const digests = known ? [...new Set([...known.digests, ...blob.digests])] : blob.digests;
      blobs.set(blob.digest, { ...(known ?? blob), digests });
    },
    linkLayer(blob) {
      for (const digest of blob.digests) layers.set(digest, blob.digest);
    },
    link(link) {
      others.push(link);
    },
    blobs: () => [...blobs.values()],
    links: () => [
      ...[...layers].map(([digest, target]): GraphLink => ({
        kind: 'layerLink',
        ...{ repository, digest, target },
      })),
      ...others,
    ],
  };
}
