import { hash } from 'node:crypto';
import { digestOf, shortDigest, type Digest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import { sortedBy } from '../sorted.ts';
import type { GraphBlob, IndexEntry } from './graph.ts';
import type { LoadedManifest } from './load.ts';

/** What the index of a subject's referrers says of one of them. It depends on the referrer alone, wherever that was found. */
export function indexEntry({ digest, size, manifest }: LoadedManifest): IndexEntry {
  return { mediaType: manifest.mediaType, digest, size, ...pulledUp(manifest) };
}

/**
 * The index of a subject's referrers (distribution spec, "Referrers Tag Schema"). The same referrers always give the same
 * bytes, in whatever order they come.
 * @param entries each digest once
 */
export function fallbackIndex(subject: Digest, entries: Iterable<IndexEntry>): GraphBlob {
  const manifests = sortedBy(entries, ({ digest }) => digest);
  const inline = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  const digest = digestOf('sha256', hash('sha256', inline));
  const trail = `fallback tag of ${shortDigest(subject)}`;
  return { digest, digests: [digest], role: 'manifest', size: inline.length, trail, inline };
}

/** What the spec wants to stand in a referrer's descriptor too, keys in a fixed order. */
function pulledUp(manifest: LoadedManifest['manifest']): Pick<IndexEntry, 'artifactType' | 'annotations'> {
  if (manifest.kind !== 'image' && manifest.kind !== 'index') return {};
  const { artifactType, annotations } = manifest.about;
  const sorted = sortedBy(Object.entries(annotations), ([key]) => key);
  return {
    ...(artifactType !== '' && { artifactType }),
    ...(sorted.length > 0 && { annotations: Object.fromEntries(sorted) }),
  };
}
