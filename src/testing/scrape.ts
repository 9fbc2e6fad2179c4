import type { Report } from '../report.ts';
import { scrape, type ScrapeOptions } from '../scrape.ts';
import { directorySink } from '../sink/directory.ts';
import { memorySink, type MemoryOutput } from '../sink/memory.ts';
import type { Sink } from '../sink/sink.ts';
import { filesystemDriver } from '../storage/filesystem.ts';
import { spawnTransferWorker } from '../transfer/spawn.ts';
import type { RegistryBuilder } from './registry.ts';
import { listTree, type Listing } from './tree.ts';

/** What a test may choose; everything else is as a plain call of the program would have it. */
export type ScrapeSettings = Partial<Omit<ScrapeOptions, 'references' | 'sink'>>;

export interface MemoryScrapeSettings extends ScrapeSettings {
  /** What the output holds already, and all that is written to it. */
  readonly output?: MemoryOutput;
  /** Instead of a sink into `output`; null for none. */
  readonly sink?: Sink | null;
}

export interface Scraped {
  readonly report: Report;
  readonly output: MemoryOutput;
  readonly listing: Listing;
}

const text = (references: string | readonly string[]): readonly string[] =>
  typeof references === 'string' ? [references] : references;

function defaults(): Omit<ScrapeOptions, 'references' | 'driver'> {
  return {
    dryRun: false,
    keepGoing: false,
    verifyExisting: false,
    signal: new AbortController().signal,
    observer: {},
    now: () => 0,
  };
}

/** Scrapes out of a tree in memory into another one. */
export async function scrapeTree(
  registry: Pick<RegistryBuilder, 'driver'>,
  references: string | readonly string[],
  { output = new Map(), sink = memorySink(output), ...settings }: MemoryScrapeSettings = {},
): Promise<Scraped> {
  const report = await scrape({
    ...defaults(),
    driver: settings.driver ?? registry.driver(),
    ...settings,
    ...(sink && { sink }),
    references: text(references),
  });
  return { report, output, listing: listTree(output) };
}

/** A sink into a local directory, with the program's own worker threads. */
export function localSink(root: string, { link = false, concurrency = 2 } = {}): Sink {
  return directorySink({ root, link, concurrency, spawn: spawnTransferWorker, now: () => Date.now() });
}

export interface DirectoryScrapeSettings extends ScrapeSettings {
  readonly link?: boolean;
  readonly concurrency?: number;
  /** Instead of a sink into the output directory. */
  readonly sink?: Sink;
}

/** Scrapes from one directory into another, as the program does. */
export function scrapeDirectory(
  from: string,
  to: string,
  references: string | readonly string[],
  { link = false, concurrency = 2, ...settings }: DirectoryScrapeSettings = {},
): Promise<Report> {
  return scrape({
    ...defaults(),
    driver: filesystemDriver({ root: from }),
    sink: localSink(to, { link, concurrency }),
    ...settings,
    references: text(references),
  });
}
