import { availableParallelism } from 'node:os';
import path from 'node:path';
import { archiveArguments, type ArchiveArguments } from './archive-options.ts';
import { directoryDestination, parseDestination, type Destination } from './destination.ts';
import type { Invocation } from './program.ts';
import { textOf, textsOf, type RawOptions } from './raw-options.ts';
import { usageError } from './usage-error.ts';

/** How a command shows what it does. */
export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly progress: boolean;
  /** Undefined where each stream decides for itself. */
  readonly color: boolean | undefined;
}

/** What narrows and widens a selection, as typed; the same for every command that takes references. */
export interface SelectionArguments {
  /** Lists; `-` is standard input. */
  readonly from: readonly string[];
  readonly exclude: readonly string[];
  readonly tagRegex: string | undefined;
  readonly semver: string | undefined;
  readonly prerelease: boolean;
  readonly newest: string | undefined;
  readonly newestBy: string | undefined;
  readonly rename: readonly string[];
  readonly platform: readonly string[];
  /** Kinds of referrers to take, all when empty; false for none at all. */
  readonly referrers: readonly string[] | false;
}

export interface ScrapeCommandOptions extends OutputOptions {
  readonly references: readonly string[];
  readonly selection: SelectionArguments;
  /** Absolute directory that paths of lists start from. */
  readonly cwd: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Absent only in a dry run. */
  readonly output: Destination | undefined;
  readonly archive: ArchiveArguments;
  readonly dryRun: boolean;
  readonly link: boolean;
  readonly concurrency: number;
  readonly keepGoing: boolean;
  readonly verifyExisting: boolean;
  /** Wait until what is written is on the disk before anything leads to it. */
  readonly sync: boolean;
}

/** Where the stock registry images keep their data. */
export const DEFAULT_DATA_DIR = '/var/lib/registry';

/** Workers and files in flight past this number help no disk. */
const MOST_CONCURRENCY = 256;

export function outputOptions(raw: RawOptions): OutputOptions {
  return {
    json: raw['json'] === true,
    quiet: raw['quiet'] === true,
    verbose: raw['verbose'] === true,
    progress: raw['progress'] !== false,
    color: typeof raw['color'] === 'boolean' ? raw['color'] : undefined,
  };
}

/** What a command line that may be wrong asks for in presenting an error. */
export function guessOutputOptions(argv: readonly string[]): OutputOptions & { readonly dryRun: boolean } {
  const end = argv.indexOf('--');
  const words = new Set(end === -1 ? argv : argv.slice(0, end));
  const has = (...flags: readonly string[]): boolean => flags.some(flag => words.has(flag));
  return {
    json: has('--json', '--json=true'),
    quiet: has('-q', '--quiet', '--quiet=true'),
    verbose: has('--verbose', '--verbose=true'),
    progress: !has('--no-progress'),
    color: has('--no-color', '--color=false') ? false : has('--color', '--color=true') ? true : undefined,
    dryRun: has('-n', '--dry-run', '-c', '--check'),
  };
}

/** Whether there is all that a scrape cannot do without. */
export function isComplete({ words, options: raw }: Invocation): boolean {
  return (
    (words.length > 0 || raw['from'] !== undefined) &&
    (raw['dryRun'] === true || raw['output'] !== undefined || raw['outputDir'] !== undefined)
  );
}

/**
 * What a scrape was asked to do, with every default applied.
 * @param cwd absolute directory that relative paths start from
 * @throws ScraperError `USAGE`, `OUTPUT_INVALID`
 */
export function scrapeOptions({ words, options: raw }: Invocation, cwd: string): ScrapeCommandOptions {
  const selection = selectionArguments(raw);
  if (words.length === 0 && selection.from.length === 0) {
    const hint = 'name what to copy: registry-scraper team/app:1.2 -o out, or a list: --from FILE';
    throw usageError('no reference was given', hint);
  }
  const dryRun = raw['dryRun'] === true;
  const output = outputOf(raw, cwd);
  if (output === undefined && !dryRun) {
    const hint = 'name a directory or an archive with -o DEST, or look first with --dry-run';
    throw usageError('no output was given', hint);
  }
  return {
    ...outputOptions(raw),
    references: words,
    selection,
    cwd,
    dataDir: dataDirOf(raw, cwd),
    output,
    archive: archiveArguments(raw, output, cwd),
    dryRun,
    link: raw['link'] === true,
    concurrency: concurrencyOf(raw),
    keepGoing: raw['keepGoing'] === true,
    verifyExisting: raw['verifyExisting'] === true,
    sync: raw['fsync'] === true,
  };
}

/** @throws ScraperError `USAGE` */
export function selectionArguments(raw: RawOptions): SelectionArguments {
  const referrers = textsOf(raw, 'referrers');
  if (raw['noReferrers'] === true && referrers.length > 0) {
    throw usageError('both --referrers and --no-referrers were given', 'give one of them');
  }
  return {
    from: textsOf(raw, 'from'),
    exclude: textsOf(raw, 'exclude'),
    tagRegex: textOf(raw, 'tagRegex'),
    semver: textOf(raw, 'semver'),
    prerelease: raw['prerelease'] === true,
    newest: textOf(raw, 'newest'),
    newestBy: textOf(raw, 'newestBy'),
    rename: textsOf(raw, 'rename'),
    platform: textsOf(raw, 'platform'),
    referrers: raw['noReferrers'] === true ? false : referrers,
  };
}

/**
 * The data directory, absolute.
 * @throws ScraperError `USAGE`
 */
export function dataDirOf(raw: RawOptions, cwd: string): string {
  const given = textOf(raw, 'dataDir');
  if (given === '') throw usageError('the data directory has no name', 'write -d DIR');
  return path.resolve(cwd, given ?? DEFAULT_DATA_DIR);
}

function outputOf(raw: RawOptions, cwd: string): Destination | undefined {
  const output = textOf(raw, 'output');
  const directory = textOf(raw, 'outputDir');
  if (output !== undefined && directory !== undefined) {
    throw usageError('both --output and --output-dir were given', 'give one of them');
  }
  if (directory !== undefined) return directoryDestination(directory, cwd);
  return output === undefined ? undefined : parseDestination(output, cwd);
}

export function concurrencyOf(raw: RawOptions): number {
  const given = textOf(raw, 'concurrency');
  if (given === undefined) return Math.min(availableParallelism(), MOST_CONCURRENCY);
  const number = /^[0-9]{1,4}$/.test(given) ? Number(given) : 0;
  if (number >= 1 && number <= MOST_CONCURRENCY) return number;
  throw usageError(
    `--concurrency must be a whole number from 1 to ${String(MOST_CONCURRENCY)}, found "${given}"`,
  );
}
