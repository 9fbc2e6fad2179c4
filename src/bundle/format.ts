import type { ArchiveItem } from '../archive/item.ts';
import type { ScraperError, Warning } from '../errors.ts';
import { algorithmOf, encodedOf, type Digest } from '../oci/digest.ts';
import type { Plan, PlannedBlob, PlannedImage, PlanTotals } from '../plan.ts';
import type { SinkFile } from '../sink/sink.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { unverifiedBlob } from '../unverified.ts';

/** Formats for sites without a registry, as `--format` names them. */
export type Format = 'oci' | 'docker-archive';

/** A plan as it is carried out in another format. */
export interface FormattedPlan {
  /**
   * The plan it was made from, but for the images that the format cannot hold: blobs stand where the format wants them, and there
   * are no links. A blob may stand in several places.
   */
  readonly plan: Plan;
  /** What the format cannot hold of the images that it does hold, to be said before anything is written. */
  readonly notes: readonly Warning[];
  /** Images of the original plan that it cannot hold at all. */
  readonly failed: ReadonlyMap<PlannedImage, ScraperError>;
  /** Images of {@link plan} that the output names as they should be already, whether or not their blobs are there. */
  readonly listed: ReadonlySet<PlannedImage>;
  /** The files without which no reader finds the images, to be written last, when all blobs of these images are there. */
  closing(images: readonly PlannedImage[]): readonly SinkFile[];
}

/** Where both formats keep their blobs. */
export function blobPath(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${encodedOf(digest)}`;
}

/** Says of these images, if there are any, what the format cannot hold; a few are named. */
export function formatNote(names: readonly string[], what: string): readonly Warning[] {
  if (names.length === 0) return [];
  const more = names.length > 3 ? ` and ${String(names.length - 3)} more` : '';
  return [{ code: 'FORMAT_LOSES', message: `${names.slice(0, 3).join(', ')}${more}: ${what}` }];
}

/** The entries of an archive in another format, in their order. Wherever it is cut, it is no whole one. */
export function* formattedItems(
  { plan, closing }: Pick<FormattedPlan, 'plan' | 'closing'>,
  driver: StorageDriver,
): Generator<ArchiveItem> {
  for (const blob of plan.blobs) yield { kind: 'blob', blob: unverifiedBlob(driver, blob) };
  for (const { path, content } of closing(plan.images))
    yield { kind: 'file', path, content: Buffer.from(content) };
}

/** An image that a format can hold. */
export interface HeldImage {
  readonly image: PlannedImage;
  /** Stored digests of all that it needs in this format. */
  readonly blobs: readonly Digest[];
}

/**
 * A plan of these images without links.
 * @param blobs in the order in which they are to be written; what no image needs is left out
 */
export function planOf(held: readonly HeldImage[], blobs: readonly PlannedBlob[]): Plan {
  const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]));
  const users = new Map<Digest, number>();
  for (const one of held)
    for (const digest of new Set(one.blobs)) users.set(digest, (users.get(digest) ?? 0) + 1);
  const sum = (digests: readonly Digest[]): number =>
    digests.reduce((total, digest) => total + (sizes.get(digest) ?? 0), 0);
  const images = held.map(({ image, blobs: needed }): PlannedImage => {
    const once = [...new Set(needed)];
    return {
      ...image,
      ...{
        blobs: once,
        links: [],
        lackingLinks: [],
        directories: [],
        present: false,
        bytes: sum(once),
        baseBytes: 0,
      },
      sharedBytes: sum(once.filter(digest => (users.get(digest) ?? 0) > 1)),
    };
  });
  const used = blobs
    .filter(({ digest }) => users.has(digest))
    .map(blob => ({ ...blob, present: false, inBase: false }));
  return { images, blobs: used, totals: totalsOf(images, used) };
}

/** The same for an output that has files of these sizes already, by path. */
export function againstOutput(formatted: FormattedPlan, sizes: ReadonlyMap<string, number>): FormattedPlan {
  const { plan } = formatted;
  const blobs = plan.blobs.map(blob => ({ ...blob, present: sizes.get(blob.path) === blob.size }));
  const lacking = new Set(blobs.filter(blob => !blob.present).map(({ digest }) => digest));
  const before = new Map<PlannedImage, PlannedImage>();
  for (const image of plan.images) {
    const present = formatted.listed.has(image) && !image.blobs.some(digest => lacking.has(digest));
    before.set({ ...image, present }, image);
  }
  const images = [...before.keys()];
  const original = (image: PlannedImage): PlannedImage => before.get(image) ?? image;
  return {
    ...formatted,
    plan: { images, blobs, totals: totalsOf(images, blobs) },
    listed: new Set(images.filter(image => formatted.listed.has(original(image)))),
    closing: some => formatted.closing(some.map(original)),
  };
}

function totalsOf(images: readonly PlannedImage[], blobs: readonly PlannedBlob[]): PlanTotals {
  const sum = (some: readonly PlannedBlob[]): number => some.reduce((total, { size }) => total + size, 0);
  return {
    images: images.length,
    manifests: blobs.filter(({ role }) => role === 'manifest').length,
    blobs: blobs.length,
    links: 0,
    bytes: sum(blobs),
    presentBytes: sum(blobs.filter(blob => blob.present)),
    ...{ baseBlobs: 0, baseBytes: 0 },
  };
}
