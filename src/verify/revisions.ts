import { algorithmOf, type Digest } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import type { Entry } from '../storage/driver.ts';
import { marks } from './blob-index.ts';
import { eachDigest, linkIn } from './digest-directories.ts';
import type { Link } from './links.ts';
import { areaPath, reportConcerned, type RepositoryState } from './repository.ts';
import { isThere, rowOf, type Verification } from './verification.ts';

/** Reads all revision links of a repository, and those of schema1 signatures below them. */
export async function readRevisions(verifying: Verification, repository: RepositoryState): Promise<void> {
  const { blobs, tally, driver } = verifying;
  const { name, number, mark, revisions, revisionAliases } = repository;

  await eachDigest(verifying, areaPath('revisions', repository), 'link', async (digest, directory) => {
    const signatures = pathFor({ kind: 'signatures', repository: name, digest });
    const other = async (path: string, entry: Entry): Promise<boolean> => {
      if (path !== signatures || entry.kind !== 'directory') return false;
      await readSignatures(verifying, repository, path);
      return true;
    };
    const link = await linkIn(verifying, directory, 'link', digest, other);
    if (!link || link.state === 'gone') return;
    tally.revisions += 1;
    if (link.state !== 'sound') return takeBad(verifying, repository, digest, link);
    const row = await rowOf(verifying, link.target);
    if (algorithmOf(link.target) !== algorithmOf(digest)) revisionAliases.set(digest, row);
    if (blobs.isRevisionOf(row, number)) return;
    blobs.setRevisionOf(row, number);
    blobs.mark(row, mark | marks.wanted);
    revisions.push(row);
    if (isThere(verifying, row)) return;
    const path = driver.describe(pathFor({ kind: 'blob', digest: link.target }));
    const message = `the manifest ${link.target} of a revision is not in the storage`;
    await reportConcerned(verifying, repository, 'MANIFEST_MISSING', { message, path, digest: link.target });
  });
}

/** A link that cannot be used. What it is named after may be mended, so what that needs is held. */
async function takeBad(
  verifying: Verification,
  repository: RepositoryState,
  digest: Digest,
  link: Exclude<Link, { state: 'sound' }>,
): Promise<void> {
  const { driver, blobs } = verifying;
  repository.badRevisions.add(digest);
  // what it leads to has another name, which nobody knows now
  if (algorithmOf(digest) !== 'sha256') verifying.incomplete = true;
  const row = await rowOf(verifying, digest);
  if (isThere(verifying, row)) blobs.mark(row, marks.held);
  if (link.state !== 'bad') return;
  const path = driver.describe(pathFor({ kind: 'revisionLink', repository: repository.name, digest }));
  const message = `${link.message}; garbage-collect stops at it`;
  await reportConcerned(verifying, repository, link.kind, { message, path, digest });
}

/** Registry 2.4 and older kept schema1 signatures apart. Nobody serves them any more, but garbage collection reads the links. */
async function readSignatures(
  verifying: Verification,
  { name }: RepositoryState,
  root: string,
): Promise<void> {
  await eachDigest(verifying, root, 'link', async (digest, directory) => {
    const link = await linkIn(verifying, directory, 'link', digest);
    if (link?.state !== 'bad') return;
    await verifying.report(link.kind, {
      message: `${link.message}; garbage-collect stops at it`,
      path: verifying.driver.describe(`${directory}/link`),
      repository: name,
      digest,
    });
  });
}
