import { changeTeller } from './changed.ts';
import type { CopyResult } from './copy.ts';
import { isScraperError, toFailure, type Failure, type ScraperError, type Warning } from './errors.ts';
import { gatherImages, type GatherOptions, type Unresolved } from './gather.ts';
import type { Observer } from './observer.ts';
import type { Output, ShapedPlan } from './output.ts';
import type { Plan } from './plan.ts';
import type { WalkedImage } from './lay-out.ts';
import { preparePlan, type Prepared, type PrepareOptions } from './prepare.ts';
import { pathFor } from './registry/layout.ts';
import type { Report } from './report.ts';
import { makeReport, type GatheredNames } from './reporter.ts';
import { findCollisions, type RenamedImage } from './select/rename.ts';

export interface ScrapeOptions extends GatherOptions {
  /** Absent only in a dry run without an output. */
  readonly output?: Output;
  /** What the other side has already; see {@link PrepareOptions}. */
  readonly has?: PrepareOptions['has'];
  readonly dryRun: boolean;
  /** Ship what can be shipped whole, report the rest. */
  readonly keepGoing: boolean;
  /** What was odd before anything was read; it comes first in the report. */
  readonly warnings?: readonly Warning[];
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
}

/**
 * The main job: references → resolve → graph → fallback tags → plan → copy and verify → report. Whatever is wrong with the
 * references, the source or the output is in the report's `errors`.
 * @throws only what is no ScraperError: a defect of this program
 */
export async function scrape(options: ScrapeOptions): Promise<Report> {
  const { output, has, dryRun, keepGoing, signal, observer, now } = options;
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
  const outcome: { plan?: Plan; gathered?: GatheredNames; copied?: CopyResult } = {};
  let collisions: readonly ScraperError[] = [];

  /** The graphs end here: with a hundred thousand links they weigh as much as the plan. */
  async function prepare(): Promise<Prepared> {
    const gathered = await gatherImages({ ...options, observer: watching });
    outcome.gathered = { ...gathered, images: gathered.images.map(withoutGraph) };
    const walked = gathered.images.filter(image => 'graph' in image);
    collisions = findCollisions(walked.flatMap(landingsOf));
    failures.push(...collisions.map(toFailure));
    const { sink } = output ?? {};
    return preparePlan(walked, { warn, dryRun, ...(sink && { sink }), ...(has && { has }) });
  }

  try {
    const prepared = await prepare();
    const context = { driver: options.driver, signal, observer: watching };
    const changes = changeTeller(options.driver);
    const shaped = await output?.shape?.(prepared.plan, context).catch(async (error: unknown) => {
      throw isScraperError(error) ? await changes.explain(prepared.plan, error) : error;
    });
    shaped?.notes.forEach(warn);
    const { plan } = shaped ?? prepared;
    if (shaped && outcome.gathered) outcome.gathered = withoutFailed(outcome.gathered, prepared.plan, shaped);
    const asked = outcome.gathered?.images.length ?? 0;
    outcome.plan = plan;
    signal.throwIfAborted();
    observer.onPlan?.(plan);
    const blocked = collisions.length > 0 || (plan.images.length < asked && !keepGoing);
    if (output && !dryRun && !blocked) {
      warnMovedTags(prepared, warn);
      outcome.copied = await changes.explainAll(plan, await output.carry(plan, context));
    }
  } catch (error) {
    if (!isScraperError(error)) throw error;
    failures.push(toFailure(error));
  }
  return makeReport({
    command: 'scrape',
    ...outcome,
    dryRun,
    warnings,
    failures,
    durationMs: Math.round(now() - started),
  });
}

/** What the output cannot hold counts as not found. */
function withoutFailed(gathered: GatheredNames, { images }: Plan, { failed }: ShapedPlan): GatheredNames {
  // the plan has those that were resolved, in the same order
  const planned = images.values();
  const left = gathered.images.map(image => {
    if ('errors' in image) return image;
    const { value } = planned.next();
    const error = value && failed.get(value);
    const { reference } = image;
    return error ? { requested: reference.requested, reference, errors: [error] } : image;
  });
  return { ...gathered, images: left };
}

function withoutGraph(image: WalkedImage | Unresolved): GatheredNames['images'][number] {
  return 'errors' in image ? image : { reference: image.reference };
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

/** Says which tags of the output will point elsewhere: the images' own, and digest tags of what belongs to them. */
function warnMovedTags({ plan, output, merged }: Prepared, warn: (warning: Warning) => void): void {
  for (const { links, requested, name } of plan.images) {
    for (const link of links) {
      if (link.kind !== 'tagLink') continue;
      const { tag, target } = link;
      const path = pathFor(link);
      const before = merged.has(path) ? undefined : output.links.get(path);
      if (before === undefined || before === target) continue;
      const message = `tag ${tag} of ${name} in the output moves from ${before} to ${target}`;
      warn({ code: 'TAG_MOVED', message, reference: requested, digest: target });
    }
  }
}
