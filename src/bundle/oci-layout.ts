import { ScraperError, type Warning } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { childrenOf } from '../oci/manifest.ts';
import { isDockerManifest, mediaTypes } from '../oci/media-type.ts';
import type { Plan, PlannedBlob, PlannedImage } from '../plan.ts';
import { blobPath, formatNote, planOf, type FormattedPlan } from './format.ts';
import {
  hasEntries,
  keptEntries,
  layoutIndex,
  named,
  type ExistingIndex,
  type LayoutEntry,
} from './oci-index.ts';
import { isRefName, namesOf } from './oci-names.ts';
import { wrapperOf } from './oci-wrapper.ts';
import type { PlanManifests } from './plan-manifests.ts';

export const LAYOUT_INDEX_PATH = 'index.json';
const LAYOUT = `${JSON.stringify({ imageLayoutVersion: '1.0.0' })}\n`;

/** An image with its entries in the layout's index. */
interface LaidOut {
  readonly image: PlannedImage;
  readonly blobs: readonly Digest[];
  readonly entries: readonly LayoutEntry[];
}

/**
 * The plan as an OCI image layout (OCI image spec, image-layout.md). Each image is named `NAME:TAG`, or `NAME@DIGEST` without a
 * tag; what signs or describes it stands beside it under its own tag or, without one, unnamed. All bytes stay as they are, and
 * so do all digests. But skopeo and podman find entries of OCI's media types only by their name, so the name of a Docker
 * image leads to an OCI index made for it.
 * @param existing entries of other names are kept
 */
export function ociLayout(plan: Plan, manifests: PlanManifests, existing?: ExistingIndex): FormattedPlan {
  const wrappers = new Map<Digest, PlannedBlob>();
  const failed = new Map<PlannedImage, ScraperError>();
  const laidOut: LaidOut[] = [];
  for (const image of plan.images) {
    if (image.blobs.some(digest => manifests.get(digest)?.manifest.kind === 'schema1'))
      failed.set(image, holdsSchema1(image));
    else laidOut.push(layOut(image, manifests, wrappers));
  }
  const referenced = referencedIn(laidOut, manifests);
  const known = new Set(plan.blobs.map(({ digest }) => digest));
  const formatted = planOf(laidOut, [
    ...plan.blobs.flatMap(blob => placed(blob, referenced)),
    // someone may have made the very same index before
    ...[...wrappers.values()].filter(({ digest }) => !known.has(digest)),
  ]);
  const entriesOf = new Map(
    formatted.images.map((image, position) => [image, laidOut[position]?.entries ?? []]),
  );
  const entriesFor = (images: readonly PlannedImage[]): readonly LayoutEntry[] =>
    images.flatMap(image => entriesOf.get(image) ?? []);
  return {
    plan: formatted,
    failed,
    notes: notesOn(laidOut, manifests),
    listed: new Set(formatted.images.filter(image => hasEntries(existing, entriesFor([image])))),
    closing(images) {
      const entries = entriesFor(images);
      const content = layoutIndex([...keptEntries(existing, entries), ...entries]);
      return [
        { path: 'oci-layout', content: LAYOUT },
        { path: LAYOUT_INDEX_PATH, content },
      ];
    },
  };
}

function layOut(image: PlannedImage, manifests: PlanManifests, wrappers: Map<Digest, PlannedBlob>): LaidOut {
  const made: Digest[] = [];
  const entryOf = (digest: Digest): LayoutEntry => {
    const manifest = manifests.get(digest);
    if (!manifest) throw new TypeError(`${digest} is no manifest of the plan`);
    const { mediaType } = manifest.manifest;
    if (!isDockerManifest(mediaType)) return { mediaType, digest: manifest.digest, size: manifest.size };
    const wrapper = wrapperOf(manifest, image, manifests);
    wrappers.set(wrapper.digest, wrapper);
    made.push(wrapper.digest);
    return { mediaType: mediaTypes.ociIndex, digest: wrapper.digest, size: wrapper.size };
  };
  const names = namesOf(image);
  const entries = names.map(({ name, digest }) => named(entryOf(digest), name));
  const seen = new Set(names.map(({ digest }) => digest));
  for (const { digest } of image.referrers) {
    const stored = manifests.get(digest)?.digest;
    if (stored !== undefined && !seen.has(stored)) entries.push(entryOf(stored));
  }
  return { image, entries, blobs: [...image.blobs, ...made] };
}

/** Every digest that something in the layout names, which is where readers look for its bytes. */
function referencedIn(laidOut: readonly LaidOut[], manifests: PlanManifests): ReadonlySet<string> {
  const referenced = new Set<string>();
  for (const { entries, blobs } of laidOut) {
    for (const { digest } of entries) referenced.add(digest);
    for (const digest of blobs) {
      const manifest = manifests.get(digest)?.manifest;
      if (!manifest) continue;
      referenced.add(digest);
      for (const { descriptor } of childrenOf(manifest)) referenced.add(descriptor.digest);
    }
  }
  return referenced;
}

/** A blob under each of the digests that it is named by. */
function placed(blob: PlannedBlob, referenced: ReadonlySet<string>): readonly PlannedBlob[] {
  const digests = blob.digests.filter(digest => referenced.has(digest));
  return digests.map(digest => ({ ...blob, path: blobPath(digest) }));
}

function holdsSchema1({ requested, digest }: PlannedImage): ScraperError {
  const message = `${requested} is or holds a schema1 image, which an OCI image layout cannot hold`;
  return new ScraperError('UNSUPPORTED', message, {
    reference: requested,
    digest,
    hint: 'ship it without --format, or push it again with a current client, which makes a schema2 or OCI image of it',
  });
}

function notesOn(laidOut: readonly LaidOut[], manifests: PlanManifests): readonly Warning[] {
  const docker = laidOut.map(({ image }) => image).filter(({ mediaType }) => isDockerManifest(mediaType));
  const isList = ({ digest }: PlannedImage): boolean => manifests.get(digest)?.manifest.kind === 'index';
  const namesIn = (images: readonly PlannedImage[]): readonly string[] =>
    images.map(({ requested }) => requested);
  const strange = laidOut.flatMap(({ image }) => namesOf(image).filter(({ name }) => !isRefName(name)));
  return [
    ...formatNote(
      namesIn(docker.filter(image => !isList(image))),
      'in Docker format; skopeo and podman find only OCI entries by name, so the name leads to an OCI index made for it; the image itself keeps its digest',
    ),
    ...formatNote(
      namesIn(docker.filter(isList)),
      'a Docker manifest list; the name leads to an OCI index of the same images; those keep their digests, the list does not, so a signature of the list does not fit it',
    ),
    ...formatNote(
      strange.map(({ name }) => name),
      'skopeo and podman refuse to look for such a name in a layout; ship it under another one, with --rename or another tag',
    ),
  ];
}
