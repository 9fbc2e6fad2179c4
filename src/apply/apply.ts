import { changeTeller } from '../changed.ts';
import { copyPlan, type CopyResult } from '../copy.ts';
import { isScraperError, toFailure, type Failure, type Warning } from '../errors.ts';
import type { Observer } from '../observer.ts';
import type { Plan, PlannedLink } from '../plan.ts';
import { checkSpace, preparePlan } from '../prepare.ts';
import { pathFor } from '../registry/layout.ts';
import type { Report } from '../report.ts';
import { makeReport } from '../reporter.ts';
import type { Sink } from '../sink/sink.ts';
import type { StorageDriver } from '../storage/driver.ts';
import type { Contents, OpeningWatch } from './contents.ts';
import { walkEverything, type Everything } from './everything.ts';
import { movedTag, movedTags, tagExists, type MovedTag, type TagPolicy } from './existing-tags.ts';
import { listChanged, mergeReferrers, type MergedReferrers } from './merge-referrers.ts';
import { overlayDriver } from './overlay.ts';

export interface ApplyOptions {
  /** Opens what is applied; may write blobs of it already. Throws ScraperError. */
  readonly open: (watch: OpeningWatch) => Promise<Contents>;
  /** The registry's storage that is written into, which may be in use. */
  readonly sink: Sink;
  /** The same storage, to be read. */
  readonly target: StorageDriver;
  readonly onExistingTag: TagPolicy;
  readonly dryRun: boolean;
  /** Re-hash blobs that the target already has. */
  readonly verifyExisting: boolean;
  /** What was odd before; it comes first in the report. */
  readonly warnings?: readonly Warning[];
  readonly signal: AbortSignal;
  readonly observer: Observer;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
}

/** What an apply did. */
export interface ApplyReport extends Report {
  /** Tags that pointed elsewhere before. */
  readonly movedTags: readonly MovedTag[];
}

/**
 * Brings everything that a bundle or a registry holds into another registry, which serves old and new all the while: first all
 * is walked and what is missing is found, then blobs are proved and written, then links in the order of a scrape.
 * Whatever is wrong is in the report's `errors`; in that case nothing of the image concerned is visible.
 * @throws only what is no ScraperError: a defect of this program
 */
export async function apply(options: ApplyOptions): Promise<ApplyReport> {
  const { sink, target, dryRun, onExistingTag, signal, observer, now } = options;
  const started = now();
  const warnings: Warning[] = [];
  const failures: Failure[] = [];
  const moved = new Map<string, MovedTag>();
  const note = (one: MovedTag): void => {
    const merged = lists.merged.has(pathFor({ ...one, kind: 'tagLink' }));
    moved.set(`${one.repository}:${one.tag}`, { ...one, ...(merged && { merged }) });
  };
  const warn = (warning: Warning): void => {
    warnings.push(warning);
    observer.onWarning?.(warning);
  };
  for (const warning of options.warnings ?? []) warn(warning);
  const watching: Observer = { ...observer, onWarning: warn };
  const outcome: { plan?: Plan; walked?: Everything; copied?: CopyResult } = {};
  let lists: Omit<MergedReferrers, 'images'> = { before: new Map(), merged: new Set() };
  let received = 0;
  try {
    const contents = await options.open({
      warn,
      onWritten: size => {
        received += size;
      },
    });
    const driver = overlayDriver(contents.driver, target);
    const walked = await walkEverything({
      ...{ driver, signal, warn },
      onWalked: (done, total) => observer.onResolve?.(done, total),
    });
    failures.push(...walked.failures.map(toFailure));
    const keeping = onExistingTag === 'keep';
    const merged = keeping ? undefined : await mergeReferrers(walked.images, { driver, target, sink, warn });
    const { images } = merged ?? walked;
    lists = merged ?? lists;
    outcome.walked = { ...walked, images };
    const { plan, output } = await preparePlan(images, { sink, warn });
    outcome.plan = plan;
    const before = movedTags(plan, output.links, onExistingTag);
    before.forEach(note);
    if (before.length > 0 && onExistingTag === 'fail') failures.push(toFailure(tagExists(before)));
    signal.throwIfAborted();
    observer.onPlan?.(plan);
    if (!dryRun && failures.length === 0) {
      await checkSpace(sink, plan);
      const copied = await copyPlan({
        ...{ plan, driver, sink, signal, observer: watching, admitTag },
        keepGoing: false,
        verifyExisting: options.verifyExisting,
      });
      outcome.copied = await changeTeller(driver).explainAll(plan, copied);
    }
  } catch (error) {
    if (!isScraperError(error)) throw error;
    failures.push(toFailure(error));
  }
  const report = makeReport({
    command: 'apply',
    ...{ dryRun, warnings, failures },
    ...(outcome.plan && { plan: outcome.plan }),
    ...(outcome.copied && { copied: outcome.copied }),
    ...(outcome.walked && { gathered: { images: outcome.walked.images, scannedManifests: 0 } }),
    durationMs: Math.round(now() - started),
  });
  const { copiedBytes, skippedBytes } = report.totals;
  const totals = {
    ...report.totals,
    copiedBytes: copiedBytes + received,
    // what was written before the plan was made seems to have been there; not all of it, if the plan has not everything
    skippedBytes: Math.max(0, skippedBytes - received),
  };
  return { ...report, totals, movedTags: [...moved.values()] };

  /** A running registry may have moved the tag since it was looked at. */
  async function admitTag(link: PlannedLink): Promise<boolean> {
    const path = pathFor(link);
    const there = await sink.readLink(path);
    const found = movedTag(link, there, onExistingTag);
    if (found && lists.before.has(path) && lists.before.get(path) !== there)
      throw listChanged(`${found.repository}:${found.tag}`, there);
    if (!found) return true;
    if (onExistingTag === 'fail') throw tagExists([found]);
    note(found);
    return !found.kept;
  }
}
