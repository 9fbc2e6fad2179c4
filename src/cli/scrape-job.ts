import type { BundleBlob, BundleManifest } from '../bundle/manifest.ts';
import { withBase } from '../bundle/with-base.ts';
import type { Failure, Warning } from '../errors.ts';
import type { BaseUnion } from '../inventory/base.ts';
import type { Output } from '../output.ts';
import type { Report } from '../report.ts';
import { scrape } from '../scrape.ts';
import { unusedRules, type RenameRule } from '../select/rename.ts';
import { accidentHint } from './accident.ts';
import type { JobContext } from './attend.ts';
import type { ScrapeCommandOptions } from './options.ts';
import { parseSelection } from './selection.ts';
import { checkOutput, checkOutputFile } from './output-check.ts';
import { openRegistry } from './open-registry.ts';
import type { OpenedRegistry } from './opened-registry.ts';
import type { scrapeOutput } from './scrape-output.ts';

/**
 * Connects a registry's storage directory, a sink and the core.
 * @throws ScraperError where the data directory or the output cannot be used at all
 */
export async function scrapeJob(options: ScrapeCommandOptions, context: JobContext): Promise<Report> {
  const { output, dryRun, keepGoing } = options;
  const { references, cwd } = options;
  const { selection, platforms, referrers, rename, rules, warnings, unusedTypes } = await parseSelection(
    references,
    options.selection,
    { cwd, ...context },
  );
  const { signal } = context;
  const source = await openRegistry(options.dataDir, { signal });
  const report = await scrapeFrom(source).finally(source.close);
  const shipped = report.images.some(({ status }) => status !== 'failed');
  const unused = shipped ? [...unusedRenames(report, rules), ...unusedTypes()] : [];
  for (const warning of unused) context.observer.onWarning?.(warning);
  const explained = explainDelta(report, source);
  return explainAccident({ ...explained, warnings: [...report.warnings, ...unused] }, references, cwd);

  async function scrapeFrom({ place, own, manifest }: OpenedRegistry): Promise<Report> {
    if (output?.kind === 'directory') await checkOutput(output, place);
    for (const file of [output?.kind === 'archive' ? output.path : undefined, options.archive.manifest])
      if (file !== undefined) await checkOutputFile(file, place);
    const base = await basesOf(options.archive.base, signal);
    const left = await leftToBoth(manifest, base);
    const to = output && (await outputOf(options, { base, tty: context.tty, signal }));
    return scrape({
      ...{ selection, platforms, referrers, rename, warnings },
      driver: left.length > 0 ? withBase(own, left) : own,
      ...(to && { output: to }),
      ...(base && { has: base.has }),
      dryRun,
      keepGoing,
      ...context,
    });
  }
}

// What few calls need is loaded by those, so that the others are quick.

async function basesOf(paths: readonly string[], signal: AbortSignal): Promise<BaseUnion | undefined> {
  if (paths.length === 0) return undefined;
  const { openBases } = await import('./open-base.ts');
  return openBases(paths, signal);
}

async function outputOf(...args: Parameters<typeof scrapeOutput>): Promise<Output | undefined> {
  const { scrapeOutput } = await import('./scrape-output.ts');
  return scrapeOutput(...args);
}

/** Blobs of which a delta that is scraped has no bytes, and of which none are needed, because they are left out again. */
async function leftToBoth(
  manifest: BundleManifest | undefined,
  base: BaseUnion | undefined,
): Promise<readonly BundleBlob[]> {
  const left: BundleBlob[] = [];
  for (const blob of manifest?.base?.blobs ?? [])
    if (await base?.has(blob.digest, blob.size)) left.push(blob);
  return left;
}

/** Where a delta is scraped, says of what it leaves to its base that it does. */
function explainDelta(report: Report, { name, manifest }: OpenedRegistry): Report {
  const left = new Set<string>(manifest?.base?.blobs.map(({ digest }) => digest));
  if (left.size === 0) return report;
  const hint = `${name} is a delta, and leaves this to its base: apply it there and scrape that registry, or give the same --base`;
  const explain = (error: Failure): Failure =>
    error.code === 'BLOB_UNKNOWN' && left.has(error.digest ?? '') ? { ...error, hint } : error;
  return { ...report, errors: report.errors.map(explain) };
}

/** A rule that renamed nothing is most likely a slip. */
function unusedRenames({ images }: Report, rules: readonly RenameRule[]): readonly Warning[] {
  const repositories = images.map(({ repository }) => repository);
  return unusedRules(rules, repositories).map(({ text }) => ({
    code: 'RENAME_UNUSED',
    message: `--rename ${text} applies to no repository that was selected`,
    hint: 'FROM is the name that the repository has in this registry',
  }));
}

/** Where arguments that failed are names of files, says what the shell has probably done. */
function explainAccident(report: Report, references: readonly string[], cwd: string): Report {
  const failed = report.images.filter(({ status }) => status === 'failed').map(({ requested }) => requested);
  const hint = accidentHint(failed, references, cwd);
  const [first, ...others] = report.errors;
  if (hint === undefined || !first) return report;
  return { ...report, errors: [{ ...first, hint }, ...others] };
}
