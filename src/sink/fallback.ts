import pMap from 'p-map';
import { isOfSurroundings, isScraperError, ScraperError, type Warning } from '../errors.ts';
import { isDigest, type Digest } from '../oci/digest.ts';
import { childrenOf, MAX_MANIFEST_BYTES, parseManifest, type Manifest } from '../oci/manifest.ts';
import { pathFor } from '../registry/layout.ts';
import { verifier } from '../transfer/verifier.ts';
import type { Sink } from './sink.ts';

/** A fallback tag, and what is about to be listed under it. */
export interface FallbackTagQuery {
  readonly repository: string;
  readonly tag: string;
  readonly entries: ReadonlyMap<Digest, unknown>;
}

/** A manifest that an output has, proved. */
export interface OutputManifest {
  /** The digest it is stored under. */
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly manifest: Manifest;
}

export interface ListedManifests<Tag> {
  /** What sound indexes list besides `entries`, as far as the output has it; no tag that is missing or damaged. */
  readonly manifests: ReadonlyMap<Tag, readonly OutputManifest[]>;
  /** Paths of blobs that are there and are not what their names say. */
  readonly damaged: ReadonlySet<string>;
}

const CONCURRENCY = 16;

/** Reads what an output's fallback tags list. Whatever is damaged is told of, and counts as not there. */
export async function readFallbackTags<Tag extends FallbackTagQuery>(
  sink: Sink,
  tags: readonly Tag[],
  warn: (warning: Warning) => void,
): Promise<ListedManifests<Tag>> {
  const damaged = new Set<string>();

  /** What `read` gives; undefined when that is nothing, or damaged. */
  async function orTold<T>(digest: Digest, why: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      // what cannot be read at the moment may be whole
      if (!isScraperError(error) || isOfSurroundings(error)) throw error;
      const path = pathFor({ kind: 'blob', digest });
      damaged.add(path);
      const hint = 'scrape its image again with all referrers and --verify-existing';
      warn({ code: 'FALLBACK_TAG_DAMAGED', message: `${why}: ${error.message}`, digest, path, hint });
      return undefined;
    }
  }

  async function readTag(tag: Tag): Promise<readonly OutputManifest[] | undefined> {
    const { repository } = tag;
    const target = await sink.readLink(pathFor({ kind: 'tagLink', repository, tag: tag.tag }));
    if (target === undefined || !isDigest(target)) return undefined;
    const name = `fallback tag ${tag.tag} of ${repository} in the output`;
    const useless = `${name} cannot be used, and what only it lists is listed no more`;
    const index = await orTold(target, useless, () => readIndex(sink, target));
    if (!index) return undefined;
    const besides = childrenOf(index)
      .map(({ descriptor }) => descriptor.digest)
      .filter(digest => !tag.entries.has(digest));
    const readOne = async (digest: Digest): Promise<OutputManifest | undefined> => {
      const stored = await sink.readLink(pathFor({ kind: 'revisionLink', repository, digest }));
      if (stored === undefined || !isDigest(stored)) return undefined;
      const lost = `${name} lists a manifest that cannot be used, and lists it no more`;
      return orTold(stored, lost, () => readManifest(sink, stored, digest));
    };
    const found = await pMap(new Set(besides), readOne, { concurrency: CONCURRENCY });
    return found.filter(manifest => manifest !== undefined);
  }

  const manifests = new Map<Tag, readonly OutputManifest[]>();
  for (const tag of tags) {
    const listed = await readTag(tag);
    if (listed) manifests.set(tag, listed);
  }
  return { manifests, damaged };
}

async function readIndex(sink: Sink, digest: Digest): Promise<Manifest> {
  const index = await readManifest(sink, digest, digest);
  if (index?.manifest.kind === 'index') return index.manifest;
  const found = index ? `a manifest of another kind (${index.manifest.mediaType})` : 'nothing';
  throw new ScraperError('MANIFEST_INVALID', `expected an index ${digest}, found ${found}`);
}

/** @throws ScraperError `DIGEST_MISMATCH`, `MANIFEST_INVALID`, and what the sink throws */
async function readManifest(
  sink: Sink,
  stored: Digest,
  referenced: Digest,
): Promise<OutputManifest | undefined> {
  const path = pathFor({ kind: 'blob', digest: stored });
  const bytes = await sink.read(path, MAX_MANIFEST_BYTES);
  if (!bytes) return undefined;
  const size = bytes.length;
  const proof = verifier({ digests: [...new Set([stored, referenced])], size, origin: path });
  proof.update(bytes);
  proof.finish();
  return { digest: stored, size, manifest: parseManifest(bytes) };
}
