import type { Plan, PlannedBlob, PlannedImage } from '../plan.ts';
import { repositoriesOf } from './links.ts';
import type { BaseSource, BundleBlob, BundleImage, BundleManifest, SelectionRecord } from './manifest.ts';

export interface ManifestInput {
  readonly plan: Plan;
  readonly selection: SelectionRecord;
  /** Version of this program. */
  readonly version: string;
  /** Where it was learned what the other side has; absent when nothing was left out for that reason. */
  readonly base?: readonly BaseSource[];
}

/** Says what a bundle of this plan holds: pure, so the same selection of the same content gives the same manifest. */
export function makeManifest({ plan, selection, version, base }: ManifestInput): BundleManifest {
  const shipped = inArchiveOrder(plan);
  const left = plan.blobs.filter(blob => blob.inBase).map(sized);
  if (left.length > 0 && !base) throw new TypeError('blobs are left to a base that is not named');
  return {
    schemaVersion: 1,
    tool: { name: 'registry-scraper', version },
    selection,
    images: plan.images.map(describe),
    repositories: repositoriesOf(plan.images.flatMap(image => image.links)),
    blobs: shipped.map(blob => (blob.role === 'manifest' ? { ...sized(blob), manifest: true } : sized(blob))),
    base: base ? { sources: sources(base), blobs: left.sort((a, b) => compare(a.digest, b.digest)) } : null,
    totals: {
      images: plan.images.length,
      blobs: shipped.length,
      bytes: sum(shipped),
      baseBlobs: left.length,
      baseBytes: sum(left),
    },
  };
}

/** The blobs that an archive of this plan holds: manifests first, so that its reader knows early what the rest is for. */
export function inArchiveOrder({ blobs }: Plan): readonly PlannedBlob[] {
  const shipped = blobs.filter(blob => !blob.inBase);
  return [
    ...shipped.filter(({ role }) => role === 'manifest'),
    ...shipped.filter(({ role }) => role !== 'manifest'),
  ];
}

function describe({ name, tag, digest, mediaType, platforms, bytes, referrers }: PlannedImage): BundleImage {
  return {
    repository: name,
    ...{ tag, digest, mediaType, platforms, bytes },
    referrers: referrers.map(one => ({
      digest: one.digest,
      subject: one.subject,
      artifactType: one.artifactType,
    })),
  };
}

/** Each once and in a fixed order, however they were given. */
function sources(given: readonly BaseSource[]): readonly BaseSource[] {
  const once = new Map(given.map(source => [`${source.kind} ${source.digest ?? ''}`, source]));
  return [...once].sort(([a], [b]) => compare(a, b)).map(([, source]) => source);
}

function sized({ digest, size }: PlannedBlob): BundleBlob {
  return { digest, size };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function sum(blobs: readonly { readonly size: number }[]): number {
  return blobs.reduce((total, { size }) => total + size, 0);
}
