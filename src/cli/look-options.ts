import { printable, shellWord } from '../render/text.ts';
import { quoted } from '../select/option-error.ts';
import { isPattern } from '../select/pattern.ts';
import { sortKeys, type SortKey } from '../look/sort.ts';
import {
  dataDirOf,
  outputOptions,
  selectionArguments,
  type OutputOptions,
  type SelectionArguments,
} from './options.ts';
import type { Invocation } from './program.ts';
import { textOf, type RawOptions } from './raw-options.ts';
import { usageError } from './usage-error.ts';

export interface ListCommandOptions extends OutputOptions {
  readonly patterns: readonly string[];
  readonly selection: SelectionArguments;
  /** Absolute directory that paths of lists start from. */
  readonly cwd: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly long: boolean;
  readonly all: boolean;
  readonly digests: boolean;
  readonly untagged: boolean;
  readonly sort: SortKey;
}

export interface InspectCommandOptions extends OutputOptions {
  readonly reference: string;
  /** Absolute. */
  readonly dataDir: string;
  /** The manifest's bytes and nothing else. */
  readonly raw: boolean;
}

/** @throws ScraperError `USAGE` */
export function listOptions({ words, options: raw }: Invocation, cwd: string): ListCommandOptions {
  return {
    ...outputOptions(raw),
    patterns: words,
    selection: selectionArguments(raw),
    cwd,
    dataDir: dataDirOf(raw, cwd),
    long: raw['long'] === true,
    all: raw['all'] === true,
    digests: raw['digests'] === true,
    untagged: raw['untagged'] === true,
    sort: sortOf(raw),
  };
}

function sortOf(raw: RawOptions): SortKey {
  const given = textOf(raw, 'sort') ?? 'name';
  const key = sortKeys.find(known => known === given);
  if (key !== undefined) return key;
  throw usageError(
    `--sort must be name, size, created or pushed, found "${given}"`,
    'dates are created, of the image, and pushed, of the tag',
  );
}

/** @throws ScraperError `USAGE` */
export function inspectOptions({ words, options: raw }: Invocation, cwd: string): InspectCommandOptions {
  const [reference, ...others] = words;
  if (reference === undefined)
    throw usageError('no reference was given', 'name one image: registry-scraper inspect team/app:1.2');
  if (others.length > 0)
    throw usageError(
      `inspect takes one reference, found ${String(words.length)}`,
      'to see several, list them: registry-scraper ls -l',
    );
  if (isPattern(reference))
    throw usageError(
      `inspect takes one image, found the pattern ${quoted(reference)}`,
      `registry-scraper ls ${shellWord(printable(reference))} lists what matches`,
    );
  const options = {
    ...outputOptions(raw),
    reference,
    dataDir: dataDirOf(raw, cwd),
    raw: raw['raw'] === true,
  };
  if (options.raw && options.json) throw usageError('both --raw and --json were given', 'give one of them');
  return options;
}
