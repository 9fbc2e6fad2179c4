import { realpath } from 'node:fs/promises';
import { apply, type ApplyReport } from '../apply/apply.ts';
import { exitCodeFor, exitCodes, ScraperError, toFailure, type Warning } from '../errors.ts';
import { isWithin } from '../registry/containment.ts';
import { databaseDecides } from '../registry/database.ts';
import { registrySource } from '../registry/source.ts';
import { openTarget, type Target } from '../registry/target.ts';
import { directorySink } from '../sink/directory.ts';
import { likenessOf } from '../sink/likeness.ts';
import { isScratchName } from '../sink/scratch.ts';
import { orFailure } from '../storage/errno.ts';
import { spawnTransferWorker } from '../transfer/spawn.ts';
import type { ApplyCommandOptions } from './apply-options.ts';
import type { JobContext } from './attend.ts';
import { openApplySource, type ApplySource } from './open-apply-source.ts';

/**
 * Connects what is applied, a registry's storage directory and the core.
 * @throws ScraperError where one of the two cannot be used at all
 */
export async function applyJob(options: ApplyCommandOptions, context: JobContext): Promise<ApplyReport> {
  const { sources, verifyKey, dataDir, onExistingTag, verifyExisting, dryRun, sync, concurrency } = options;
  const target = await openTarget(dataDir, isScratchName);
  const source = await openApplySource(sources, { verifyKey, ...context });
  try {
    await checkApart(source, target);
    const sink = directorySink({
      ...{ root: target.root, link: false, concurrency, spawn: spawnTransferWorker },
      settings: { sync, like: await likenessOf(target.root, process.geteuid?.() === 0) },
      now: () => Date.now(),
    });
    const { signal, observer } = context;
    const how = { sink, onExistingTag, dryRun, verifyExisting, signal };
    const report = await apply({
      ...{ ...how, target: target.driver, warnings: await warningsAbout(target) },
      open: watch => source.open({ ...how, ...watch, onBytes: count => observer.onBytes?.(count) }),
      ...context,
    });
    return await explained(report, source, signal);
  } finally {
    await source.close();
  }
}

/** @throws ScraperError `OUTPUT_INVALID` */
async function checkApart({ name, place }: ApplySource, { root }: Target): Promise<void> {
  if (!place) return;
  const refuse = (why: string): ScraperError =>
    new ScraperError('OUTPUT_INVALID', `cannot apply ${name} to ${root}: ${why}`, {
      path: root,
      hint: 'name two directories that stand side by side',
    });
  for (const from of new Set([place.root, place.storage])) {
    const real = await orFailure(realpath(from), from, 'read');
    const [inside, around] = [await isWithin(root, real), await isWithin(real, root)];
    if (inside && around) throw refuse('they are the same registry');
    if (inside) throw refuse('the registry to write into is inside what is applied');
    if (around) throw refuse('what is applied is inside the registry to write into');
  }
}

async function warningsAbout({ driver, root }: Target): Promise<readonly Warning[]> {
  const inUse = await registrySource(driver, () => undefined).databaseInUse();
  return inUse ? [databaseDecides(root)] : [];
}

/** Where the data was found wrong, checksums beside an archive tell which of its files to fetch again. */
async function explained(
  report: ApplyReport,
  source: ApplySource,
  signal: AbortSignal,
): Promise<ApplyReport> {
  if (exitCodeFor(report.errors) !== exitCodes.integrity) return report;
  const why = await source.explain(signal);
  return why ? { ...report, errors: [toFailure(why), ...report.errors] } : report;
}
