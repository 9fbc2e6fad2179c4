import { hash } from 'node:crypto';
import type { Warning } from '../errors.ts';
import { digestOf, shortDigest, type Digest } from '../oci/digest.ts';
import { fallbackTagOf } from '../oci/digest-tag.ts';
import { childrenOf, MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import type { GraphBlob } from './graph.ts';
import type { LoadedManifest } from './load.ts';

/** What must be said of a subject's fallback tag, and the index to write under it if there must be one. */
export interface Fallback {
  readonly index?: GraphBlob;
  readonly warning?: Warning;
}

/**
 * Makes untagged referrers findable where a registry has no referrers API: the index of their descriptors, which belongs
 * under the tag {@link fallbackTagOf} (distribution spec, "Referrers Tag Schema"). One that the source has is kept as it is.
 * @param untagged referrers that only their `subject` leads to; at least one
 * @param existing the source's own index under that tag
 */
export function fallbackFor(
  subject: Digest,
  untagged: readonly LoadedManifest[],
  existing: LoadedManifest | undefined,
): Fallback {
  const tag = fallbackTagOf(subject);
  const count = `${String(untagged.length)} untagged ${untagged.length === 1 ? 'referrer' : 'referrers'} of ${shortDigest(subject)}`;
  if (existing) {
    const listed = new Set<string>(childrenOf(existing.manifest).map(({ descriptor }) => descriptor.digest));
    const unlisted = untagged.filter(({ digest }) => !listed.has(digest)).length;
    if (unlisted === 0) return {};
    return {
      warning: {
        code: 'REFERRER_UNLISTED',
        message: `${count}: the source's tag ${tag} leaves out ${String(unlisted)}; registries without the referrers API do not show those`,
        digest: subject,
      },
    };
  }
  const index = fallbackIndex(subject, untagged);
  if (index.size > MAX_MANIFEST_BYTES) {
    const message = `${count}: too many for one index, so no tag ${tag} is written; registries without the referrers API do not show them`;
    return { warning: { code: 'REFERRER_UNLISTED', message, digest: subject } };
  }
  const message = `${count}: the source has no tag ${tag} that lists them, so one is written; without it most registries would not show them`;
  return { index, warning: { code: 'FALLBACK_TAG_WRITTEN', message, digest: subject } };
}

/** The same referrers always give the same bytes. */
function fallbackIndex(subject: Digest, referrers: readonly LoadedManifest[]): GraphBlob {
  const manifests = [...referrers]
    .sort((a, b) => (a.digest < b.digest ? -1 : 1))
    .map(({ digest, size, manifest }) => ({
      mediaType: manifest.mediaType,
      digest,
      size,
      ...pulledUp(manifest),
    }));
  const inline = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  const digest = digestOf('sha256', hash('sha256', inline));
  const trail = `fallback tag of ${shortDigest(subject)}`;
  return { digest, digests: [digest], role: 'manifest', size: inline.length, trail, inline };
}

/** What the spec wants to stand in a referrer's descriptor too, keys in a fixed order. */
function pulledUp(manifest: LoadedManifest['manifest']): object {
  if (manifest.kind !== 'image' && manifest.kind !== 'index') return {};
  const { artifactType, annotations } = manifest.about;
  const sorted = Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...(artifactType !== '' && { artifactType }),
    ...(sorted.length > 0 && { annotations: Object.fromEntries(sorted) }),
  };
}
