import pMap from 'p-map';
import { exitCodeFor, exitCodes, isScraperError, ScraperError, toFailure, type Failure } from '../errors.ts';
import { findBlob, findManifest, type FindContext } from '../graph/find.ts';
import { readImageConfig } from '../graph/image-config.ts';
import { readManifest } from '../graph/load.ts';
import type { Referrer, ReferrerFinder } from '../graph/referrers.ts';
import { revisionTarget, unknownManifest } from '../graph/resolve.ts';
import { shortDigest, type Digest } from '../oci/digest.ts';
import { childrenOf, parseManifest, type Child, type Manifest } from '../oci/manifest.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { artifactTypeOf, kindOf } from './kind.ts';
import type { BlobPart, ManifestPart, ReferrerPart, State } from './tree.ts';

export interface GrowContext extends FindContext {
  readonly signal: AbortSignal;
  readonly referrers: ReferrerFinder;
}

/** As deep as the walk of a scrape goes. */
const MAX_DEPTH = 32;
/** Parts looked up at once. */
const CONCURRENCY = 16;
/** How many missing entries of an index a warning names. */
const NAMED = 5;

/** A manifest to be entered, and where it stands. */
interface Place {
  /** The digest it is stored under, and the one it is referred to by. */
  readonly stored: Digest;
  readonly digest: Digest;
  readonly label: string;
  /** Way from the image. */
  readonly trail: string;
  readonly depth: number;
  /** The entry of an index that leads to it. */
  readonly entry?: Child['descriptor'];
}

/**
 * Grows the tree below a manifest: configs, layers, manifests of an index, and what refers to any manifest on the way.
 * Each manifest is entered where it is first met. What is wrong with a part stands at the part.
 * @throws the signal's reason
 */
export async function grow(
  context: GrowContext,
  { stored, digest }: Pick<Place, 'stored' | 'digest'>,
): Promise<ManifestPart> {
  return enter({ ...context, entered: new Set() }, { stored, digest, label: '', trail: '', depth: 0 });
}

/** A manifest of which nothing is known yet. */
const blank = {
  role: 'manifest',
  kind: null,
  artifactType: null,
  platform: null,
  created: null,
  subject: null,
  repeated: false,
  parts: [],
  referrers: [],
} as const satisfies Partial<ManifestPart>;

interface Growing extends GrowContext {
  readonly entered: Set<Digest>;
}

async function enter(growing: Growing, place: Place): Promise<ManifestPart> {
  const { source, signal, entered } = growing;
  const { stored, digest, entry } = place;
  signal.throwIfAborted();
  const repeated = entered.has(stored);
  entered.add(stored);
  const known = {
    ...blank,
    digest,
    mediaType: entry?.mediaType ?? '',
    size: entry?.size ?? null,
    annotations: entry?.annotations ?? {},
    platform: textOf(entry?.platform),
    repeated,
  };
  let manifest: Manifest;
  let size = 0;
  try {
    manifest = await readManifest(source, stored, digest, bytes => {
      size = bytes.length;
      return parseManifest(bytes);
    });
    if (place.depth > MAX_DEPTH) throw tooDeep(digest);
  } catch (error) {
    const label = place.label === '' ? 'manifest' : place.label;
    return { ...known, ...wrong(error, place.trail === '' ? label : place.trail), label };
  }
  const root = manifest.kind === 'index' ? 'index' : 'manifest';
  const label = place.label === '' ? root : place.label;
  const trail = place.trail === '' ? root : place.trail;
  const { platform, created } = await readImageConfig(growing, manifest);
  const about = manifest.kind === 'image' || manifest.kind === 'index' ? manifest.about : undefined;
  if (manifest.kind === 'schema1')
    growing.warn({
      code: 'SCHEMA1',
      message: 'a schema1 image: registry:2 serves it, registry:3 does not',
      digest,
    });
  const here = { ...place, label, trail };
  return {
    ...known,
    label,
    mediaType: manifest.mediaType,
    size,
    state: 'ok',
    errors: [],
    annotations: { ...known.annotations, ...about?.annotations },
    kind: kindOf(manifest),
    artifactType: artifactTypeOf(manifest) ?? null,
    platform: known.platform ?? textOf(platform),
    created: created ?? null,
    subject: about?.subject ?? null,
    ...(!repeated && {
      parts: await partsBelow(growing, manifest, here),
      referrers: await referrersOf(growing, here),
    }),
  };
}

async function partsBelow(
  growing: Growing,
  manifest: Manifest,
  place: Place,
): Promise<readonly (ManifestPart | BlobPart)[]> {
  const missing: string[] = [];
  const parts = await pMap(
    childrenOf(manifest),
    child =>
      partOf(growing, child, { trail: `${place.trail} → ${child.label}`, depth: place.depth + 1, missing }),
    // what is entered first is shown with its parts, so manifests come one after the other
    { concurrency: manifest.kind === 'index' ? 1 : CONCURRENCY },
  );
  if (missing.length > 0) {
    const named = missing.slice(0, NAMED).join(', ') + (missing.length > NAMED ? ', …' : '');
    growing.warn({
      code: 'SPARSE_INDEX',
      message: `${place.trail}: the registry lacks ${String(missing.length)} of ${String(parts.length)} entries (${named})`,
      digest: place.digest,
    });
  }
  return parts;
}

async function partOf(
  growing: Growing,
  child: Child,
  { trail, depth, missing }: { readonly trail: string; readonly depth: number; readonly missing: string[] },
): Promise<ManifestPart | BlobPart> {
  const { label, descriptor, role } = child;
  const { digest, mediaType, size = null, annotations, urls } = descriptor;
  const known = { label, digest, mediaType, size, annotations };
  const asManifest = { ...blank, ...known, platform: textOf(descriptor.platform) };
  const asBlob = { ...known, role: role === 'config' ? ('config' as const) : ('layer' as const), urls };
  try {
    const found = role === 'manifest' ? await findManifest(growing, child, trail) : undefined;
    if (found?.stored !== undefined)
      return await enter(growing, { stored: found.stored, digest, label, trail, depth, entry: descriptor });
    if (found) {
      missing.push(label);
      return { ...asManifest, state: 'missing', errors: [] };
    }
    const blob = await findBlob(growing, child, trail);
    return { ...asBlob, size: blob?.size ?? size, state: blob ? 'ok' : 'elsewhere', errors: [] };
  } catch (error) {
    return role === 'manifest'
      ? { ...asManifest, ...wrong(error, trail) }
      : { ...asBlob, ...wrong(error, trail) };
  }
}

/** What signs or describes a manifest; the tags that say so before what only a subject leads to. */
async function referrersOf(
  growing: Growing,
  { digest, trail, depth }: Place,
): Promise<readonly ReferrerPart[]> {
  const { repository, referrers, source } = growing;
  const found = await referrers.of(repository, digest);
  const rank: Record<Referrer['via'], number> = { 'digest tag': 0, subject: 1, 'fallback tag': 2 };
  const ordered = found.toSorted((a, b) => rank[a.via] - rank[b.via]);
  const parts: ReferrerPart[] = [];
  for (const { digest: referrer, tag, via, artifactType } of ordered) {
    const label = via === 'fallback tag' ? 'referrers' : 'referrer';
    const way = `${trail} → ${tag ?? `referrer ${shortDigest(referrer)}`}`;
    parts.push({ via, tag, artifactType, manifest: await entered(referrer, label, way) });
  }
  return parts;

  async function entered(referrer: Digest, label: string, way: string): Promise<ManifestPart> {
    try {
      const stored = await revisionTarget(source, repository, referrer);
      if (stored === undefined) throw unknownManifest(source, repository, referrer);
      return await enter(growing, { stored, digest: referrer, label, trail: way, depth: depth + 1 });
    } catch (error) {
      const known = { label, digest: referrer, mediaType: '', size: null, annotations: {} };
      return { ...blank, ...known, ...wrong(error, way) };
    }
  }
}

/** What an error says about the part that it was met at. */
function wrong(
  error: unknown,
  trail: string,
): { readonly state: State; readonly errors: readonly Failure[] } {
  const stopped = isScraperError(error) && (error.code === 'INTERRUPTED' || error.code === 'TERMINATED');
  if (!isScraperError(error) || stopped) throw error;
  const failure = toFailure(new ScraperError(error.code, `${trail}: ${error.message}`, error.details));
  const code = exitCodeFor([failure]);
  const state =
    code === exitCodes.missing ? 'missing' : code === exitCodes.integrity ? 'damaged' : 'unreadable';
  return { state, errors: [failure] };
}

function tooDeep(digest: Digest): ScraperError {
  const message = `nests more than ${String(MAX_DEPTH)} levels deep`;
  return new ScraperError('MANIFEST_INVALID', message, {
    digest,
    hint: 'no client follows an index that far',
  });
}

function textOf(platform: Platform | undefined): string | null {
  return platform ? formatPlatform(platform) : null;
}
