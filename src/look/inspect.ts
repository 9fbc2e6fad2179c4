import { isScraperError, type Failure, type Warning } from '../errors.ts';
import { readManifest } from '../graph/load.ts';
import { referrerFinder } from '../graph/referrers.ts';
import { resolveReference, revisionTarget, unknownManifest } from '../graph/resolve.ts';
import type { Digest } from '../oci/digest.ts';
import { isDigestTag } from '../oci/digest-tag.ts';
import type { RegistrySource } from '../registry/source.ts';
import { grow } from './grow.ts';
import { compareNames } from './order.ts';
import { compareWith, type PointingTag, type Sharing } from './sharing.ts';
import { ownParts, referrersIn, type BlobPart, type ManifestPart } from './tree.ts';

/** All there is to know of an image. */
export interface Inspection {
  readonly requested: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: Digest;
  /** All tags that point to it. */
  readonly tags: readonly string[];
  readonly manifest: ManifestPart;
  readonly totals: InspectionTotals;
  readonly sharing: Sharing;
  /** Everything that is missing or damaged. */
  readonly errors: readonly Failure[];
}

export interface InspectionTotals {
  readonly manifests: number;
  /** Everything that is there, manifests among them, each once, without what refers to the image. */
  readonly blobs: number;
  readonly bytes: number;
  /** What refers to it, and bytes that this takes beside. */
  readonly referrers: number;
  readonly referrerBytes: number;
  /** Manifests read in looking for referrers. */
  readonly scannedManifests: number;
}

export interface InspectOptions {
  readonly source: RegistrySource;
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
  /** Told how many manifests were read so far in looking for referrers. */
  readonly onScan?: (count: number) => void;
}

/**
 * Looks at an image and everything that belongs to it.
 * @throws ScraperError when the reference leads to no manifest at all, as {@link resolveReference} does; the signal's reason
 */
export async function inspect(text: string, options: InspectOptions): Promise<Inspection> {
  const { source, signal, onScan } = options;
  const warn = (warning: Warning): void => options.warn({ reference: text, ...warning });
  const { requested, repository, tag, digest } = await resolveReference(source, text, warn);
  const stored = await revisionTarget(source, repository, digest);
  if (stored === undefined) throw unknownManifest(source, repository, digest);
  const referrers = referrerFinder({ source, signal, warn, ...(onScan && { onScan }) });
  const manifest = await grow({ source, repository, signal, warn, referrers }, { stored, digest });

  const own = present(ownParts(manifest));
  const referring = [...referrersIn(manifest)];
  const others = present(referring.flatMap(referrer => [...ownParts(referrer.manifest)]));
  for (const digest of own.keys()) others.delete(digest);
  const errors = [manifest, ...referring.map(referrer => referrer.manifest)]
    .flatMap(top => [...ownParts(top)])
    .flatMap(part => part.errors)
    .map((error): Failure => ({ ...error, reference: text }));
  const tags = await tagsOf(source, repository);
  return {
    ...{ requested, repository, tag, digest, manifest, errors },
    tags: tags.filter(({ target }) => target === stored).map(({ name }) => name),
    totals: {
      manifests: [...own.values()].filter(({ role }) => role === 'manifest').length,
      blobs: own.size,
      bytes: bytesOf(own),
      referrers: new Set(
        referring.filter(({ via }) => via !== 'fallback tag').map(referrer => referrer.manifest.digest),
      ).size,
      referrerBytes: bytesOf(others),
      scannedManifests: referrers.scanned(),
    },
    sharing: await compareWith({ source, repository, signal }, tags, stored, own),
  };
}

/**
 * The bytes of the manifest that a reference leads to, proved.
 * @throws ScraperError
 */
export async function rawManifest(text: string, { source, warn }: InspectOptions): Promise<Uint8Array> {
  const { repository, digest } = await resolveReference(source, text, warn);
  const stored = await revisionTarget(source, repository, digest);
  if (stored === undefined) throw unknownManifest(source, repository, digest);
  return readManifest(source, stored, digest, bytes => bytes);
}

/** The parts that are there, by digest. */
function present(parts: Iterable<ManifestPart | BlobPart>): Map<Digest, ManifestPart | BlobPart> {
  const found = new Map<Digest, ManifestPart | BlobPart>();
  for (const part of parts) if (part.state === 'ok') found.set(part.digest, part);
  return found;
}

function bytesOf(parts: ReadonlyMap<Digest, ManifestPart | BlobPart>): number {
  return [...parts.values()].reduce((total, { size }) => total + (size ?? 0), 0);
}

/** A repository's tags and where they point, by name; digest tags, and tags that are damaged, left out. */
async function tagsOf(source: RegistrySource, repository: string): Promise<readonly PointingTag[]> {
  const tags: PointingTag[] = [];
  for await (const name of source.tags(repository)) {
    if (isDigestTag(name)) continue;
    try {
      const target = await source.tagTarget(repository, name);
      if (target !== undefined) tags.push({ name, target });
    } catch (error) {
      if (!isScraperError(error)) throw error;
    }
  }
  return tags.sort((a, b) => compareNames(a.name, b.name));
}
