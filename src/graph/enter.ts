import { ScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Child } from '../oci/manifest.ts';
import { isManifestType } from '../oci/media-type.ts';
import type { Platform } from '../oci/platform.ts';
import { findBlob, findManifest } from './find.ts';
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

/** Takes in a blob, or says which manifest comes next. What an index lacks is noted in `missing`. */
export async function visitChild(
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
    const alsoManifest = role === 'layer' && isManifestType(descriptor.mediaType);
    return alsoManifest ? { parent, child, stored: blob.digest } : undefined;
  }
  if (manifest.stored === undefined) {
    missing.push(label);
    return undefined;
  }
  return { parent, child, stored: manifest.stored };
}

/** @returns undefined when there is nothing new below it */
export async function enterStep(walk: Walk, { parent, child, stored }: Step): Promise<Node | undefined> {
  const { digest, platform } = child.descriptor;
  const loaded = await walk.load(stored, digest);
  if (loaded.manifest.kind === 'artifact') {
    const message = `${join(parent, child)}: skipped, an OCI artifact manifest is a withdrawn type that no registry serves`;
    walk.warn({ code: 'ARTIFACT_MANIFEST_SKIPPED', message, digest });
    return undefined;
  }
  parent.below.push(stored);
  const known = walk.nodes.get(stored);
  const shown = platform ?? (await readImageConfig(walk, loaded.manifest)).platform;
  const node = await enter(walk, loaded, digest, join(parent, child), shown);
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
