import pMap from 'p-map';
import { copyPlan, type CopyResult } from './copy.ts';
import {
  isScraperError,
  ScraperError,
  toFailure,
  withReference,
  type Failure,
  type Warning,
} from './errors.ts';
import { manifestLoader } from './graph/load.ts';
import { resolveReference } from './graph/resolve.ts';
import { walkImage } from './graph/walk.ts';
import type { Observer } from './observer.ts';
import { parseReference } from './oci/reference.ts';
import type { Plan } from './plan.ts';
import { makePlan, placesOf, type WalkedImage } from './planner.ts';
import { registrySource } from './registry/source.ts';
import type { Report } from './report.ts';
import { makeReport, type Unresolved } from './reporter.ts';
import type { Sink } from './sink/sink.ts';
import { emptyOutput, surveyOutput } from './sink/survey.ts';
import type { StorageDriver } from './storage/driver.ts';

/** Images resolved at once; each is a chain of small reads. */
const CONCURRENCY = 16;

export interface ScrapeOptions {
  /** References as the user gave them. */
  readonly references: readonly string[];
  readonly driver: StorageDriver;
  /** Absent only in a dry run without an output. */
  readonly sink?: Sink;
  readonly dryRun: boolean;
  /** Ship what can be shipped whole, report the rest. */
  readonly keepGoing: boolean;
  /** Re-hash blobs that the output already has. */
  readonly verifyExisting: boolean;
  readonly signal: AbortSignal;
  readonly observer: Observer;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
}

/**
 * The main job: references → resolve → graph → plan → copy and verify → report. Whatever is wrong with the references, the
 * source or the output is in the report's `errors`.
 * @throws only what is no ScraperError: a defect of this program
 */
export async function scrape(options: ScrapeOptions): Promise<Report> {
  const { sink, dryRun, keepGoing, signal, observer, now } = options;
  const started = now();
  const warnings: Warning[] = [];
  const failures: Failure[] = [];
  // several images lead over the same link: what is odd about it is said once
  const said = new Set<string>();
  const warn = (warning: Warning): void => {
    const key = JSON.stringify(warning);
    if (said.has(key)) return;
    said.add(key);
    warnings.push(warning);
    observer.onWarning?.(warning);
  };
  const watching: Observer = { ...observer, onWarning: warn };
  const outcome: { plan?: Plan; unresolved: readonly Unresolved[]; copied?: CopyResult } = { unresolved: [] };
  try {
    const { walked, unresolved } = await resolveAll({ ...options, observer: watching });
    outcome.unresolved = unresolved;
    const output = sink ? await surveyOutput(sink, placesOf(walked)) : emptyOutput;
    const plan = makePlan(walked, output);
    outcome.plan = plan;
    signal.throwIfAborted();
    observer.onPlan?.(plan);
    const blocked = unresolved.length > 0 && !keepGoing;
    if (sink && !dryRun && !blocked) {
      await checkSpace(sink, plan);
      warnMovedTags(plan, output.links, warn);
      outcome.copied = await copyPlan({ ...options, sink, plan, observer: watching });
    }
  } catch (error) {
    if (!isScraperError(error)) throw error;
    failures.push(toFailure(error));
  }
  return makeReport({
    ...outcome,
    references: options.references,
    dryRun,
    warnings,
    failures,
    durationMs: Math.round(now() - started),
  });
}

/** Resolves and walks every reference, so that all that is wrong is known before the first byte is written. */
async function resolveAll(
  options: ScrapeOptions,
): Promise<{ readonly walked: readonly WalkedImage[]; readonly unresolved: readonly Unresolved[] }> {
  const { driver, signal, observer } = options;
  const warn = (warning: Warning): void => observer.onWarning?.(warning);
  const source = registrySource(driver, warn);
  const load = manifestLoader(source);
  const references = [...new Set(options.references)];
  let done = 0;
  if (await source.databaseInUse()) warn(databaseInUse());

  async function resolveOne(text: string): Promise<WalkedImage | Unresolved> {
    signal.throwIfAborted();
    try {
      const reference = await resolveReference(source, text, warn);
      const result = await walkImage(reference, { source, load, signal, warn });
      if ('graph' in result) return { reference, graph: result.graph };
      return { requested: text, reference, errors: result.failures.map(error => withReference(error, text)) };
    } catch (error) {
      if (!isScraperError(error) || error === signal.reason) throw error;
      return { requested: text, reference: asParsed(text), errors: [withReference(error, text)] };
    } finally {
      done += 1;
      observer.onResolve?.(done, references.length);
    }
  }

  const results = await pMap(references, resolveOne, { concurrency: CONCURRENCY });
  return {
    walked: results.filter(result => 'graph' in result),
    unresolved: results.filter(result => 'errors' in result),
  };
}

/** What a reference that was not found says by itself. */
function asParsed(text: string): Unresolved['reference'] {
  try {
    const { repositories, tag = null, digest } = parseReference(text);
    return { repository: repositories.at(-1) ?? '', tag, ...(digest && { digest }) };
  } catch {
    return { repository: '', tag: null };
  }
}

/** Refuses what cannot fit before the first byte is written. */
async function checkSpace(sink: Sink, { totals }: Plan): Promise<void> {
  const needed = totals.bytes - totals.presentBytes;
  const free = needed === 0 ? undefined : await sink.freeBytes();
  if (free === undefined || free >= needed) return;
  const message = `${sink.name} has ${String(free)} bytes free, ${String(needed)} are needed; nothing was written`;
  throw new ScraperError('NO_SPACE', message, {
    path: sink.name,
    hint: 'free some space, choose another output, or ship less',
  });
}

function warnMovedTags(
  { images }: Plan,
  existing: ReadonlyMap<string, string>,
  warn: (warning: Warning) => void,
): void {
  for (const { tag, links, requested, repository } of images) {
    const current = tag === null ? undefined : links.at(-1);
    const before = current && existing.get(current.path);
    if (current === undefined || before === undefined || before === current.target) continue;
    const message = `tag ${String(tag)} of ${repository} in the output moves from ${before} to ${current.target}`;
    warn({ code: 'TAG_MOVED', message, reference: requested, digest: current.target });
  }
}

function databaseInUse(): Warning {
  return {
    code: 'DATABASE_IN_USE',
    message:
      'this is a GitLab registry with its metadata database on: the database, not this storage, says which tags exist',
    hint: 'what is found here may be stale or incomplete; compare tags and digests with the running registry',
  };
}
