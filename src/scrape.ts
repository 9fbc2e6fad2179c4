import { copyPlan, type CopyResult } from './copy.ts';
import { isScraperError, ScraperError, toFailure, type Failure, type Warning } from './errors.ts';
import { gatherImages, type Gathered, type GatherOptions } from './gather.ts';
import type { Observer } from './observer.ts';
import type { Plan } from './plan.ts';
import { makePlan, placesOf, type WalkedImage } from './planner.ts';
import { parsePath } from './registry/layout.ts';
import type { Report } from './report.ts';
import { makeReport } from './reporter.ts';
import { findCollisions, type RenamedImage } from './select/rename.ts';
import type { Sink } from './sink/sink.ts';
import { emptyOutput, surveyOutput } from './sink/survey.ts';

export interface ScrapeOptions extends GatherOptions {
  /** Absent only in a dry run without an output. */
  readonly sink?: Sink;
  readonly dryRun: boolean;
  /** Ship what can be shipped whole, report the rest. */
  readonly keepGoing: boolean;
  /** Re-hash blobs that the output already has. */
  readonly verifyExisting: boolean;
  /** What was odd before anything was read; it comes first in the report. */
  readonly warnings?: readonly Warning[];
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
  for (const warning of options.warnings ?? []) warn(warning);
  const watching: Observer = { ...observer, onWarning: warn };
  const outcome: { plan?: Plan; gathered?: Gathered; copied?: CopyResult } = {};
  try {
    const gathered = await gatherImages({ ...options, observer: watching });
    outcome.gathered = gathered;
    const walked = gathered.images.filter(image => 'graph' in image);
    const collisions = findCollisions(walked.flatMap(landingsOf));
    failures.push(...collisions.map(toFailure));
    const output = sink ? await surveyOutput(sink, placesOf(walked)) : emptyOutput;
    const plan = makePlan(walked, output);
    outcome.plan = plan;
    signal.throwIfAborted();
    observer.onPlan?.(plan);
    const blocked = collisions.length > 0 || (walked.length < gathered.images.length && !keepGoing);
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
    dryRun,
    warnings,
    failures,
    durationMs: Math.round(now() - started),
  });
}

/** All the tags that an image gets in the output. */
function landingsOf({ reference, graph, name: repository }: WalkedImage): readonly RenamedImage[] {
  const { tag, digest } = reference;
  const source = `${reference.repository}${tag === null ? `@${digest}` : `:${tag}`}`;
  const others = graph.tags.map(one => ({
    source: `${reference.repository}:${one.tag}`,
    repository,
    tag: one.tag,
    digest: one.target,
  }));
  return [{ source, repository, tag, digest }, ...others];
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

/** Says which tags of the output will point elsewhere: the images' own, and digest tags of what belongs to them. */
function warnMovedTags(
  { images }: Plan,
  existing: ReadonlyMap<string, string>,
  warn: (warning: Warning) => void,
): void {
  for (const { links, requested, name } of images) {
    for (const { path, target } of links) {
      const before = existing.get(path);
      const spec = before === undefined || before === target ? undefined : parsePath(path);
      if (spec?.kind !== 'tagLink') continue;
      const message = `tag ${spec.tag} of ${name} in the output moves from ${String(before)} to ${target}`;
      warn({ code: 'TAG_MOVED', message, reference: requested, digest: target });
    }
  }
}
