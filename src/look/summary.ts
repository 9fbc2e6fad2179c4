import { isScraperError, type ScraperError } from '../errors.ts';
import { findBlob, findManifest, type FindContext } from '../graph/find.ts';
import { readImageConfig } from '../graph/image-config.ts';
import { readManifest } from '../graph/load.ts';
import type { Digest } from '../oci/digest.ts';
import { childrenOf, parseManifest, type Child, type Manifest } from '../oci/manifest.ts';
import { isNonDistributable } from '../oci/media-type.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import type { RegistrySource } from '../registry/source.ts';
import { artifactTypeOf, kindOf, type Kind } from './kind.ts';

/** What a line about an image says. */
export interface Summary {
  readonly kind: Kind;
  readonly mediaType: string;
  /** Kind of artifact, a media type. */
  readonly artifactType?: string;
  /** `os/architecture[/variant]` of every manifest that is there. */
  readonly platforms: readonly string[];
  /** Bytes of everything it needs, each blob once, as its manifests say. */
  readonly size: number;
  /** When it was built, of several platforms the last; milliseconds since the epoch. */
  readonly created?: number;
  /** Entries of its indexes that the registry lacks: they are sparse. */
  readonly missingManifests: number;
  /** The manifest that it is about. */
  readonly subject?: Digest;
}

/** A summary, unless not even the image's first manifest can be read, and the first thing that is wrong. */
export interface Summarised {
  readonly summary?: Summary;
  readonly error?: ScraperError;
}

/** As deep as the walk of a scrape goes. */
const MAX_DEPTH = 32;

interface Sums extends FindContext {
  /** Size of each blob by digest. */
  readonly blobs: Map<Digest, number>;
  readonly platforms: Set<string>;
  created: number | undefined;
  missing: number;
  error: ScraperError | undefined;
}

/** Reads an image's manifests and configs. Whether its layers are there is not looked at. */
export async function summarise(
  source: RegistrySource,
  repository: string,
  digest: Digest,
): Promise<Summarised> {
  const sums: Sums = {
    source,
    repository,
    warn: () => undefined,
    blobs: new Map(),
    platforms: new Set(),
    created: undefined,
    missing: 0,
    error: undefined,
  };
  const root = await attempt(sums, () => enter(sums, digest, digest, undefined));
  if (root === undefined) return { ...(sums.error && { error: sums.error }) };
  let level = [root];
  for (let depth = 1; level.length > 0 && depth < MAX_DEPTH; depth += 1) {
    const next: Manifest[] = [];
    for (const manifest of level) next.push(...(await below(sums, manifest)));
    level = next;
  }
  const artifactType = artifactTypeOf(root);
  const { created, error } = sums;
  const subject = root.kind === 'image' || root.kind === 'index' ? root.about.subject : undefined;
  return {
    summary: {
      kind: kindOf(root),
      mediaType: root.mediaType,
      ...(artifactType !== undefined && { artifactType }),
      platforms: [...sums.platforms],
      size: [...sums.blobs.values()].reduce((total, size) => total + size, 0),
      ...(created !== undefined && { created }),
      missingManifests: sums.missing,
      ...(subject !== undefined && { subject }),
    },
    ...(error && { error }),
  };
}

/** Runs a step; what goes wrong is kept, if it is the first thing. */
async function attempt<T>(sums: Sums, step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (!isScraperError(error)) throw error;
    sums.error ??= error;
    return undefined;
  }
}

async function enter(
  sums: Sums,
  stored: Digest,
  referenced: Digest,
  platform: Platform | undefined,
): Promise<Manifest> {
  const manifest = await readManifest(sums.source, stored, referenced, bytes => {
    sums.blobs.set(stored, bytes.length);
    return parseManifest(bytes);
  });
  const facts = await readImageConfig(sums, manifest);
  const shown = platform ?? facts.platform;
  if (shown) sums.platforms.add(formatPlatform(shown));
  const created = facts.created ?? annotatedDate(manifest);
  if (created !== undefined) sums.created = Math.max(sums.created ?? created, created);
  return manifest;
}

/** Artifacts have no config that would tell. */
function annotatedDate(manifest: Manifest): number | undefined {
  if (manifest.kind !== 'image' && manifest.kind !== 'index') return undefined;
  const time = Date.parse(manifest.about.annotations['org.opencontainers.image.created'] ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** Counts the blobs directly below and enters the manifests. */
async function below(sums: Sums, manifest: Manifest): Promise<Manifest[]> {
  const entered: Manifest[] = [];
  for (const child of childrenOf(manifest)) {
    if (sums.blobs.has(child.descriptor.digest)) continue;
    await attempt(sums, async () => {
      const found = child.role === 'manifest' ? await findManifest(sums, child, child.label) : undefined;
      if (!found) await count(sums, child);
      else if (found.stored === undefined) sums.missing += 1;
      else if (!sums.blobs.has(found.stored)) {
        const { digest, platform } = child.descriptor;
        entered.push(await enter(sums, found.stored, digest, platform));
      }
    });
  }
  return entered;
}

/** Looks up only what is read anyway, or what may be elsewhere, or (in schema1) what says no size. */
async function count(sums: Sums, child: Child): Promise<void> {
  const { digest, size, mediaType, urls } = child.descriptor;
  const elsewhere = isNonDistributable(mediaType) && urls.length > 0;
  const sure = child.role !== 'config' && !elsewhere ? size : undefined;
  sums.blobs.set(digest, size ?? 0);
  sums.blobs.set(digest, sure ?? (await findBlob(sums, child, child.label))?.size ?? 0);
}
