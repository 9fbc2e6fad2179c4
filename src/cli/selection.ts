import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { Warning } from '../errors.ts';
import { parsePlatform, type Platform } from '../oci/platform.ts';
import { parseRange, parseTagRegex } from '../select/filters.ts';
import { compileGlob } from '../select/glob.ts';
import { readAtMost, readLists } from '../select/list/read.ts';
import { parseNewest, parseNewestBy } from '../select/newest.ts';
import { parseRename, renamer, type RenameRule } from '../select/rename.ts';
import type { Selection } from '../select/selection.ts';
import type { SelectionArguments } from './options.ts';
import { usageError } from './usage-error.ts';

/** What a command line selects, ready for the core. */
export interface ParsedSelection {
  readonly selection: Selection;
  readonly platforms: readonly Platform[];
  readonly referrers: { readonly takes?: (kind: string) => boolean } | undefined;
  readonly rules: readonly RenameRule[];
  readonly rename: (repository: string) => string;
  /** What was odd about the lists. */
  readonly warnings: readonly Warning[];
}

/**
 * Parses what selects images, and reads the lists.
 * @param cwd absolute directory that relative paths start from
 * @throws ScraperError `USAGE`, `LIST_INVALID`, and what reading a list throws
 */
export async function parseSelection(
  references: readonly string[],
  given: SelectionArguments,
  cwd: string,
): Promise<ParsedSelection> {
  const platforms = given.platform.flatMap(text => text.split(',')).map(text => parsePlatform(text.trim()));
  const rules = given.rename.map(parseRename);
  const count = given.newest === undefined ? undefined : parseNewest(given.newest);
  const by = given.newestBy === undefined ? undefined : parseNewestBy(given.newestBy);
  if (by !== undefined && count === undefined) {
    throw usageError('--newest-by says how to order, but --newest does not say how many', 'add --newest N');
  }
  const tagRegex = given.tagRegex === undefined ? undefined : parseTagRegex(given.tagRegex);
  const semver = given.semver === undefined ? undefined : parseRange(given.semver);
  const lists = await readLists(given.from, (file, most) => readAtMost(openList(file, cwd), most));
  return {
    selection: {
      entries: [...references.map(text => ({ text })), ...lists.entries],
      exclude: given.exclude,
      prerelease: given.prerelease,
      ...(tagRegex && { tagRegex }),
      ...(semver !== undefined && { semver }),
      ...(count !== undefined && { newest: { count, ...(by && { by }) } }),
    },
    platforms,
    referrers: referrersOf(given),
    rules,
    rename: renamer(rules),
    warnings: lists.warnings,
  };
}

function openList(file: string, cwd: string): AsyncIterable<Uint8Array> {
  return file === '-' ? process.stdin : createReadStream(path.resolve(cwd, file));
}

/** A kind of artifact is matched as a whole: `*` stands for slashes as well. */
function referrersOf({ referrers }: SelectionArguments): ParsedSelection['referrers'] {
  if (referrers === false) return undefined;
  if (referrers.length === 0) return {};
  const flat = (text: string): string => text.replaceAll('/', '\u0001');
  const globs = referrers.map(text => compileGlob(flat(text)));
  return { takes: kind => globs.some(matches => matches(flat(kind))) };
}
