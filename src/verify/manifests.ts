import { algorithmOf, type Digest } from '../oci/digest.ts';
import { childrenOf, type Child, type Manifest } from '../oci/manifest.ts';
import { isManifestType, isNonDistributable } from '../oci/media-type.ts';
import { revisionTarget } from '../graph/resolve.ts';
import { pathFor } from '../registry/layout.ts';
import { marks } from './blob-index.ts';
import { LANES } from './digest-directories.ts';
import { inLanes } from './lanes.ts';
import { readManifestFile } from './manifest-file.ts';
import { reportConcerned, type RepositoryState } from './repository.ts';
import { isPushed, isThere, MOST_NAMED, rowOf, type Verification } from './verification.ts';

/** A manifest and the repository that it is looked at in. */
interface Checking {
  readonly verifying: Verification;
  readonly repository: RepositoryState;
  readonly row: number;
  /** How the blobs are marked that it names. */
  readonly mark: number;
}

/** Checks all revisions of a repository, whose links were read before. */
export async function checkRevisions(verifying: Verification, repository: RepositoryState): Promise<void> {
  const names = new Map<number, Digest[]>();
  for (const [name, row] of repository.revisionAliases) names.set(row, [...(names.get(row) ?? []), name]);
  await inLanes(repository.revisions, LANES, async row => {
    if (!isThere(verifying, row)) return;
    await check({ verifying, repository, row, mark: repository.mark }, names.get(row));
  });
  // what a damaged link is named after is not served, but once the link is mended it will be
  for (const digest of repository.badRevisions) {
    const row = await rowOf(verifying, digest);
    if (isThere(verifying, row)) await hold(verifying, repository, row);
  }
}

/** Checks a manifest that is served though the repository's revisions do not hold it. */
export async function checkOutside(
  verifying: Verification,
  repository: RepositoryState,
  row: number,
  mark: number,
): Promise<void> {
  if (verifying.blobs.isRevisionOf(row, repository.number)) return;
  verifying.blobs.setRevisionOf(row, repository.number);
  await check({ verifying, repository, row, mark }, []);
}

async function check(checking: Checking, aliases: readonly Digest[] = []): Promise<void> {
  const { verifying, repository, row } = checking;
  const { blobs, report, options } = verifying;
  options.signal.throwIfAborted();
  const digest = blobs.digest(row);
  const manifest = await readManifestFile(verifying, row, [digest, ...aliases]);
  if (!manifest) return;
  const about = { repository: repository.name, digest };
  if (manifest.kind === 'schema1') {
    const message = 'a schema1 manifest: registry:2 serves it, registry:3 does not';
    await report('MANIFEST_SCHEMA1', { message, ...about });
  }
  const children = childrenOf(manifest);
  let absent = 0;
  for (const child of children) if (!(await checkChild(checking, manifest, child))) absent += 1;
  if (absent === 0) return;
  const message = `${String(absent)} of the ${String(children.length)} entries of an index are not in the repository`;
  await report('INDEX_SPARSE', { message, ...about });
}

/** @returns false for an entry of an index that the repository lacks, as it may */
async function checkChild(checking: Checking, manifest: Manifest, child: Child): Promise<boolean> {
  if (manifest.kind !== 'index') {
    await checkBlob(checking, child);
    return true;
  }
  const { verifying, repository, mark } = checking;
  const { blobs, source } = verifying;
  const { digest, mediaType } = child.descriptor;
  if (repository.badRevisions.has(digest)) return true;
  const row = repository.revisionAliases.get(digest) ?? (await rowOf(verifying, digest));
  if (blobs.isRevisionOf(row, repository.number)) {
    await checkSize(checking, child, row);
    return true;
  }
  if (mediaType !== '' && !isManifestType(mediaType)) {
    await checkBlob(checking, child);
    return true;
  }
  if (isThere(verifying, row)) {
    // garbage collection keeps what a kept index names, wherever that is linked
    blobs.mark(row, mark);
    // registry 2 also serves a manifest that is linked as a layer, and does not go by what that names in garbage collection
    const asLayer = blobs.isLayerOf(row, repository.number);
    const served =
      asLayer || (await isPushed(verifying, () => revisionTarget(source, repository.name, digest)));
    if (served) await checkOutside(verifying, repository, row, asLayer ? marks.doomed : mark);
    return served;
  }
  return false;
}

/** A config, a layer, or an entry of an index that is no manifest: it takes a layer link and a blob. */
async function checkBlob(checking: Checking, child: Child): Promise<void> {
  const { verifying, repository, mark } = checking;
  const { blobs, source, driver } = verifying;
  const { digest, mediaType, urls } = child.descriptor;
  const alias = repository.layerAliases.get(digest);
  const row = alias ?? (await rowOf(verifying, digest));
  // garbage collection marks the digests that manifests name, not what their links lead to
  blobs.mark(row, alias === undefined ? mark : marks.doomed);
  const linked = alias !== undefined || blobs.isLayerOf(row, repository.number);
  if (!linked && isNonDistributable(mediaType) && urls.length > 0) return;
  blobs.mark(row, marks.wanted);
  const spec = { kind: 'layerLink', repository: repository.name, digest } as const;
  if (!isThere(verifying, row)) {
    // where it is, only a link says that was not there or could not be read when the links were
    const isElsewhere = alias === undefined && algorithmOf(digest) !== 'sha256';
    if (isElsewhere && (await isPushed(verifying, () => source.linkTarget(spec)))) return;
    return reportMissing(checking, child, row);
  }
  await checkSize(checking, child, row);
  if (linked || repository.badLayers.has(digest)) return;
  // it may have been pushed after the links were read
  if (await isPushed(verifying, () => source.linkTarget(spec))) return;
  await reportConcerned(verifying, repository, 'LAYER_LINK_MISSING', {
    message: `the ${child.label} ${digest} is in the storage, but not linked in the repository: a registry answers 404`,
    path: driver.describe(pathFor(spec)),
    digest,
  });
}

async function reportMissing({ verifying }: Checking, child: Child, row: number): Promise<void> {
  const { size } = child.descriptor;
  const bytes = size === undefined ? '' : `, ${String(size)} bytes,`;
  await verifying.reportBlob(row, 'BLOB_MISSING', {
    message: `the ${child.label} ${verifying.blobs.digest(row)}${bytes} is not in the storage`,
  });
}

/** Whether bytes or manifest are wrong shows when the bytes are hashed. */
async function checkSize({ verifying }: Checking, child: Child, row: number): Promise<void> {
  const { blobs, claims, options } = verifying;
  const { size } = child.descriptor;
  if (size === undefined || !isThere(verifying, row) || blobs.has(row, marks.bad)) return;
  const found = blobs.size(row);
  if (found === size) return;
  if (options.hash === 'all' && blobs.has(row, marks.stored) && claims.size < MOST_NAMED) {
    claims.set(row, size);
    return;
  }
  const message = `the ${child.label} has ${String(found)} bytes, but a manifest says ${String(size)}`;
  await verifying.reportBlob(row, 'BLOB_SIZE_INVALID', { message, size: found });
}

/** Keeps what a manifest names from being taken for orphans. */
async function hold(verifying: Verification, repository: RepositoryState, row: number): Promise<void> {
  const { blobs } = verifying;
  const manifest = await readManifestFile(verifying, row, [blobs.digest(row)]);
  if (!manifest) return;
  for (const { descriptor } of childrenOf(manifest)) {
    const { digest } = descriptor;
    const alias = repository.layerAliases.get(digest);
    if (alias !== undefined) blobs.mark(alias, marks.held);
    else if (algorithmOf(digest) === 'sha256') blobs.mark(await rowOf(verifying, digest), marks.held);
  }
}
