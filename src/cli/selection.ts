import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { Warning } from '../errors.ts';
import type { ReferrerChoice } from '../graph/referrer-choice.ts';
import { parsePlatform, type Platform } from '../oci/platform.ts';
import { parseRange, parseTagRegex } from '../select/filters.ts';
import { readAtMost, readLists } from '../select/list/read.ts';
import { parseNewest, parseNewestBy } from '../select/newest.ts';
import { parseRename, renamer, type RenameRule } from '../select/rename.ts';
import type { Selection } from '../select/selection.ts';
import type { CliContext } from './context.ts';
import type { SelectionArguments } from './options.ts';
import { referrerTypes } from './referrer-types.ts';
import { usageError } from './usage-error.ts';

/** What a command line selects, ready for the core. */
export interface ParsedSelection {
  readonly selection: Selection;
  readonly platforms: readonly Platform[];
  readonly referrers: Pick<ReferrerChoice, 'takes'> | undefined;
  /** To be asked at the end: what `--referrers` asks for in vain. */
  readonly unusedTypes: () => readonly Warning[];
  readonly rules: readonly RenameRule[];
  readonly rename: (repository: string) => string;
  /** What was odd about the lists. */
  readonly warnings: readonly Warning[];
}

/** Where lists are read. */
export interface ListPlace extends Pick<CliContext, 'stdin' | 'signal'> {
  /** Absolute directory that relative paths start from. */
  readonly cwd: string;
}

/**
 * Parses what selects images, and reads the lists.
 * @throws the signal's reason; ScraperError `USAGE`, `LIST_INVALID`, and what reading a list throws
 */
export async function parseSelection(
  references: readonly string[],
  given: SelectionArguments,
  place: ListPlace,
): Promise<ParsedSelection> {
  const platforms = given.platform.flatMap(text => text.split(',')).map(text => parsePlatform(text.trim()));
  const rules = given.rename.map(parseRename);
  const types = referrerTypes(given.referrers === false ? [] : given.referrers);
  const count = given.newest === undefined ? undefined : parseNewest(given.newest);
  const by = given.newestBy === undefined ? undefined : parseNewestBy(given.newestBy);
  if (by !== undefined && count === undefined) {
    throw usageError('--newest-by says how to order, but --newest does not say how many', 'add --newest N');
  }
  const tagRegex = given.tagRegex === undefined ? undefined : parseTagRegex(given.tagRegex);
  const semver = given.semver === undefined ? undefined : parseRange(given.semver);
  const lists = await readLists(given.from, (file, most) => readList(file, most, place));
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
    referrers: given.referrers === false ? undefined : given.referrers.length === 0 ? {} : types,
    unusedTypes: types.unused,
    rules,
    rename: renamer(rules),
    warnings: lists.warnings,
  };
}

/** Nothing may ever come out of a terminal or a pipe, so the wait for it can be ended. What was begun to be read is left behind. */
async function readList(file: string, most: number, { cwd, stdin, signal }: ListPlace): Promise<Uint8Array> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop);
  try {
    const stream = file === '-' ? stdin() : createReadStream(path.resolve(cwd, file));
    return await Promise.race([readAtMost(stream, most), stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
