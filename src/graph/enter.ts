import { ScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Child } from '../oci/manifest.ts';
import { isManifestType } from '../oci/media-type.ts';
import type { Platform } from '../oci/platform.ts';
import { findBlob, findManifest, type FoundManifest } from './find.ts';
import type { GraphBlob } from './graph.ts';
import { readImageConfig } from './image-config.ts';
import type { LoadedManifest } from './load.ts';
import { revisionTarget, unknownManifest } from './resolve.ts';
import { collectSignatures } from './signatures.ts';
import { join, type Node, type Walk } from './state.ts';

/** A manifest that the walk is about to enter. */
export interface Step {
  readonly parent: Node;
  readonly child: Child;
  readonly stored: Digest;
}

/** @param prefix way from the image to this root, for what is not an image itself but belongs to one */
export async function enterRoot(walk: Walk, digest: Digest, prefix: string): Promise<Node> {
  const stored = await revisionTarget(walk.source, walk.repository, digest);
  if (stored === undefined) throw unknownManifest(walk.source, walk.repository, digest);
  const loaded = await walk.load(stored, digest);
  const { kind } = loaded.manifest;
  if (kind === 'artifact') {
    const message = 'it is an OCI artifact manifest, a type that was withdrawn and that no registry serves';
    const hint = 'attach the artifact again with a current client, which writes it as an image manifest';
    throw new ScraperError('UNSUPPORTED', message, { digest, hint });
  }
  const { platform } = await readImageConfig(walk, loaded.manifest);
  return enter(walk, loaded, digest, prefix + (kind === 'index' ? 'index' : 'manifest'), platform);
}

/** A child as it stands in the source. */
export interface FoundChild {
  readonly child: Child;
  /** Set for what is a manifest; undefined within where the source has it not. */
  readonly manifest?: FoundManifest;
  /** Set for what is a blob. */
  readonly blob?: GraphBlob;
}

/** Looks a child up; undefined for a blob that is absent and may be. */
export async function findChild(walk: Walk, parent: Node, child: Child): Promise<FoundChild | undefined> {
  const trail = join(parent, child);
  const manifest = child.role === 'manifest' ? await findManifest(walk, child, trail) : undefined;
  if (manifest) return { child, manifest };
  const blob = await findBlob(walk, child, trail);
  return blob && { child, blob };
}

/** Takes in a blob, or says which manifest comes next. What an index lacks is noted in `missing`. */
export function takeChild(
  walk: Walk,
  parent: Node,
  { child, manifest, blob }: FoundChild,
  missing: string[],
): Step | undefined {
  const { descriptor, role, label } = child;
  if (blob) {
    walk.found.add(blob);
    walk.found.linkLayer(blob);
    // a registry that lists a manifest among the layers looks for it in both places (ocimanifesthandler.go)
    const alsoManifest = role === 'layer' && isManifestType(descriptor.mediaType);
    return alsoManifest ? { parent, child, stored: blob.digest } : undefined;
  }
  if (manifest?.stored === undefined) {
    missing.push(label);
    return undefined;
  }
  return { parent, child, stored: manifest.stored };
}

/** A manifest that was read. */
export interface ReadStep {
  readonly step: Step;
  readonly loaded: LoadedManifest;
  readonly platform: Platform | undefined;
}

export async function readStep(walk: Walk, step: Step): Promise<ReadStep> {
  const { digest, platform } = step.child.descriptor;
  const loaded = await walk.load(step.stored, digest);
  return { step, loaded, platform: platform ?? (await readImageConfig(walk, loaded.manifest)).platform };
}

/** @returns undefined when there is nothing new below it */
export async function enterStep(
  walk: Walk,
  { step: { parent, child, stored }, loaded, platform }: ReadStep,
): Promise<Node | undefined> {
  const { digest } = child.descriptor;
  if (loaded.manifest.kind === 'artifact') {
    const message = `${join(parent, child)}: skipped, an OCI artifact manifest is a withdrawn type that no registry serves`;
    walk.warn({ code: 'ARTIFACT_MANIFEST_SKIPPED', message, digest });
    return undefined;
  }
  parent.below.push(stored);
  const known = walk.nodes.get(stored);
  const node = await enter(walk, loaded, digest, join(parent, child), platform);
  return known ? undefined : node;
}

async function enter(
  walk: Walk,
  loaded: LoadedManifest,
  referenced: Digest,
  trail: string,
  platform?: Platform,
): Promise<Node> {
  const { digest, size, manifest } = loaded;
  const digests = digest === referenced ? [digest] : [digest, referenced];
  walk.found.add({ digest, digests, role: 'manifest', size, trail });
  const known = walk.nodes.get(digest);
  if (known) return known;
  const node: Node = { loaded, trail, platform, below: [] };
  walk.nodes.set(digest, node);
  if (manifest.kind === 'schema1') {
    const message = 'a schema1 image: registry:2 serves it, registry:3 does not';
    walk.warn({ code: 'SCHEMA1', message, digest });
    await collectSignatures(walk, walk.found, digest, trail);
  }
  return node;
}
