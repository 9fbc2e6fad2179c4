import { ScraperError, type Warning } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Plan, PlannedBlob, PlannedImage } from '../plan.ts';
import { blobPath, formatNote, planOf, type FormattedPlan } from './format.ts';
import type { PlanManifests } from './plan-manifests.ts';
import { theOneImage, type ImageManifest } from './runnable.ts';

/** An element of `manifest.json` (Docker image spec v1.2, "Combined Image JSON + Filesystem Changeset Format"). */
interface ArchivedImage {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

/** An image with what it consists of in an archive. */
interface Archived {
  readonly image: PlannedImage;
  readonly manifest: ImageManifest;
  readonly blobs: readonly Digest[];
  readonly config: Digest;
  readonly layers: readonly Digest[];
}

/**
 * The plan as an archive that `docker load` reads: for each image its config, its layers as they are stored, and its name. Manifests
 * are not in it.
 */
export function dockerArchive(plan: Plan, manifests: PlanManifests): FormattedPlan {
  const failed = new Map<PlannedImage, ScraperError>();
  const archived: Archived[] = [];
  const stored = new Map(
    plan.blobs.flatMap(blob => blob.digests.map(digest => [digest, blob.digest] as const)),
  );
  for (const image of plan.images) {
    const one = archive(image, manifests, stored);
    if (one instanceof ScraperError) failed.set(image, one);
    else archived.push(one);
  }
  const formatted = planOf(archived, plan.blobs.map(placed));
  const archivedOf = new Map(formatted.images.map((image, position) => [image, archived[position]]));
  return {
    plan: formatted,
    failed,
    notes: notesOn(archived, manifests),
    listed: new Set(),
    closing: images => [
      { path: 'manifest.json', content: manifestJson(images.flatMap(image => archivedOf.get(image) ?? [])) },
    ],
  };
}

/** What an image consists of, or why it cannot be held. */
function archive(
  image: PlannedImage,
  manifests: PlanManifests,
  stored: ReadonlyMap<Digest, Digest>,
): Archived | ScraperError {
  const manifest = theOneImage(image, manifests);
  if (manifest instanceof ScraperError) return manifest;
  const own = new Set(image.blobs);
  const place = (digest: Digest): Digest | undefined => {
    const found = stored.get(digest);
    return found !== undefined && own.has(found) ? found : undefined;
  };
  const lacking = manifest.layers.findIndex(({ digest }) => place(digest) === undefined);
  const config = place(manifest.config.digest);
  if (lacking !== -1 || config === undefined) return lacksLayer(image, manifest, lacking);
  const layers = manifest.layers.flatMap(({ digest }) => place(digest) ?? []);
  return { image, manifest, blobs: [config, ...layers], config, layers };
}

function placed(blob: PlannedBlob): PlannedBlob {
  return { ...blob, path: blobPath(blob.digest) };
}

/** Images that are the same but for their names stand once. */
function manifestJson(archived: readonly Archived[]): string {
  const elements = new Map<string, ArchivedImage & { readonly RepoTags: string[] }>();
  for (const { image, config, layers } of archived) {
    const key = [config, ...layers].join(' ');
    const element = elements.get(key) ?? {
      Config: blobPath(config),
      RepoTags: [],
      Layers: layers.map(blobPath),
    };
    elements.set(key, element);
    const name = `${image.name}:${String(image.tag)}`;
    if (image.tag !== null && !element.RepoTags.includes(name)) element.RepoTags.push(name);
  }
  return `${JSON.stringify([...elements.values()], null, 2)}\n`;
}

function lacksLayer(image: PlannedImage, { layers }: ImageManifest, position: number): ScraperError {
  const { requested } = image;
  const layer = layers[position];
  const message = `layer ${String(position + 1)} of ${requested} is not in the registry but is fetched from ${layer?.urls[0] ?? 'elsewhere'}; docker load needs all layers`;
  return new ScraperError('UNSUPPORTED', message, {
    reference: requested,
    ...(layer && { digest: layer.digest }),
    hint: 'ship it without --format, or pull and save it with docker where that address can be reached',
  });
}

function notesOn(archived: readonly Archived[], manifests: PlanManifests): readonly Warning[] {
  const note = (some: readonly Archived[], what: string): readonly Warning[] =>
    formatNote(
      some.map(({ image }) => image.requested),
      what,
    );
  const isIndex = ({ image }: Archived): boolean => manifests.get(image.digest)?.manifest.kind === 'index';
  const zstd = ({ manifest }: Archived): boolean =>
    manifest.layers.some(layer => layer.mediaType.endsWith('zstd'));
  return [
    ...note(archived, 'an archive for docker load holds no manifests, so digests are lost; image IDs stay'),
    ...note(archived.filter(isIndex), 'the image of one platform is taken, the index above it is left out'),
    ...note(
      archived.filter(({ image }) => image.referrers.length > 0),
      'signatures and whatever else is about it are left out',
    ),
    ...note(
      archived.filter(({ image }) => image.tag === null),
      'it has no tag here, so it is loaded without a name and known by its image ID',
    ),
    ...note(
      archived.filter(zstd),
      'its layers are compressed by zstd, which docker reads from version 23.0 on',
    ),
  ];
}
