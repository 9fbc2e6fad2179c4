import type { Digest } from '../oci/digest.ts';
import { parsePath, pathFor } from '../registry/layout.ts';
import { revisionTarget } from '../graph/resolve.ts';
import type { Entry } from '../storage/driver.ts';
import { marks } from './blob-index.ts';
import { eachDigest, LANES, linkIn } from './digest-directories.ts';
import { entriesOf } from './entries.ts';
import { reportForeign } from './foreign.ts';
import { inLanes } from './lanes.ts';
import type { FindingKind } from './kinds.ts';
import { checkOutside } from './manifests.ts';
import { areaPath, type RepositoryState } from './repository.ts';
import { isPushed, isThere, rowOf, type Verification } from './verification.ts';

/** Checks all tags of a repository, whose links and manifests were read before. */
export async function checkTags(verifying: Verification, repository: RepositoryState): Promise<void> {
  const root = areaPath('tags', repository);
  await inLanes(entriesOf(verifying, root), LANES, async entry => {
    const path = `${root}/${entry.name}`;
    const tag = entry.kind === 'directory' ? parsePath(path) : undefined;
    if (tag?.kind === 'tag') await checkTag(verifying, repository, tag.tag, path);
    else await reportNoTag(verifying, repository, path, entry);
  });
}

function reportNoTag(
  { driver, report }: Verification,
  { name }: RepositoryState,
  path: string,
  { name: tag, kind }: Entry,
): Promise<void> {
  const why = kind === 'directory' ? 'no tag can have this name' : 'it is no directory';
  return report('TAG_INVALID', {
    message: `${JSON.stringify(tag)} stands among the tags, but ${why}: a registry lists it and cannot serve it`,
    path: driver.describe(path),
    repository: name,
  });
}

async function checkTag(
  verifying: Verification,
  repository: RepositoryState,
  tag: string,
  directory: string,
): Promise<void> {
  const { driver, tally } = verifying;
  const { name } = repository;
  tally.tags += 1;
  const linkPath = pathFor({ kind: 'tagLink', repository: name, tag });
  const say = (kind: FindingKind, message: string, digest?: Digest): Promise<void> =>
    verifying.report(kind, {
      message,
      path: driver.describe(linkPath),
      repository: name,
      tag,
      ...(digest !== undefined && { digest }),
      references: [`${name}:${tag}`],
      referenceCount: 1,
    });

  let found = false;
  const entries = entriesOf(verifying, directory);
  for await (const entry of entries) {
    const path = `${directory}/${entry.name}`;
    if (entry.kind === 'directory' && linkPath.startsWith(`${path}/`)) {
      const link = await linkIn(verifying, path, undefined);
      // one that is gone was deleted just now, and the tag with it
      found = link !== undefined;
      // registry 2.1 linked manifests in such a way that only a tag tells of them
      if (link?.state === 'unreadable') verifying.incomplete = true;
      if (link?.state === 'bad') await say(link.kind, link.message);
      if (link?.state === 'sound') await checkTarget(verifying, repository, link.target, say);
    } else if (entry.kind === 'directory' && entry.name === 'index') {
      await readHistory(verifying, repository, tag, path);
    } else await reportForeign(verifying, path, entry);
  }
  if (!found && !entries.failed)
    await say('TAG_GHOST', 'the tag has no current link: a registry lists it and answers 404');
}

async function checkTarget(
  verifying: Verification,
  repository: RepositoryState,
  digest: Digest,
  say: (kind: FindingKind, message: string, digest?: Digest) => Promise<void>,
): Promise<void> {
  const { blobs, source } = verifying;
  const row = await rowOf(verifying, digest);
  // whatever is wrong with the revision was said of it, with this tag
  if (blobs.isRevisionOf(row, repository.number) || repository.badRevisions.has(digest)) return;
  const asLayer = blobs.isLayerOf(row, repository.number);
  if (asLayer && isThere(verifying, row)) {
    // registry 2.1 linked manifests among the layers; registry 2 still looks there, its garbage collection does not
    blobs.mark(row, marks.doomed | marks.wanted);
    return checkOutside(verifying, repository, row, marks.doomed);
  }
  // the tag may have been pushed after the revisions were read
  if (!asLayer && (await isPushed(verifying, () => revisionTarget(source, repository.name, digest)))) {
    blobs.mark(row, repository.mark | marks.wanted);
    // also when it is gone again: then that is told
    await checkOutside(verifying, repository, row, repository.mark);
    return;
  }
  await say('TAG_DANGLING', `the tag points to ${digest}, which the repository does not have`, digest);
}

/** Entries of a tag's history are read only when manifests are deleted; that they lead nowhere is normal. */
async function readHistory(
  verifying: Verification,
  { name }: RepositoryState,
  tag: string,
  root: string,
): Promise<void> {
  await eachDigest(verifying, root, undefined, async (digest, directory) => {
    const link = await linkIn(verifying, directory, undefined, digest);
    if (link?.state !== 'bad') return;
    const path = verifying.driver.describe(`${directory}/link`);
    const message = `in the tag's history, ${link.message}`;
    await verifying.report('TAG_HISTORY_INVALID', { message, path, repository: name, tag, digest });
  });
}
