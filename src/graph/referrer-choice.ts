import type { Digest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { RegistrySource } from '../registry/source.ts';
import type { ManifestLoader } from './load.ts';
import type { Referrer, ReferrerFinder } from './referrers.ts';
import { revisionTarget } from './resolve.ts';

/** Which referrers go with an image. */
export interface ReferrerChoice {
  readonly finder: ReferrerFinder;
  /**
   * Told all that a referrer may be known as: first its artifact type or its digest tag's suffix, which may be empty, then
   * for a digest tag what the manifest behind it says. All are taken when absent.
   */
  readonly takes?: (kinds: readonly string[]) => boolean;
}

/** Referrers of a manifest whose kind is taken. A fallback tag is none itself: it goes with the referrers that it lists. */
export async function takenReferrers(
  repository: string,
  subject: Digest,
  { finder, takes }: ReferrerChoice,
  { source, load }: { readonly source: RegistrySource; readonly load: ManifestLoader },
): Promise<readonly Referrer[]> {
  const found = await finder.of(repository, subject);
  if (!takes) return found;
  const taken: Referrer[] = [];
  for (const referrer of found) {
    if (referrer.via === 'fallback tag') continue;
    const kinds = [referrer.artifactType];
    if (referrer.via === 'digest tag') {
      const stored = await revisionTarget(source, repository, referrer.digest);
      if (stored !== undefined) kinds.push(...kindsOf((await load(stored, referrer.digest)).manifest));
    }
    if (takes(kinds)) taken.push(referrer);
  }
  const listed = taken.some(({ via }) => via === 'subject');
  return listed ? [...taken, ...found.filter(({ via }) => via === 'fallback tag')] : taken;
}

/** What an artifact under a digest tag may be known as: cosign's say what they are only by the types of their layers. */
function kindsOf(manifest: Manifest): readonly string[] {
  if (manifest.kind === 'index') return [manifest.about.artifactType];
  if (manifest.kind !== 'image') return [];
  return [manifest.about.artifactType, ...manifest.layers.map(layer => layer.mediaType)];
}
