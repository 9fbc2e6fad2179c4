import pMap, { pMapSkip } from 'p-map';
import { isOfSurroundings, isScraperError, type Warning } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { fallbackTagOf, isDigestTag, parseDigestTag, type DigestTag } from '../oci/digest-tag.ts';
import type { RegistrySource } from '../registry/source.ts';
import { parseManifest } from '../oci/manifest.ts';
import { readManifest } from './load.ts';

/** A manifest that is about another one, and how it was found. */
export interface Referrer {
  readonly digest: Digest;
  /** The tag that leads to it; null when only its `subject` does, so that a client finds it by the fallback tag alone. */
  readonly tag: string | null;
  /** Kind of artifact; for a digest tag also its suffix counts: `sig`, `att`, `sbom`. Empty when unknown. */
  readonly artifactType: string;
  readonly via: 'subject' | 'digest tag' | 'fallback tag';
}

/** What is about the manifests of a repository. Each repository is read at most once, when it is first asked about. */
export interface ReferrerFinder {
  /** Referrers of a manifest, in a stable order, each way that leads to one. */
  of(repository: string, subject: Digest): Promise<readonly Referrer[]>;
  /** Manifests read in looking for subjects so far. */
  scanned: () => number;
}

export interface ReferrerOptions {
  readonly source: RegistrySource;
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
  /** Told after each manifest read how many there were so far. */
  readonly onScan?: (count: number) => void;
}

/** Manifests read at once in a scan. */
const CONCURRENCY = 16;

/** A referrer that says itself what it is about. */
interface Found extends Referrer {
  readonly subject: Digest;
}

/** Everything in one repository that says what it is about. */
interface Subjects {
  /** By the digest that it is about. */
  readonly bySubject: ReadonlyMap<Digest, readonly Found[]>;
  /** Tags named after a digest, by its fallback tag. */
  readonly digestTags: ReadonlyMap<string, readonly DigestTag[]>;
}

/**
 * Finds signatures, attestations, SBOMs and other artifacts that belong to a manifest: by cosign's digest tags
 * (`sha256-<hex>.sig`), by the referrers tag schema (`sha256-<hex>`) and by the `subject` of every manifest in the
 * repository (distribution spec, "Listing Referrers"), because no registry of this line keeps an index of those.
 */
export function referrerFinder(options: ReferrerOptions): ReferrerFinder {
  const repositories = new Map<string, Promise<Subjects>>();
  let scanned = 0;
  const scan = (repository: string): Promise<Subjects> => {
    const known = repositories.get(repository);
    if (known) return known;
    const scanning = scanRepository(options, repository, () => {
      scanned += 1;
      options.onScan?.(scanned);
    });
    repositories.set(repository, scanning);
    return scanning;
  };
  return {
    async of(repository, subject) {
      const { bySubject, digestTags } = await scan(repository);
      const tagged: Referrer[] = [];
      for (const { tag, suffix } of digestTags.get(fallbackTagOf(subject)) ?? []) {
        const digest = await options.source.tagTarget(repository, tag);
        if (digest === undefined) continue;
        const via = suffix === '' ? 'fallback tag' : 'digest tag';
        tagged.push({ digest, tag, artifactType: suffix.slice(1), via });
      }
      return [...tagged, ...(bySubject.get(subject) ?? [])];
    },
    scanned: () => scanned,
  };
}

async function scanRepository(
  options: ReferrerOptions,
  repository: string,
  onRead: () => void,
): Promise<Subjects> {
  const { source, signal } = options;
  const revisions: Digest[] = [];
  for await (const digest of source.revisions(repository)) revisions.push(digest);
  const read = async (digest: Digest): Promise<Found | typeof pMapSkip> => {
    signal.throwIfAborted();
    onRead();
    return (await readSubject(options, repository, digest)) ?? pMapSkip;
  };
  const found = await pMap(revisions.sort(), read, { concurrency: CONCURRENCY });
  return {
    bySubject: Map.groupBy(found, ({ subject }) => subject),
    digestTags: await digestTagsOf(source, repository),
  };
}

/**
 * What a revision is about. A damaged one is told of and passed over: nobody asked for it. One that cannot be read at the moment
 * may be what signs the image.
 */
async function readSubject(
  { source, warn }: ReferrerOptions,
  repository: string,
  digest: Digest,
): Promise<Found | undefined> {
  try {
    const stored = await source.linkTarget({ kind: 'revisionLink', repository, digest });
    if (stored === undefined) return undefined;
    const about = await readManifest(source, stored, digest, subjectOf);
    return about && { ...about, digest, tag: null, via: 'subject' };
  } catch (error) {
    if (!isScraperError(error) || isOfSurroundings(error)) throw error;
    const { path } = error.details;
    warn({
      code: 'REFERRER_UNREADABLE',
      message: `looking for referrers in ${repository}: a manifest nobody asked for was passed over: ${error.message}`,
      digest,
      ...(path !== undefined && { path }),
    });
    return undefined;
  }
}

/** Parses only what can have a subject: a repository may hold tens of thousands of manifests that do not. */
function subjectOf(bytes: Uint8Array): Pick<Found, 'subject' | 'artifactType'> | undefined {
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('"subject"')) return undefined;
  const manifest = parseManifest(bytes);
  if (manifest.kind !== 'image' && manifest.kind !== 'index') return undefined;
  const { subject, artifactType } = manifest.about;
  return subject && { subject, artifactType };
}

async function digestTagsOf(
  source: RegistrySource,
  repository: string,
): Promise<ReadonlyMap<string, readonly DigestTag[]>> {
  const tags: string[] = [];
  for await (const tag of source.tags(repository)) if (isDigestTag(tag)) tags.push(tag);
  const parsed = tags.sort().flatMap(tag => parseDigestTag(tag) ?? []);
  return Map.groupBy(parsed, ({ fallback }) => fallback);
}
