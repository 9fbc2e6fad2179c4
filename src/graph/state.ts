import pMap from 'p-map';
import { isScraperError, ScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Child } from '../oci/manifest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Candidate, EntryChoice } from './choice.ts';
import type { Collector } from './collect.ts';
import type { FindContext } from './find.ts';
import type { LoadedManifest, ManifestLoader } from './load.ts';

/** Children looked up at once; each costs a few small reads. */
const CONCURRENCY = 16;

/** A manifest of the image, as the walk first came to it. */
export interface Node {
  readonly loaded: LoadedManifest;
  /** `index → linux/arm64 manifest`. */
  readonly trail: string;
  readonly platform: Platform | undefined;
  /** Stored digests of the manifests directly below. */
  readonly below: Digest[];
}

/** One walk over one image. */
export interface Walk extends FindContext {
  readonly load: ManifestLoader;
  readonly signal: AbortSignal;
  /** Absent: every entry of an index is taken. */
  readonly choose?: EntryChoice;
  readonly found: Collector;
  readonly nodes: Map<Digest, Node>;
  /** Entries that `choose` left out. */
  readonly left: Candidate[];
  readonly failures: ScraperError[];
}

/** Runs a step whose failure concerns this image only, so that the operator learns of all of them at once. */
export async function attempt<T>(
  walk: Pick<Walk, 'signal' | 'failures'>,
  trail: string,
  step: () => Promise<T>,
): Promise<T | undefined> {
  walk.signal.throwIfAborted();
  try {
    return await step();
  } catch (error) {
    if (!isScraperError(error) || error === walk.signal.reason) throw error;
    const message = `${trail}: ${error.message}`;
    walk.failures.push(new ScraperError(error.code, message, { ...error.details, cause: error }));
    return undefined;
  }
}

/**
 * The same for several steps side by side. What they come to, and what fails, is in the order of `items` whichever ends first: the
 * same image has to give the same plan every time.
 */
export async function attemptAll<I, T>(
  walk: Pick<Walk, 'signal' | 'failures'>,
  items: Iterable<I>,
  trail: (item: I) => string,
  step: (item: I) => Promise<T>,
): Promise<readonly Exclude<T, undefined>[]> {
  const run = async (item: I): Promise<{ readonly value?: T; readonly failures: ScraperError[] }> => {
    const failures: ScraperError[] = [];
    const value = await attempt({ signal: walk.signal, failures }, trail(item), () => step(item));
    return { ...(value !== undefined && { value }), failures };
  };
  const results = await pMap(items, run, { concurrency: CONCURRENCY });
  walk.failures.push(...results.flatMap(({ failures }) => failures));
  return results.flatMap(({ value }) => (value === undefined ? [] : [value as Exclude<T, undefined>]));
}

/** Way to a node's child. */
export function join(parent: Node, child: Child): string {
  return `${parent.trail} → ${child.label}`;
}
