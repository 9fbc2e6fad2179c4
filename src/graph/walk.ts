import pMap from 'p-map';
import { isScraperError, ScraperError, type Warning } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { childrenOf, type Child } from '../oci/manifest.ts';
import { isManifestType } from '../oci/media-type.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { RegistrySource } from '../registry/source.ts';
import { collector, type Collector } from './collect.ts';
import { findBlob, findManifest, type FindContext } from './find.ts';
import type { ImageGraph } from './graph.ts';
import { type LoadedManifest, type ManifestLoader } from './load.ts';
import { childrenFirst } from './order.ts';
import { platformOf } from './platforms.ts';
import { revisionTarget, unknownManifest, type ResolvedReference } from './resolve.ts';
import { collectSignatures } from './signatures.ts';

/** Real indexes nest once or twice. What nests deeper than this was made to hurt. */
const MAX_DEPTH = 32;
/** Children looked up at once; each costs a few small reads. */
const CONCURRENCY = 16;
/** How many missing children a warning names. */
const NAMED = 5;

export interface WalkOptions {
  readonly source: RegistrySource;
  readonly load: ManifestLoader;
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
}

/** An image's graph, unless anything stops it from being shipped: then the failures, all of them. */
export type WalkResult = { readonly graph: ImageGraph } | { readonly failures: readonly ScraperError[] };

/** A manifest of the image, as the walk first came to it. */
interface Node {
  readonly loaded: LoadedManifest;
  /** `index → linux/arm64 manifest`. */
  readonly trail: string;
  readonly platform: string | undefined;
  /** Stored digests of the manifests directly below. */
  readonly below: Digest[];
}

/** A manifest that the walk is about to enter. */
interface Step {
  readonly parent: Node;
  readonly child: Child;
  readonly stored: Digest;
}

interface Walk extends FindContext {
  readonly load: ManifestLoader;
  readonly signal: AbortSignal;
  readonly found: Collector;
  readonly nodes: Map<Digest, Node>;
  readonly failures: ScraperError[];
}

/**
 * Walks an image down to everything that a registry needs to serve, list and garbage-collect it (distribution's manifest
 * handlers, `verifyManifest`; garbagecollect.go). It goes level by level and enters each manifest once, so a graph in
 * which many ways meet costs no more than its nodes.
 * @throws the signal's reason; whatever is wrong with the image is in the result
 */
export async function walkImage(image: ResolvedReference, options: WalkOptions): Promise<WalkResult> {
  const { repository } = image;
  const warn = (warning: Warning): void => {
    options.warn({ ...warning, reference: image.requested });
  };
  const found = collector(repository);
  const walk: Walk = { ...options, repository, warn, found, nodes: new Map(), failures: [] };
  const root = await attempt(walk, 'manifest', () => enterRoot(walk, image.digest));
  if (!root) return { failures: walk.failures };
  const platforms = new Set<string>();
  let level = [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) {
      walk.failures.push(tooDeep(image.digest));
      break;
    }
    for (const { platform } of level) if (platform !== undefined) platforms.add(platform);
    level = await enterLevel(walk, level);
  }
  if (walk.failures.length > 0) return { failures: walk.failures };
  linkRevisions(walk, root);
  const { mediaType } = root.loaded.manifest;
  return { graph: { mediaType, platforms: [...platforms], blobs: found.blobs(), links: found.links() } };
}

/** Runs a step whose failure concerns this image only, so that the operator learns of all of them at once. */
async function attempt<T>(walk: Walk, trail: string, step: () => Promise<T>): Promise<T | undefined> {
  walk.signal.throwIfAborted();
  try {
    return await step();
  } catch (error) {
    if (!isScraperError(error)) throw error;
    walk.failures.push(
      new ScraperError(error.code, `${trail}: ${error.message}`, { ...error.details, cause: error }),
    );
    return undefined;
  }
}

async function enterRoot(walk: Walk, digest: Digest): Promise<Node> {
  const stored = await revisionTarget(walk.source, walk.repository, digest);
  if (stored === undefined) throw unknownManifest(walk.source, walk.repository, digest);
  const loaded = await walk.load(stored, digest);
  const { kind } = loaded.manifest;
  if (kind === 'artifact') {
    throw new ScraperError(
      'UNSUPPORTED',
      'it is an OCI artifact manifest, a type that was withdrawn and that no registry serves',
      {
        digest,
        hint: 'attach the artifact again with a current client, which writes it as an image manifest',
      },
    );
  }
  return enter(
    walk,
    loaded,
    digest,
    kind === 'index' ? 'index' : 'manifest',
    await platformOf(walk, loaded.manifest),
  );
}

/** Enters everything directly below `level` that was not entered before. */
async function enterLevel(walk: Walk, level: readonly Node[]): Promise<Node[]> {
  const steps: Step[] = [];
  for (const parent of level) {
    const missing: string[] = [];
    const visit = (child: Child): Promise<Step | undefined> =>
      attempt(walk, join(parent, child), () => visitChild(walk, parent, child, missing));
    const visited = await pMap(childrenOf(parent.loaded.manifest), visit, { concurrency: CONCURRENCY });
    if (missing.length > 0) walk.warn(sparseIndex(parent, missing));
    for (const step of visited) if (step) steps.push(step);
  }
  const entered = await pMap(
    steps,
    step => attempt(walk, join(step.parent, step.child), () => enterStep(walk, step)),
    {
      concurrency: CONCURRENCY,
    },
  );
  // one that stands in several places is entered several times at once, and all come to the same node
  return [...new Set(entered.filter(node => node !== undefined))];
}

/** Takes in a blob, or says which manifest comes next. What an index lacks is noted in `missing`. */
async function visitChild(
  walk: Walk,
  parent: Node,
  child: Child,
  missing: string[],
): Promise<Step | undefined> {
  const { descriptor, role, label } = child;
  const manifest = role === 'manifest' ? await findManifest(walk, child, join(parent, child)) : undefined;
  if (!manifest) {
    const blob = await findBlob(walk, child, join(parent, child));
    if (!blob) return undefined;
    walk.found.add(blob);
    walk.found.linkLayer(blob);
    // a registry that lists a manifest among the layers looks for it in both places (ocimanifesthandler.go)
    return role === 'layer' && isManifestType(descriptor.mediaType)
      ? { parent, child, stored: blob.digest }
      : undefined;
  }
  if (manifest.stored === undefined) {
    missing.push(label);
    return undefined;
  }
  return { parent, child, stored: manifest.stored };
}

async function enterStep(walk: Walk, { parent, child, stored }: Step): Promise<Node | undefined> {
  const { digest, platform } = child.descriptor;
  const loaded = await walk.load(stored, digest);
  if (loaded.manifest.kind === 'artifact') {
    const message = `${join(parent, child)}: skipped, an OCI artifact manifest is a withdrawn type that no registry serves`;
    walk.warn({ code: 'ARTIFACT_MANIFEST_SKIPPED', message, digest });
    return undefined;
  }
  parent.below.push(stored);
  const known = walk.nodes.get(stored);
  const shown = platform ? formatPlatform(platform) : await platformOf(walk, loaded.manifest);
  const node = await enter(walk, loaded, digest, join(parent, child), shown);
  return known ? undefined : node;
}

async function enter(
  walk: Walk,
  loaded: LoadedManifest,
  referenced: Digest,
  trail: string,
  platform?: string,
): Promise<Node> {
  const { digest, size, manifest } = loaded;
  const digests = digest === referenced ? [digest] : [digest, referenced];
  walk.found.add({ digest, digests, role: 'manifest', size, trail });
  const known = walk.nodes.get(digest);
  if (known) return known;
  const node: Node = { loaded, trail, platform, below: [] };
  walk.nodes.set(digest, node);
  if (manifest.kind === 'schema1') {
    walk.warn({
      code: 'SCHEMA1',
      message: 'a schema1 image: registry:2 serves it, registry:3 does not',
      digest,
    });
    await collectSignatures(walk, walk.found, digest, trail);
  }
  return node;
}

/** A revision link for every manifest under each of its digests, children before the manifests that name them. */
function linkRevisions(walk: Walk, root: Node): void {
  const known = new Map(walk.found.blobs().map(blob => [blob.digest, blob.digests]));
  const order = childrenFirst(root.loaded.digest, digest => walk.nodes.get(digest)?.below ?? []);
  for (const stored of order) {
    for (const digest of known.get(stored) ?? []) {
      walk.found.link({ kind: 'revisionLink', repository: walk.repository, digest }, stored);
    }
  }
}

function join(parent: Node, child: Child): string {
  return `${parent.trail} → ${child.label}`;
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

function tooDeep(digest: Digest): ScraperError {
  return new ScraperError('MANIFEST_INVALID', `index: nests more than ${String(MAX_DEPTH)} levels deep`, {
    digest,
    hint: 'no client follows an index that far; leave it out with --keep-going',
  });
}
