import type { Digest } from '../oci/digest.ts';
import { aliased } from './links.ts';
import type { BundleBlob, BundleImage, BundleManifest, BundleRepository } from './manifest.ts';

/**
 * What in a manifest does not go together with the rest of it: what is not in order or stands twice, links to what neither
 * the bundle nor its base holds, blobs that nothing links, sums that are wrong.
 * @returns undefined when there is nothing; otherwise which property, and why
 */
export function findContradiction(manifest: BundleManifest): string | undefined {
  const { blobs, base, repositories, images } = manifest;
  const known = new Map<Digest, 'manifest' | 'blob'>();
  return (
    findDisorder(
      'repositories',
      repositories.map(({ name }) => name),
    ) ??
    findDisorder('base.blobs', base?.blobs.map(({ digest }) => digest) ?? []) ??
    addShipped(known, blobs) ??
    addBase(known, base?.blobs ?? []) ??
    findInRepositories(repositories, known) ??
    findInImages(images, repositories) ??
    findWrongTotal(manifest)
  );
}

/** Names that must be sorted and stand once. */
function findDisorder(where: string, names: readonly string[]): string | undefined {
  const position = names.findIndex((name, at) => at > 0 && name <= (names[at - 1] ?? ''));
  if (position === -1) return undefined;
  const twice = names[position] === names[position - 1];
  return `${where}.${String(position)}: ${names[position] ?? ''} ${twice ? 'stands twice' : 'is out of order'}`;
}

function addShipped(
  known: Map<Digest, 'manifest' | 'blob'>,
  blobs: BundleManifest['blobs'],
): string | undefined {
  let manifests = true;
  for (const [position, { digest, manifest = false }] of blobs.entries()) {
    const where = `blobs.${String(position)}`;
    if (known.has(digest)) return `${where}: ${digest} stands twice`;
    if (manifest && !manifests) return `${where}: a manifest stands behind other blobs`;
    manifests = manifest;
    known.set(digest, manifest ? 'manifest' : 'blob');
  }
  return undefined;
}

function addBase(known: Map<Digest, 'manifest' | 'blob'>, blobs: readonly BundleBlob[]): string | undefined {
  for (const [position, { digest }] of blobs.entries()) {
    if (known.has(digest)) return `base.blobs.${String(position)}: ${digest} is in the bundle as well`;
    known.set(digest, 'blob');
  }
  return undefined;
}

function findInRepositories(
  repositories: readonly BundleRepository[],
  known: ReadonlyMap<Digest, 'manifest' | 'blob'>,
): string | undefined {
  const linked = new Set<Digest>();
  for (const [position, repository] of repositories.entries()) {
    const wrong = findInRepository(repository, known, linked);
    if (wrong !== undefined) return `repositories.${String(position)}.${wrong}`;
  }
  for (const digest of known.keys()) if (!linked.has(digest)) return `blobs: no repository links ${digest}`;
  return undefined;
}

/** @param linked gets all that the repository links */
function findInRepository(
  { layers, revisions, signatures = {}, aliases, tags }: BundleRepository,
  known: ReadonlyMap<Digest, 'manifest' | 'blob'>,
  linked: Set<Digest>,
): string | undefined {
  const named = new Set<string>();
  const find = (where: string, digests: readonly Digest[], manifests: boolean): string | undefined => {
    const seen = new Set<Digest>();
    for (const [position, digest] of digests.entries()) {
      const stored = aliased(aliases, digest);
      const kind = known.get(stored);
      const place = `${where}.${String(position)}`;
      if (seen.has(digest)) return `${place}: ${digest} stands twice`;
      if (kind === undefined) return `${place}: ${stored} is neither in the bundle nor left to its base`;
      if (manifests && kind !== 'manifest') return `${place}: ${stored} is not marked as a manifest`;
      seen.add(digest);
      named.add(digest);
      linked.add(stored);
    }
    return undefined;
  };
  const disorder = findDisorder('layers', layers) ?? find('layers', layers, false);
  const wrong = disorder ?? find('revisions', revisions, true);
  if (wrong !== undefined) return wrong;
  const manifests = new Set<string>(revisions);
  for (const [revision, digests] of Object.entries(signatures)) {
    const where = `signatures.${revision}`;
    if (!manifests.has(revision)) return `${where}: no such revision`;
    const lost = findDisorder(where, digests) ?? find(where, digests, false);
    if (lost !== undefined) return lost;
  }
  for (const [alias, target] of Object.entries(aliases ?? {}))
    if (!named.has(alias) || alias === target)
      return `aliases.${alias}: no link of another name is called so`;
  for (const [tag, target] of Object.entries(tags))
    if (!manifests.has(target)) return `tags.${tag}: ${target} is no revision of the repository`;
  return undefined;
}

function findInImages(
  images: readonly BundleImage[],
  repositories: readonly BundleRepository[],
): string | undefined {
  const byName = new Map(repositories.map(one => [one.name, { ...one, revisions: new Set(one.revisions) }]));
  for (const [position, { repository, tag, digest, referrers }] of images.entries()) {
    const where = `images.${String(position)}`;
    const found = byName.get(repository);
    if (!found) return `${where}.repository: there is no repository ${repository}`;
    const known: ReadonlySet<string> = found.revisions;
    if (!known.has(digest)) return `${where}.digest: ${digest} is no revision of ${repository}`;
    const stranger = referrers.flatMap(one => [one.digest, one.subject]).find(one => !known.has(one));
    if (stranger !== undefined) return `${where}.referrers: ${stranger} is no revision of ${repository}`;
    if (tag === null) continue;
    const target = Object.hasOwn(found.tags, tag) ? found.tags[tag] : undefined;
    if (target !== aliased(found.aliases, digest))
      return `${where}.tag: ${tag} of ${repository} leads to ${target ?? 'nothing'}`;
  }
  return undefined;
}

function findWrongTotal({ images, blobs, base, totals }: BundleManifest): string | undefined {
  const left = base?.blobs ?? [];
  const expected = {
    ...{ images: images.length, blobs: blobs.length, bytes: sum(blobs) },
    ...{ baseBlobs: left.length, baseBytes: sum(left) },
  };
  for (const key of Object.keys(expected) as (keyof typeof expected)[]) {
    if (totals[key] !== expected[key])
      return `totals.${key}: expected ${String(expected[key])}, found ${String(totals[key])}`;
  }
  return undefined;
}

function sum(blobs: readonly BundleBlob[]): number {
  return blobs.reduce((total, { size }) => total + size, 0);
}
