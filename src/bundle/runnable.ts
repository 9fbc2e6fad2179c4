import { ScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import { isImageConfig, isTarLayer } from '../oci/media-type.ts';
import type { PlannedImage } from '../plan.ts';
import type { PlanManifests } from './plan-manifests.ts';

export type ImageManifest = Extract<Manifest, { readonly kind: 'image' }>;

/**
 * The one image that can be run in what was asked for: itself or, of an index, the only one that is taken along. Attestations
 * and other artifacts do not count.
 * @returns `UNSUPPORTED` when there is none or more than one
 */
export function theOneImage(image: PlannedImage, manifests: PlanManifests): ImageManifest | ScraperError {
  const { requested, digest, platforms } = image;
  const fail = (why: string, hint: string): ScraperError =>
    new ScraperError('UNSUPPORTED', `${requested} ${why}`, { reference: requested, digest, hint });
  const found = runnableBelow(digest, manifests, new Set(image.blobs));
  const [first] = found;
  if (found.length > 1) {
    const choice = platforms.length > 1 ? platforms.join(', ') : `${String(found.length)} platforms`;
    return fail(
      `is an index of ${choice}; an archive for docker load holds one platform of an image`,
      `choose it with --platform ${platforms[0] ?? 'linux/amd64'}`,
    );
  }
  if (first) return first;
  const root = manifests.get(digest)?.manifest;
  const without = 'ship it without --format, or leave it out';
  if (root?.kind === 'schema1')
    return fail('is a schema1 image, which an archive for docker load cannot hold', without);
  if (root?.kind === 'index') return fail('is an index without an image that could be run', without);
  const kind = root?.kind === 'image' ? root.about.artifactType : '';
  return fail(
    `is no image that could be run but an artifact${kind === '' ? '' : ` of type ${kind}`}`,
    without,
  );
}

/** Manifests nest a few levels at most; each is looked at once. */
function runnableBelow(
  root: Digest,
  manifests: PlanManifests,
  taken: ReadonlySet<Digest>,
): readonly ImageManifest[] {
  const found: ImageManifest[] = [];
  const seen = new Set<Digest>();
  const open = [root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const planned = manifests.get(next);
    if (!planned || seen.has(planned.digest) || !taken.has(planned.digest)) continue;
    seen.add(planned.digest);
    const { manifest } = planned;
    if (manifest.kind === 'image' && isRunnable(manifest)) found.push(manifest);
    if (manifest.kind === 'index') open.push(...manifest.manifests.map(({ digest }) => digest));
  }
  return found;
}

function isRunnable({ config, layers }: ImageManifest): boolean {
  return isImageConfig(config.mediaType) && layers.every(({ mediaType }) => isTarLayer(mediaType));
}
