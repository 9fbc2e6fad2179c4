import pMap from 'p-map';
import { isScraperError, withReference, type ScraperError, type Warning } from '../errors.ts';
import { walkWithBelongings } from '../graph/belongings.ts';
import type { ImageGraph } from '../graph/graph.ts';
import { lookTwice, type Look } from '../graph/living.ts';
import { manifestLoader, type ManifestLoader } from '../graph/load.ts';
import { referrerFinder, type ReferrerFinder } from '../graph/referrers.ts';
import {
  resolveReference,
  revisionTarget,
  unknownManifest,
  type ResolvedReference,
} from '../graph/resolve.ts';
import { isDigestTag } from '../oci/digest-tag.ts';
import type { Digest } from '../oci/digest.ts';
import { childrenOf } from '../oci/manifest.ts';
import type { WalkedImage } from '../lay-out.ts';
import { registrySource, type RegistrySource } from '../registry/source.ts';
import { sortedBy } from '../sorted.ts';
import type { StorageDriver } from '../storage/driver.ts';

/** Images walked at once; each is a chain of small reads. */
const CONCURRENCY = 16;

export interface EverythingOptions {
  readonly driver: StorageDriver;
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
  /** Images walked so far, of how many are known. */
  readonly onWalked?: (done: number, total: number) => void;
}

/** All images of a registry, and what is wrong with those that are not whole. */
export interface Everything {
  /** By repository; tags first, then manifests that no tag leads to. */
  readonly images: readonly WalkedImage[];
  readonly failures: readonly ScraperError[];
}

/** What is to be walked: a tag, or a revision that none of the tags lead to. */
interface Root {
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: Digest;
}

/**
 * Walks every tag of every repository with what belongs to it, and then what is left over: digest tags and revisions that
 * nothing leads to. So a registry is carried over whole, and nothing in it is told twice. It may be one that is in use: what
 * is not there is looked at twice, and what was deleted meanwhile is left out.
 * @throws ScraperError what the storage throws while it is listed; the signal's reason
 */
export async function walkEverything(options: EverythingOptions): Promise<Everything> {
  const { driver, signal, warn } = options;
  const source = registrySource(driver, warn);
  const load = manifestLoader(source);
  // a second look must not come by what a first one remembers
  const looks: Looks = {
    first: { load, finder: referrerFinder({ source, signal, warn }) },
    second: { load: manifestLoader(source), finder: referrerFinder({ source, signal, warn }) },
  };
  const images: WalkedImage[] = [];
  const failures: ScraperError[] = [];
  const progress = { done: 0, total: 0 };

  async function walkAll(roots: readonly Root[], referrers: boolean): Promise<readonly WalkedImage[]> {
    progress.total += roots.length;
    const walk = async (root: Root): Promise<readonly WalkedImage[]> => {
      signal.throwIfAborted();
      const result = await walkRoot(root, { source, looks, signal, warn, referrers });
      progress.done += 1;
      options.onWalked?.(progress.done, progress.total);
      failures.push(...result.failures);
      return result.images;
    };
    return (await pMap(roots, walk, { concurrency: CONCURRENCY })).flat();
  }

  for await (const repository of source.repositories()) {
    const tags = await tagsOf(source, repository, failures);
    const versions = await walkAll(
      tags.filter(({ tag }) => !isDigestTag(tag)),
      true,
    );
    const covered = coverageOf(versions.map(({ graph }) => graph));
    const digestTags = tags.filter(({ tag }) => isDigestTag(tag) && !covered.tags.has(tag));
    const others = await walkAll(digestTags, false);
    images.push(...versions, ...others);
    // what failed would fail again by the manifests that are left over because of it
    if (failures.length > 0) continue;
    const leftOver: Root[] = [];
    const reached = coverageOf([...versions, ...others].map(({ graph }) => graph));
    for await (const digest of source.revisions(repository)) {
      if (!reached.revisions.has(digest)) leftOver.push({ repository, tag: null, digest });
    }
    const roots = await rootsAmong(source, repository, leftOver, load);
    images.push(...(await walkAll(roots, false)));
  }
  return { images, failures };
}

async function tagsOf(
  source: RegistrySource,
  repository: string,
  failures: ScraperError[],
): Promise<readonly (Root & { readonly tag: string })[]> {
  const names: string[] = [];
  for await (const tag of source.tags(repository)) names.push(tag);
  const read = async (tag: string): Promise<(Root & { readonly tag: string })[]> => {
    try {
      const digest = await source.tagTarget(repository, tag);
      // a tag's directory without a link is what a deletion leaves behind
      return digest === undefined ? [] : [{ repository, tag, digest }];
    } catch (error) {
      if (!isScraperError(error)) throw error;
      failures.push(withReference(error, `${repository}:${tag}`));
      return [];
    }
  };
  return (await pMap(names.sort(), read, { concurrency: CONCURRENCY })).flat();
}

type Looks = Readonly<
  Record<'first' | 'second', { readonly load: ManifestLoader; readonly finder: ReferrerFinder }>
>;

interface WalkContext {
  readonly source: RegistrySource;
  readonly looks: Looks;
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
  /** Walk what belongs to it, too. */
  readonly referrers: boolean;
}

async function walkRoot(
  root: Root,
  context: WalkContext,
): Promise<{ readonly images: readonly WalkedImage[]; readonly failures: readonly ScraperError[] }> {
  const { repository, tag, digest } = root;
  const { source, warn } = context;
  const requested = tag === null ? `${repository}@${digest}` : `${repository}:${tag}`;
  const found = await lookTwice(source, which => look({ ...root, requested }, which, context));
  if ('graph' in found) {
    found.warnings.forEach(warn);
    return {
      images: [{ reference: found.image, graph: found.graph, name: repository, reasons: [] }],
      failures: [],
    };
  }
  if (await isGone(source, root)) {
    const message = `${requested} was deleted while the registry was read; it is left out`;
    warn({ code: 'TAG_VANISHED', message });
    return { images: [], failures: [] };
  }
  found.warnings.forEach(warn);
  return { images: [], failures: found.failures.map(error => withReference(error, requested)) };
}

/** The first time, the tag leads where it led when it was listed. */
async function look(
  root: ResolvedReference,
  which: keyof Looks,
  { source, looks, signal, referrers }: WalkContext,
): Promise<Look> {
  const { load, finder } = looks[which];
  const warnings: Warning[] = [];
  const warn = (warning: Warning): unknown => warnings.push(warning);
  let image: ResolvedReference | undefined;
  try {
    image =
      which === 'second'
        ? await resolveReference(source, root.requested, warn, { byPattern: true })
        : await listed(source, root);
    const result = await walkWithBelongings(image, {
      ...{ source, load, signal, warn },
      ...(referrers && { referrers: { finder } }),
    });
    return { ...result, image, warnings };
  } catch (error) {
    if (!isScraperError(error) || error === signal.reason) throw error;
    return { failures: [error], ...(image && { image }), warnings };
  }
}

async function listed(source: RegistrySource, root: ResolvedReference): Promise<ResolvedReference> {
  const { repository, tag, digest } = root;
  if (tag === null && (await revisionTarget(source, repository, digest)) === undefined)
    throw unknownManifest(source, repository, digest);
  return root;
}

/** Whether what was listed is not there any more: nobody asked for it by name, so that is no failure. */
async function isGone(source: RegistrySource, { repository, tag, digest }: Root): Promise<boolean> {
  try {
    if (tag !== null) return !(await source.hasTagDirectory(repository, tag));
    return (await revisionTarget(source, repository, digest)) === undefined;
  } catch (error) {
    if (!isScraperError(error)) throw error;
    return false; // what failed first says more
  }
}

function coverageOf(graphs: readonly ImageGraph[]): {
  readonly tags: ReadonlySet<string>;
  readonly revisions: ReadonlySet<Digest>;
} {
  return {
    tags: new Set(graphs.flatMap(graph => graph.tags.map(({ tag }) => tag))),
    revisions: new Set(
      graphs.flatMap(({ links }) =>
        links.flatMap(({ kind, digest }) => (kind === 'revisionLink' ? [digest] : [])),
      ),
    ),
  };
}

/** Of manifests that no tag leads to, those that no other one of them names. */
async function rootsAmong(
  source: RegistrySource,
  repository: string,
  leftOver: readonly Root[],
  load: ManifestLoader,
): Promise<readonly Root[]> {
  const named = new Set<string>();
  const note = async ({ digest }: Root): Promise<void> => {
    try {
      const stored = await revisionTarget(source, repository, digest);
      if (stored === undefined) return;
      for (const { descriptor } of childrenOf((await load(stored, digest)).manifest)) {
        if (descriptor.digest !== digest) named.add(descriptor.digest);
      }
    } catch (error) {
      // it is walked as a root itself, and so is what is wrong with it told
      if (!isScraperError(error)) throw error;
    }
  };
  await pMap(leftOver, note, { concurrency: CONCURRENCY });
  const roots = leftOver.filter(({ digest }) => !named.has(digest));
  return sortedBy(roots, ({ digest }) => digest);
}
