import type { Observer } from '../observer.ts';
import type { Report } from '../report.ts';
import { scrape } from '../scrape.ts';
import { directorySink } from '../sink/directory.ts';
import { openDataDir } from '../registry/locate.ts';
import { spawnTransferWorker } from '../transfer/spawn.ts';
import type { ScrapeCommandOptions } from './options.ts';
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
  const { references, output, dryRun, keepGoing, verifyExisting, link, concurrency } = options;
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
  return scrape({
    references,
    driver: source.driver,
    ...(sink && { sink }),
    dryRun,
    keepGoing,
    verifyExisting,
    ...context,
  });
}
