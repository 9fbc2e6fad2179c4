import { statSync, type Stats } from 'node:fs';
import path from 'node:path';
import type { Warning } from '../errors.ts';
import type { Observer } from '../observer.ts';
import type { Report } from '../report.ts';
import { scrape } from '../scrape.ts';
import { unusedRules, type RenameRule } from '../select/rename.ts';
import { looksLikeShellAccident } from '../select/shell-accident.ts';
import { directorySink } from '../sink/directory.ts';
import { openDataDir } from '../registry/locate.ts';
import { spawnTransferWorker } from '../transfer/spawn.ts';
import type { ScrapeCommandOptions } from './options.ts';
import { parseSelection } from './selection.ts';
import { checkOutput } from './output-check.ts';

export interface JobContext {
  readonly observer: Observer;
  readonly signal: AbortSignal;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
}

/**
 * Connects a registry's storage directory, a sink and the core.
 * @throws ScraperError where the data directory or the output cannot be used at all
 */
export async function scrapeJob(options: ScrapeCommandOptions, context: JobContext): Promise<Report> {
  const { output, dryRun, keepGoing, verifyExisting, link, concurrency } = options;
  const { references, cwd } = options;
  const { selection, platforms, referrers, rename, rules, warnings } = await parseSelection(
    references,
    options.selection,
    cwd,
  );
  const source = await openDataDir(options.dataDir);
  if (output) await checkOutput(output, source);
  const sink =
    output &&
    directorySink({
      root: output.path,
      link,
      concurrency,
      spawn: spawnTransferWorker,
      now: () => Date.now(),
    });
  const report = await scrape({
    ...{ selection, platforms, referrers, rename, warnings },
    driver: source.driver,
    ...(sink && { sink }),
    dryRun,
    keepGoing,
    verifyExisting,
    ...context,
  });
  return explainAccident(warnUnusedRules(report, rules), references, cwd);
}

/** A rule that renamed nothing is most likely a slip. */
function warnUnusedRules(report: Report, rules: readonly RenameRule[]): Report {
  const unused = unusedRules(
    rules,
    report.images.map(({ repository }) => repository),
  );
  const warnings = unused.map(({ text }): Warning => ({
    code: 'RENAME_UNUSED',
    message: `--rename ${text} applies to no repository that was selected`,
  }));
  return { ...report, warnings: [...report.warnings, ...warnings] };
}

/** Where arguments that failed are names of files, says what the shell has probably done. */
function explainAccident(report: Report, references: readonly string[], cwd: string): Report {
  const failed = report.images.filter(({ status }) => status === 'failed').map(({ requested }) => requested);
  const given = new Set(references);
  const placeOf = (name: string): Stats | undefined =>
    name === '' ? undefined : statSync(path.resolve(cwd, name), { throwIfNoEntry: false });
  const found = failed.filter(text => given.has(text) && placeOf(text) !== undefined);
  // one directory of that name is a coincidence, and no list that could be read
  const likely = found.length > 1 || placeOf(found[0] ?? '')?.isFile() === true;
  const accident = likely ? looksLikeShellAccident(found, () => true) : undefined;
  const [first, ...others] = report.errors;
  if (!accident || !first) return report;
  const hint = `${accident.message}; ${accident.hint}`;
  return { ...report, errors: [{ ...first, hint }, ...others] };
}
