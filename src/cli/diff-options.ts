import path from 'node:path';
import { outputOptions, type OutputOptions } from './options.ts';
import type { Invocation } from './program.ts';
import { usageError } from './usage-error.ts';

/** One of two things to compare. */
export interface DiffSide {
  /** As the user gave it. */
  readonly given: string;
  /** Absolute. */
  readonly path: string;
}

export interface DiffCommandOptions extends OutputOptions {
  readonly a: DiffSide;
  readonly b: DiffSide;
}

/** @throws ScraperError `USAGE` */
export function diffOptions({ words, options: raw }: Invocation, cwd: string): DiffCommandOptions {
  const [a, b] = words;
  if (a === undefined || b === undefined || words.length > 2) {
    throw usageError(
      `diff compares two things, found ${String(words.length)}`,
      'name two data directories, archives or inventories: registry-scraper diff A B',
    );
  }
  if (a === '' || b === '')
    throw usageError('an empty name was given', 'name a directory, an archive or an inventory');
  const side = (given: string): DiffSide => ({ given, path: path.resolve(cwd, given) });
  return { ...outputOptions(raw), a: side(a), b: side(b) };
}
