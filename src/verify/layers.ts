import { algorithmOf } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import { marks } from './blob-index.ts';
import { eachDigest, linkIn } from './digest-directories.ts';
import { areaPath, reportConcerned, type RepositoryState } from './repository.ts';
import { isThere, rowOf, type Verification } from './verification.ts';

/** Reads all layer links of a repository. */
export async function readLayers(verifying: Verification, repository: RepositoryState): Promise<void> {
  const { blobs, driver } = verifying;
  const { number, badLayers, layerAliases, dangling } = repository;
  await eachDigest(verifying, areaPath('layers', repository), undefined, async (digest, directory) => {
    const link = await linkIn(verifying, directory, undefined, digest);
    if (!link || link.state === 'gone') return;
    const path = driver.describe(`${directory}/link`);
    if (link.state !== 'sound') {
      badLayers.add(digest);
      // what it leads to has another name, which nobody knows now
      if (algorithmOf(digest) !== 'sha256') verifying.incomplete = true;
      if (link.state === 'unreadable') return;
      return reportConcerned(verifying, repository, link.kind, { message: link.message, path, digest });
    }
    const row = await rowOf(verifying, link.target);
    blobs.setLayerOf(row, number);
    if (algorithmOf(link.target) !== algorithmOf(digest)) {
      layerAliases.set(digest, row);
      const known = verifying.aliases.get(row) ?? [];
      const isKnown = known.some(alias => alias.digest === digest);
      if (!isKnown) verifying.aliases.set(row, [...known, { digest, path }]);
    }
    if (!isThere(verifying, row)) dangling.push(row);
  });
}

/** Reports layer links that lead to nothing and that no manifest needs, as garbage collection leaves them. */
export async function reportDangling(
  { blobs, driver, report }: Verification,
  { name, dangling }: RepositoryState,
): Promise<void> {
  for (const row of dangling) {
    if (blobs.has(row, marks.wanted)) continue;
    const digest = blobs.digest(row);
    await report('LAYER_LINK_DANGLING', {
      message: `a layer link leads to ${digest}, which is gone; no manifest needs it`,
      path: driver.describe(pathFor({ kind: 'layerLink', repository: name, digest })),
      repository: name,
      digest,
    });
  }
}
