import { isOfSurroundings, isScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { childrenOf, type Child } from '../oci/manifest.ts';
import { ATTESTED, type Candidate } from './choice.ts';
import { findManifest } from './find.ts';
import { readImageConfig } from './image-config.ts';
import type { LoadedManifest } from './load.ts';
import type { Node, Walk } from './state.ts';

/** An index's entries with their platforms, which some indexes leave to the images' configs. */
export function candidatesOf(walk: Walk, children: readonly Child[]): Promise<readonly Candidate[]> {
  return Promise.all(
    children.map(async (child): Promise<Candidate> => {
      const { platform, annotations } = child.descriptor;
      if (platform || annotations[ATTESTED] !== undefined) return { child, platform };
      const loaded = await loadQuietly(walk, child, true);
      return { child, platform: loaded && (await readImageConfig(walk, loaded.manifest)).platform };
    }),
  );
}

/** Bytes of what was left out, as far as the source has it, that nothing taken needs. */
export async function leftBytes(walk: Walk): Promise<number> {
  const taken = new Set<Digest>(walk.found.blobs().flatMap(blob => blob.digests));
  const sizes = new Map<Digest, number>();
  for (const { child } of walk.left) {
    const loaded = await loadQuietly(walk, child);
    if (!loaded) continue;
    sizes.set(loaded.digest, loaded.size);
    for (const { descriptor } of childrenOf(loaded.manifest))
      sizes.set(descriptor.digest, descriptor.size ?? 0);
  }
  return [...sizes].reduce((total, [digest, size]) => (taken.has(digest) ? total : total + size), 0);
}

/** What cannot be read is no obstacle here: if it is taken, the walk itself comes upon it. */
async function loadQuietly(walk: Walk, child: Child, decisive = false): Promise<LoadedManifest | undefined> {
  try {
    const found = await findManifest({ ...walk, warn: () => undefined }, child, '');
    return found?.stored === undefined ? undefined : await walk.load(found.stored, child.descriptor.digest);
  } catch (error) {
    if (!isScraperError(error)) throw error;
    if (decisive && isOfSurroundings(error)) throw error;
    return undefined;
  }
}

/** Applies the walk's choice to a node's children; what is left out is noted. */
export async function chooseChildren(walk: Walk, node: Node): Promise<readonly Child[]> {
  const children = childrenOf(node.loaded.manifest);
  if (!walk.choose || node.loaded.manifest.kind !== 'index') return children;
  const candidates = await candidatesOf(walk, children);
  const kept = new Set(walk.choose.choose(candidates));
  walk.left.push(...candidates.filter(candidate => !kept.has(candidate)));
  return [...kept].map(({ child }) => child);
}
