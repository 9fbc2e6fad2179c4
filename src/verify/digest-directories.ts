import { algorithms as known, isDigest, type Digest } from '../oci/digest.ts';
import type { Entry } from '../storage/driver.ts';
import { entriesOf } from './entries.ts';
import { reportEmpty, reportForeign, type Trap } from './foreign.ts';
import { inLanes } from './lanes.ts';
import { readLink, type Link } from './links.ts';
import type { Verification } from './verification.ts';

/** Small files read at once. */
export const LANES = 16;

/**
 * Visits what stands below `root` as `<algorithm>/<hex>/`, several at once; all else is reported as foreign.
 * @param trap what garbage collection stops at here
 */
export async function eachDigest(
  verifying: Verification,
  root: string,
  trap: Trap | undefined,
  visit: (digest: Digest, directory: string) => Promise<void>,
): Promise<void> {
  const algorithms = entriesOf(verifying, root);
  for await (const entry of algorithms) {
    const path = `${root}/${entry.name}`;
    if (entry.kind !== 'directory' || !isAlgorithm(entry.name)) {
      await reportForeign(verifying, path, entry, trap);
      continue;
    }
    const below = entriesOf(verifying, path);
    await inLanes(below, LANES, async child => {
      const digest = `${entry.name}:${child.name}`;
      const directory = `${path}/${child.name}`;
      if (child.kind === 'directory' && isDigest(digest)) await visit(digest, directory);
      else await reportForeign(verifying, directory, child, trap);
    });
  }
  if (algorithms.empty) await reportEmpty(verifying, root);
}

export function isAlgorithm(name: string): boolean {
  return known.some(algorithm => algorithm === name);
}

/**
 * The link in a directory; undefined where there is none. All else in there is given to `other`, or reported.
 * @param name the digest that the directory is named after, if any
 * @param other returns whether it has dealt with it
 */
export async function linkIn(
  verifying: Verification,
  directory: string,
  trap: Trap | undefined,
  name?: Digest,
  other: (path: string, entry: Entry) => Promise<boolean> = () => Promise.resolve(false),
): Promise<Link | undefined> {
  let link: Entry | undefined;
  const entries = entriesOf(verifying, directory);
  for await (const entry of entries) {
    const path = `${directory}/${entry.name}`;
    if (entry.name === 'link') link = entry;
    else if (!(await other(path, entry))) await reportForeign(verifying, path, entry, trap);
  }
  if (entries.failed) return { state: 'unreadable' };
  if (entries.empty) await reportEmpty(verifying, directory);
  if (!link) return undefined;
  verifying.tally.links += 1;
  return readLink(verifying, `${directory}/link`, link.kind, name);
}
