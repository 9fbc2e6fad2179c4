import { sinkOutput } from '../output.ts';
import type { Report } from '../report.ts';
import { scrape, type ScrapeOptions } from '../scrape.ts';
import { directorySink, type DirectorySinkOptions } from '../sink/directory.ts';
import { memorySink, type MemoryOutput } from '../sink/memory.ts';
import type { Selection } from '../select/selection.ts';
import type { Sink } from '../sink/sink.ts';
import { filesystemDriver } from '../storage/filesystem.ts';
import { spawnTransferWorker } from '../transfer/spawn.ts';
import type { RegistryBuilder } from './registry.ts';
import { listTree, type Listing } from './tree.ts';

/** What a test may choose; everything else is as a plain call of the program would have it. */
export interface ScrapeSettings extends Partial<Omit<ScrapeOptions, 'selection' | 'output'>> {
  readonly verifyExisting?: boolean;
}

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

/** These references and patterns, and nothing that narrows them. */
export function selectionOf(references: string | readonly string[]): Selection {
  const texts = typeof references === 'string' ? [references] : references;
  return { entries: texts.map(text => ({ text })), exclude: [], prerelease: false };
}

function defaults(): Omit<ScrapeOptions, 'selection' | 'driver'> {
  return {
    platforms: [],
    referrers: undefined,
    rename: repository => repository,
    dryRun: false,
    keepGoing: false,
    signal: new AbortController().signal,
    observer: {},
    now: () => 0,
  };
}

/** Scrapes out of a tree in memory into another one. */
export async function scrapeTree(
  registry: Pick<RegistryBuilder, 'driver'>,
  references: string | readonly string[],
  {
    output = new Map(),
    sink = memorySink(output),
    verifyExisting = false,
    ...settings
  }: MemoryScrapeSettings = {},
): Promise<Scraped> {
  const report = await scrape({
    ...defaults(),
    driver: settings.driver ?? registry.driver(),
    ...settings,
    ...(sink && { output: sinkOutput(sink, { keepGoing: settings.keepGoing ?? false, verifyExisting }) }),
    selection: selectionOf(references),
  });
  return { report, output, listing: listTree(output) };
}

export interface LocalSettings {
  readonly link?: boolean;
  readonly concurrency?: number;
  /** The program's own threads if absent. */
  readonly spawn?: DirectorySinkOptions['spawn'];
}

/** A sink into a local directory. */
export function localSink(
  root: string,
  { link = false, concurrency = 2, spawn = spawnTransferWorker }: LocalSettings = {},
): Sink {
  return directorySink({ root, link, concurrency, spawn, now: Date.now });
}

export interface DirectoryScrapeSettings extends ScrapeSettings, LocalSettings {
  /** Instead of a sink into the output directory. */
  readonly sink?: Sink;
}

/** Scrapes from one directory into another, as the program does. */
export function scrapeDirectory(
  from: string,
  to: string,
  references: string | readonly string[],
  { sink, verifyExisting = false, ...settings }: DirectoryScrapeSettings = {},
): Promise<Report> {
  return scrape({
    ...defaults(),
    driver: filesystemDriver({ root: from }),
    output: sinkOutput(sink ?? localSink(to, settings), {
      keepGoing: settings.keepGoing ?? false,
      verifyExisting,
    }),
    ...settings,
    selection: selectionOf(references),
  });
}
