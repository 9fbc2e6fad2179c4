import { createHash } from 'node:crypto';
import { digestOf, type Digest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import type { PlannedBlob, PlannedImage } from '../plan.ts';
import { blobPath } from './format.ts';
import type { PlanManifests, PlannedManifest } from './plan-manifests.ts';

/**
 * An OCI index that lists a Docker image or, for a Docker manifest list, what of that is taken along, word for word. An image
 * that stands alone gets no platform, so that it is found on every machine, as it would be without an index.
 */
export function wrapperOf(
  { digest, size, manifest, body }: PlannedManifest,
  image: PlannedImage,
  manifests: PlanManifests,
): PlannedBlob {
  const taken = new Set<Digest | undefined>(image.blobs);
  const listed = Array.isArray(body['manifests'])
    ? (body['manifests'] as readonly { readonly digest: Digest }[])
    : [];
  const entries =
    manifest.kind === 'index'
      ? listed.filter(entry => taken.has(manifests.get(entry.digest)?.digest))
      : [{ mediaType: manifest.mediaType, digest, size }];
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries };
  const inline = Buffer.from(JSON.stringify(index));
  const own = digestOf('sha256', createHash('sha256').update(inline).digest('hex'));
  return {
    ...{ digest: own, digests: [own], role: 'manifest', size: inline.length, path: blobPath(own), inline },
    trail: `OCI index for ${image.requested}`,
    ...{ present: false, inBase: false },
  };
}
