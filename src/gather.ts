import pMap from 'p-map';
import { isScraperError, ScraperError, withReference, type Warning } from './errors.ts';
import { walkWithBelongings } from './graph/belongings.ts';
import { choosePlatforms } from './graph/choice.ts';
import { createdAt } from './graph/created.ts';
import { lookTwice, type Look } from './graph/living.ts';
import { manifestLoader } from './graph/load.ts';
import type { ReferrerChoice } from './graph/referrer-choice.ts';
import { referrerFinder, type ReferrerFinder } from './graph/referrers.ts';
import { resolveReference, type ResolvedReference } from './graph/resolve.ts';
import { sharedGraphs } from './graph/share.ts';
import type { Observer } from './observer.ts';
import { parseReference } from './oci/reference.ts';
import type { Platform } from './oci/platform.ts';
import type { WalkedImage } from './lay-out.ts';
import { databaseInUse } from './registry/database.ts';
import { registrySource, type RegistrySource } from './registry/source.ts';
import { suggester } from './registry/suggest.ts';
import { placeOf } from './select/list/place.ts';
import { select } from './select/select.ts';
import type { Chosen, Origin, Selection } from './select/selection.ts';
import type { StorageDriver } from './storage/driver.ts';

/** Images resolved at once; each is a chain of small reads. */
const CONCURRENCY = 16;

/** What to take out of a registry. */
export interface GatherOptions {
  readonly selection: Selection;
  readonly driver: StorageDriver;
  /** Platforms to take of each index; all when empty. */
  readonly platforms: readonly Platform[];
  /** Take what signs or describes an image along with it; of these kinds only, when `takes` is given. */
  readonly referrers: Pick<ReferrerChoice, 'takes'> | undefined;
  /** Name of a repository in the output. */
  readonly rename: (repository: string) => string;
  readonly signal: AbortSignal;
  readonly observer: Observer;
}

/** Something asked for that cannot be shipped, and why. */
export interface Unresolved {
  /** As given; of what a pattern found, its own name. */
  readonly requested: string;
  /** As far as it was resolved: found in the registry, or at least parsed, or as written. */
  readonly reference: Pick<ResolvedReference, 'repository' | 'tag'> & { readonly digest?: string };
  /** At least one. */
  readonly errors: readonly ScraperError[];
}

export interface Gathered {
  /** In the order of the selection; what came to nothing stands last. */
  readonly images: readonly (WalkedImage | Unresolved)[];
  /** Manifests read only to find out what they are about. */
  readonly scannedManifests: number;
}

/** Selects, resolves and walks, so that all that is wrong is known before the first byte is written. */
export async function gatherImages(options: GatherOptions): Promise<Gathered> {
  const { driver, selection, platforms, rename, signal, observer } = options;
  const { warn, warnFor, flush } = orderedWarnings(warning => observer.onWarning?.(warning));
  const source = registrySource(driver, warn);
  const load = manifestLoader(source);
  const finderAfter = (scanned: () => number): ReferrerFinder =>
    referrerFinder({ source, signal, warn, onScan: count => observer.onScan?.(scanned() + count) });
  const finder = finderAfter(() => 0);
  if (await source.databaseInUse()) warn(databaseInUse());
  const created = (repository: string, tag: string): Promise<number | undefined> =>
    createdAt({ source, load, repository }, tag);
  const suggest = suggester(source);
  const { chosen, failures } = await select({ selection, source, suggest, createdAt: created, signal, warn });
  flush();
  // a second look must not come by what a first one remembers
  const looks = {
    first: { load, finder },
    second: { load: manifestLoader(source), finder: finderAfter(finder.scanned) },
  };
  const share = sharedGraphs();
  let done = 0;

  async function look(one: Chosen, which: keyof typeof looks): Promise<Look> {
    const { load, finder } = looks[which];
    const warnings: Warning[] = [];
    const warn = (warning: Warning): unknown => warnings.push(warning);
    signal.throwIfAborted();
    let image: ResolvedReference | undefined;
    try {
      image = await resolveReference(source, one.reference, warn, {
        library: one.origin !== undefined,
        suggest,
        byPattern: !one.exact,
      });
      const result = await walkWithBelongings(image, {
        ...{ source, load, signal, warn },
        ...(platforms.length > 0 && { choose: choosePlatforms(platforms) }),
        ...(options.referrers && { referrers: { ...options.referrers, finder } }),
      });
      return { ...result, image, warnings };
    } catch (error) {
      if (!isScraperError(error) || error === signal.reason) throw error;
      return { failures: [error], ...(image && { image }), warnings };
    }
  }

  async function resolveOne(one: Chosen, position: number): Promise<WalkedImage | Unresolved | undefined> {
    const warnHere = warnFor(position);
    try {
      const found = await lookTwice(source, which => look(one, which));
      if ('failures' in found && (await vanished(source, one))) {
        warnHere({
          code: 'TAG_VANISHED',
          message: `${one.reference} was deleted while the registry was read; it is left out`,
        });
        return undefined;
      }
      found.warnings.forEach(warnHere);
      if ('graph' in found) {
        return {
          reference: found.image,
          graph: share(found.graph),
          name: rename(found.image.repository),
          reasons: reasonsOf(one),
        };
      }
      return {
        requested: one.reference,
        reference: found.image ?? asParsed(one.reference),
        errors: found.failures.map(error => located(withReference(error, one.reference), one.origin)),
      };
    } finally {
      done += 1;
      observer.onResolve?.(done, chosen.length);
    }
  }

  const results = await pMap(chosen, resolveOne, { concurrency: CONCURRENCY }).finally(flush);
  const fruitless = failures.map(({ entry, error }): Unresolved => {
    const requested = entry?.text ?? error.details.reference ?? '';
    return {
      requested,
      reference: asParsed(requested),
      errors: [entry ? located(withReference(error, requested), entry.origin) : error],
    };
  });
  return {
    images: [...results.filter(result => result !== undefined), ...fruitless],
    scannedManifests: finder.scanned() + looks.second.finder.scanned(),
  };
}

/** Images are resolved side by side; what is odd about them is told in their order all the same, later. */
function orderedWarnings(tell: (warning: Warning) => void): {
  readonly warn: (warning: Warning) => void;
  readonly warnFor: (position: number) => (warning: Warning) => void;
  readonly flush: () => void;
} {
  const general: Warning[] = [];
  const particular = new Map<number, Warning[]>();
  return {
    warn: warning => general.push(warning),
    warnFor(position) {
      const own: Warning[] = [];
      particular.set(position, own);
      return warning => own.push(warning);
    },
    flush() {
      const sorted = general
        .splice(0)
        .map(warning => JSON.stringify(warning))
        .sort();
      for (const text of sorted) tell(JSON.parse(text) as Warning);
      const positions = [...particular.keys()].sort((a, b) => a - b);
      for (const position of positions) particular.get(position)?.forEach(tell);
    },
  };
}

/** An error of something that a list names says where. */
function located(error: ScraperError, origin: Origin | undefined): ScraperError {
  if (!origin) return error;
  return new ScraperError(error.code, `${placeOf(origin)}: ${error.message}`, {
    ...error.details,
    cause: error,
  });
}

function reasonsOf({ reasons, origin }: Chosen): readonly string[] {
  return origin ? [...reasons, `listed in ${placeOf(origin)}`] : reasons;
}

/** Whether a tag that a pattern found is gone by now: nobody asked for it by name, so it is no failure. */
async function vanished(source: RegistrySource, { exact, reference }: Chosen): Promise<boolean> {
  if (exact) return false;
  const { repositories, tag } = parseReference(reference);
  if (tag === undefined) return false;
  try {
    return !(await source.hasTagDirectory(repositories[0], tag));
  } catch (error) {
    if (!isScraperError(error)) throw error;
    return false; // what failed first says more
  }
}

/** What a reference that was not found says by itself; of a pattern, and of what is no reference, the name part as written. */
function asParsed(text: string): Unresolved['reference'] {
  try {
    const { repositories, tag = null, digest } = parseReference(text);
    return { repository: repositories.at(-1) ?? '', tag, ...(digest && { digest }) };
  } catch (error) {
    if (!isScraperError(error)) throw error;
    const [named = ''] = text.split('@', 1);
    const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
    return { repository: colon === -1 ? named : named.slice(0, colon), tag: null };
  }
}
