import { ScraperError, type Warning } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { childrenOf, type Child } from '../oci/manifest.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import type { RegistrySource } from '../registry/source.ts';
import type { EntryChoice } from './choice.ts';
import { collector } from './collect.ts';
import { enterRoot, enterStep, findChild, readStep, takeChild, type Step } from './enter.ts';
import type { ImageGraph } from './graph.ts';
import { chooseChildren, leftBytes } from './left.ts';
import type { ManifestLoader } from './load.ts';
import { childrenFirst } from './order.ts';
import type { ResolvedReference } from './resolve.ts';
import { attempt, attemptAll, join, type Node, type Walk } from './state.ts';

/** Real indexes nest once or twice. What nests deeper than this was made to hurt. */
const MAX_DEPTH = 32;
/** How many missing children a warning names. */
const NAMED = 5;

export interface WalkOptions {
  readonly source: RegistrySource;
  readonly load: ManifestLoader;
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
  /** Which entries of an index are taken; all when absent. */
  readonly choose?: EntryChoice;
  /** Only the manifest itself, whatever it lists. */
  readonly alone?: boolean;
  /** Way from the image to what is walked, for what belongs to an image: `referrer sha256:… → `. */
  readonly prefix?: string;
}

/** An image's graph, unless anything stops it from being shipped: then the failures, all of them. */
export type WalkResult = { readonly graph: ImageGraph } | { readonly failures: readonly ScraperError[] };

/**
 * Walks an image down to everything that a registry needs to serve, list and garbage-collect it (distribution's manifest
 * handlers, `verifyManifest`; garbagecollect.go). It goes level by level and enters each manifest once, so a graph in
 * which many ways meet costs no more than its nodes.
 * @throws the signal's reason; whatever is wrong with the image is in the result
 */
export async function walkImage(image: ResolvedReference, options: WalkOptions): Promise<WalkResult> {
  const { repository } = image;
  const { prefix = '' } = options;
  const warn = (warning: Warning): void => {
    options.warn({ ...warning, reference: image.requested });
  };
  const found = collector(repository);
  const walk: Walk = { ...options, repository, warn, found, nodes: new Map(), left: [], failures: [] };
  const root = await attempt(walk, `${prefix}manifest`, () => enterRoot(walk, image.digest, prefix));
  if (!root) return { failures: walk.failures };
  let level = options.alone ? [] : [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) {
      walk.failures.push(tooDeep(image.digest));
      break;
    }
    level = await enterLevel(walk, level);
  }
  const { taken, left } = platformsOf(walk, root);
  if (left.length > 0 && taken.length === 0) {
    walk.failures.push(noPlatform(image.digest, left, options.choose));
  }
  if (walk.failures.length > 0) return { failures: walk.failures };
  linkRevisions(walk, root);
  return {
    graph: {
      mediaType: root.loaded.manifest.mediaType,
      platforms: taken,
      leftPlatforms: textOf(left),
      leftBytes: await leftBytes(walk),
      referrers: [],
      blobs: found.blobs(),
      links: found.links(),
      tags: [],
      fallbacks: [],
    },
  };
}

/** Enters everything directly below `level` that was not entered before. */
async function enterLevel(walk: Walk, level: readonly Node[]): Promise<Node[]> {
  const steps: Step[] = [];
  for (const parent of level) {
    const children = await chooseChildren(walk, parent);
    const trail = (child: Child): string => join(parent, child);
    const found = await attemptAll(walk, children, trail, child => findChild(walk, parent, child));
    const missing: string[] = [];
    for (const one of found) {
      const take = (): Promise<Step | undefined> => Promise.resolve(takeChild(walk, parent, one, missing));
      const step = await attempt(walk, join(parent, one.child), take);
      if (step) steps.push(step);
    }
    if (missing.length > 0) walk.warn(sparseIndex(parent, missing));
  }
  const way = ({ parent, child }: Step): string => join(parent, child);
  const read = await attemptAll(walk, steps, way, step => readStep(walk, step));
  const nodes: Node[] = [];
  for (const one of read) {
    const node = await attempt(walk, way(one.step), () => enterStep(walk, one));
    if (node) nodes.push(node);
  }
  return nodes;
}

/** A revision link for every manifest under each of its digests, children before the manifests that name them. */
function linkRevisions(walk: Walk, root: Node): void {
  const known = new Map(walk.found.blobs().map(blob => [blob.digest, blob.digests]));
  const order = childrenFirst(root.loaded.digest, digest => walk.nodes.get(digest)?.below ?? []);
  for (const stored of order) {
    for (const digest of known.get(stored) ?? []) {
      walk.found.link({ kind: 'revisionLink', repository: walk.repository, digest, target: stored });
    }
  }
}

/** Platforms taken and left out. An image that stands alone is taken or left out as an index's entry would be. */
function platformsOf(
  walk: Walk,
  root: Node,
): { readonly taken: readonly string[]; readonly left: readonly Platform[] } {
  const { platform, loaded } = root;
  const descriptor: Descriptor = { mediaType: '', digest: loaded.digest, urls: [], annotations: {} };
  const alone = { child: { descriptor, role: 'manifest', label: '' }, platform } as const;
  if (platform && walk.choose?.choose([alone]).length === 0) return { taken: [], left: [platform] };
  return {
    taken: textOf([...walk.nodes.values()].map(node => node.platform)),
    left: walk.left.flatMap(candidate => candidate.platform ?? []),
  };
}

function textOf(platforms: readonly (Platform | undefined)[]): readonly string[] {
  return [...new Set(platforms.filter(platform => platform !== undefined).map(formatPlatform))];
}

function sparseIndex(index: Node, missing: readonly string[]): Warning {
  const total = childrenOf(index.loaded.manifest).length;
  const named = missing.slice(0, NAMED).join(', ') + (missing.length > NAMED ? ', …' : '');
  return {
    code: 'SPARSE_INDEX',
    message: `${index.trail}: the source lacks ${String(missing.length)} of ${String(total)} entries (${named}); the copy lacks them too`,
    digest: index.loaded.digest,
  };
}

function noPlatform(
  digest: Digest,
  left: readonly Platform[],
  choice: EntryChoice | undefined,
): ScraperError {
  const found = new Set(left.map(platform => choice?.describe(platform)));
  const message = `it has no image for ${choice?.wanted ?? ''}: it has ${[...found].join(', ')}`;
  const hint = 'choose among those with --platform, or leave it out with --keep-going';
  return new ScraperError('PLATFORM_UNKNOWN', message, { digest, hint });
}

function tooDeep(digest: Digest): ScraperError {
  return new ScraperError('MANIFEST_INVALID', `index: nests more than ${String(MAX_DEPTH)} levels deep`, {
    digest,
    hint: 'no client follows an index that far; leave it out with --keep-going',
  });
}
