import { hash } from 'node:crypto';
import { isOfSurroundings, isScraperError, ScraperError, type Warning } from '../errors.ts';
import type { GraphBlob, ImageGraph } from '../graph/graph.ts';
import { readManifest } from '../graph/load.ts';
import { mergeGraphs, nothing } from '../graph/merge.ts';
import { digestOf, isDigest, type Digest } from '../oci/digest.ts';
import { parseDigestTag } from '../oci/digest-tag.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../oci/manifest.ts';
import { isManifestType, mediaTypes } from '../oci/media-type.ts';
import type { WalkedImage } from '../lay-out.ts';
import { pathFor } from '../registry/layout.ts';
import { registrySource } from '../registry/source.ts';
import type { Sink } from '../sink/sink.ts';
import type { StorageDriver } from '../storage/driver.ts';

export interface MergeOptions {
  /** What is applied. */
  readonly driver: StorageDriver;
  /** What it is applied to. */
  readonly target: StorageDriver;
  readonly sink: Sink;
  readonly warn: (warning: Warning) => void;
}

/** Images whose fallback tags leave out nothing that the target lists. */
export interface MergedReferrers {
  readonly images: readonly WalkedImage[];
  /** What the target's fallback tags led to when they were read, by the paths of their links; undefined where there was none. */
  readonly before: ReadonlyMap<string, string | undefined>;
  /** Paths of links that will lead to all that they led to, and to more. */
  readonly merged: ReadonlySet<string>;
}

/** What a fallback tag is to lead to instead, and the index itself if it has to be written. */
interface Merged {
  readonly target: Digest;
  readonly blob?: GraphBlob;
}

/**
 * A site that attaches signatures and SBOMs of its own to what it was sent lists them under the same fallback tag
 * (`sha256-<hex>`) as the sender does (distribution spec, "Referrers Tag Schema"), so neither list may take the other's place:
 * the tag gets one index of both. Where one of the two lists all, it is that one, so applying twice changes nothing; else the
 * target's entries come first and stay as they are. A tag that is no list of referrers on either side is treated as
 * any other.
 */
export async function mergeReferrers(
  images: readonly WalkedImage[],
  options: MergeOptions,
): Promise<MergedReferrers> {
  const before = new Map<string, string | undefined>();
  const merged = new Map<string, Merged>();
  for (const { name, tag, target } of images.flatMap(fallbackTagsOf)) {
    const path = pathFor({ kind: 'tagLink', repository: name, tag });
    if (before.has(path)) continue;
    const there = await options.sink.readLink(path);
    before.set(path, there);
    if (there === undefined || there === target || !isDigest(there)) continue;
    const both = await mergeIndexes(there, target, `${name}:${tag}`, options);
    if (both) merged.set(path, both);
  }
  return {
    images: merged.size === 0 ? images : images.map(image => replaceIn(image, merged)),
    before,
    merged: new Set(merged.keys()),
  };
}

interface FallbackTag {
  readonly name: string;
  readonly tag: string;
  readonly target: Digest;
}

/** All fallback tags that an image brings: its own may be one. */
function fallbackTagsOf({ name, reference, graph }: WalkedImage): readonly FallbackTag[] {
  const { tag, digest } = reference;
  const own = tag === null ? [] : [{ tag, target: digest }];
  return [...graph.tags, ...own]
    .filter(one => parseDigestTag(one.tag)?.suffix === '')
    .map(one => ({ name, ...one }));
}

/** An index of referrers, with all that stands in it. */
interface ReferrersIndex {
  readonly body: Readonly<Record<string, unknown>>;
  readonly entries: readonly Entry[];
}

interface Entry {
  readonly digest: string;
}

/** @returns undefined where the tag is to be treated as any other */
async function mergeIndexes(
  there: Digest,
  ours: Digest,
  name: string,
  { driver, target, warn }: MergeOptions,
): Promise<Merged | undefined> {
  const bundled = await indexIn(driver, ours);
  const existing = bundled && (await existingIndex(target, there, name, warn));
  if (!existing) return undefined;
  const listed = new Set(existing.entries.map(({ digest }) => digest));
  const added = bundled.entries.filter(({ digest }) => !listed.has(digest));
  if (added.length === 0) return { target: there };
  const coming = new Set(bundled.entries.map(({ digest }) => digest));
  if (existing.entries.every(({ digest }) => coming.has(digest))) return { target: ours };
  const body = { ...existing.body, manifests: [...existing.entries, ...added] };
  const inline = Buffer.from(JSON.stringify(body));
  if (inline.length > MAX_MANIFEST_BYTES) {
    const message = `${name}: what it lists here and what comes are too many for one index, so the tag stays as it is; registries without the referrers API do not show ${String(added.length)} that come`;
    const hint = 'serve them by a registry that has the referrers API';
    warn({ code: 'REFERRER_UNLISTED', message, hint });
    return { target: there };
  }
  const digest = digestOf('sha256', hash('sha256', inline));
  const trail = `fallback tag ${name}`;
  const blob = { digest, digests: [digest], role: 'manifest', size: inline.length, trail, inline } as const;
  return { target: digest, blob };
}

/** An index that cannot be used is replaced, which is told. */
async function existingIndex(
  target: StorageDriver,
  digest: Digest,
  name: string,
  warn: (warning: Warning) => void,
): Promise<ReferrersIndex | undefined> {
  try {
    return await indexIn(target, digest);
  } catch (error) {
    if (!isScraperError(error) || isOfSurroundings(error)) throw error;
    const message = `fallback tag ${name} cannot be used, and what only it lists is listed no more: ${error.message}`;
    const { path } = error.details;
    warn({ code: 'FALLBACK_TAG_DAMAGED', message, digest, ...(path !== undefined && { path }) });
    return undefined;
  }
}

/**
 * Undefined for a manifest of another kind, and for an index of what is no manifest, or of images by their platforms, as no
 * client that attaches something lists them: that is somebody's own tag of this name.
 */
async function indexIn(driver: StorageDriver, digest: Digest): Promise<ReferrersIndex | undefined> {
  const source = registrySource(driver, () => undefined);
  return readManifest(source, digest, digest, bytes => {
    const manifest = parseManifest(bytes);
    if (manifest.kind !== 'index' || manifest.mediaType !== mediaTypes.ociIndex) return undefined;
    const { manifests } = manifest;
    if (manifests.some(({ platform, mediaType }) => platform !== undefined || !isManifestType(mediaType)))
      return undefined;
    const body = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
    return { body, entries: (body['manifests'] ?? []) as readonly Entry[] };
  });
}

/** The same image with other targets of its fallback tags; an index that nothing leads to any more stays behind. */
function replaceIn(image: WalkedImage, merged: ReadonlyMap<string, Merged>): WalkedImage {
  const { name, reference, graph } = image;
  const changes = fallbackTagsOf(image).flatMap(({ tag, target }) => {
    const change = merged.get(pathFor({ kind: 'tagLink', repository: name, tag }));
    return change && change.target !== target ? [{ ...change, tag, instead: target }] : [];
  });
  if (changes.length === 0) return image;
  const changed = new Set(changes.map(({ tag }) => tag));
  const own = changes.find(({ tag }) => tag === reference.tag);
  const digest = own?.target ?? reference.digest;
  const tags = graph.tags.filter(({ tag }) => !changed.has(tag));
  const kept = new Set([...tags.map(({ target }) => target), digest]);
  const gone = new Set(changes.map(({ instead }) => instead).filter(target => !kept.has(target)));
  const additions = changes.map(({ tag, target, blob }): ImageGraph => {
    const link = { kind: 'revisionLink', repository: reference.repository, digest: target, target } as const;
    return {
      ...nothing,
      ...(blob && { blobs: [blob], links: [link] }),
      tags: tag === reference.tag ? [] : [{ tag, target }],
    };
  });
  const rest: ImageGraph = {
    ...graph,
    tags,
    blobs: graph.blobs.filter(blob => !gone.has(blob.digest)),
    links: graph.links.filter(({ kind, target }) => kind !== 'revisionLink' || !gone.has(target)),
  };
  return { ...image, reference: { ...reference, digest }, graph: mergeGraphs(rest, additions) };
}

/** A fallback tag that got another list since it was merged: what it lists now would be lost. */
export function listChanged(name: string, found: string | undefined): ScraperError {
  const now = found === undefined ? 'is gone now' : `leads to ${found} now`;
  return new ScraperError(
    'REGISTRY_CHANGED',
    `the registry changed while it was written: tag ${name}, which lists referrers, ${now}`,
    { reference: name, hint: 'run the same command again: it adds to what the tag lists now' },
  );
}
