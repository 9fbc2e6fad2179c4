import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { algorithmOf, encodedOf, parseDigest, type Digest } from '../oci/digest.ts';
import { parsePath, pathFor } from '../registry/layout.ts';
import type { TreeEntry } from './tree.ts';

interface Body {
  readonly config?: Entry;
  readonly layers?: readonly Entry[] | null;
  readonly fsLayers?: readonly { readonly blobSum: string }[];
  readonly manifests?: readonly Entry[] | null;
}
interface Entry {
  readonly digest: string;
  readonly mediaType?: string;
  readonly urls?: readonly string[];
}

/**
 * Fails unless a stock registry serves everything that a tree names: each link leads to a sound blob of its repository,
 * each revision has its config and layers, each tag its revision. What an index lists and the tree lacks is not missed,
 * because registries serve such an index.
 */
export function assertServable(tree: ReadonlyMap<string, TreeEntry>): void {
  for (const path of tree.keys()) {
    const spec = parsePath(path);
    if (spec?.kind === 'blob') assertSound(tree, spec.digest);
    if (spec?.kind === 'layerLink') targetOf(tree, path);
    if (spec?.kind === 'tagLink' || spec?.kind === 'tagHistoryLink') {
      const revision = {
        kind: 'revisionLink',
        repository: spec.repository,
        digest: linkAt(tree, path),
      } as const;
      assertThere(tree, pathFor(revision), path);
    }
    if (spec?.kind === 'revisionLink') assertComplete(tree, spec.repository, targetOf(tree, path));
  }
}

function assertComplete(tree: ReadonlyMap<string, TreeEntry>, repository: string, revision: Digest): void {
  const body = JSON.parse(Buffer.from(fileAt(tree, blobPath(revision))).toString()) as Body;
  const needed = [body.config ?? [], body.layers ?? []]
    .flat()
    .filter(entry => (entry.urls ?? []).length === 0);
  const layers = [...needed, ...(body.fsLayers ?? []).map(({ blobSum }) => ({ digest: blobSum }))];
  for (const { digest } of layers) {
    const link = pathFor({ kind: 'layerLink', repository, digest: parseDigest(digest) });
    assertThere(tree, link, revision);
    targetOf(tree, link);
  }
}

/** The digest that a link holds, whose blob must be there. */
function targetOf(tree: ReadonlyMap<string, TreeEntry>, path: string): Digest {
  const target = linkAt(tree, path);
  assertThere(tree, blobPath(target), path);
  return target;
}

function linkAt(tree: ReadonlyMap<string, TreeEntry>, path: string): Digest {
  return parseDigest(Buffer.from(fileAt(tree, path)).toString());
}

function assertSound(tree: ReadonlyMap<string, TreeEntry>, digest: Digest): void {
  const found = createHash(algorithmOf(digest))
    .update(fileAt(tree, blobPath(digest)))
    .digest('hex');
  assert.equal(found, encodedOf(digest), `the bytes of ${digest} are something else`);
}

function assertThere(tree: ReadonlyMap<string, TreeEntry>, path: string, from: string): void {
  assert.ok(tree.has(path), `${from} leads to ${path}, which is not there`);
}

function fileAt(tree: ReadonlyMap<string, TreeEntry>, path: string): Uint8Array {
  const entry = tree.get(path);
  assert.ok(entry instanceof Uint8Array, `${path} is no file`);
  return entry;
}

const blobPath = (digest: Digest): string => pathFor({ kind: 'blob', digest });
