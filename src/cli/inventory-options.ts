import path from 'node:path';
import { dataDirOf, outputOptions, type OutputOptions } from './options.ts';
import type { Invocation } from './program.ts';
import { textOf } from './raw-options.ts';
import { usageError } from './usage-error.ts';

export interface InventoryCommandOptions extends OutputOptions {
  /** Absolute. */
  readonly dataDir: string;
  readonly output: InventoryOutput;
}

export interface InventoryOutput {
  /** Absolute; undefined for standard output. */
  readonly path: string | undefined;
  /** As the user gave it. */
  readonly given: string;
  /** Replace a file that is there. */
  readonly force: boolean;
}

/** @throws ScraperError `USAGE` */
export function inventoryOptions({ words, options: raw }: Invocation, cwd: string): InventoryCommandOptions {
  const [first] = words;
  if (first !== undefined) {
    throw usageError(
      `inventory takes no arguments, found "${first}"`,
      'it is of the whole registry, which -d names',
    );
  }
  const given = textOf(raw, 'output');
  if (given === undefined)
    throw usageError('no output was given', 'name a file with -o FILE, or standard output with -o -');
  if (given === '') throw usageError('the output has no name', 'write -o FILE');
  const shown = outputOptions(raw);
  if (given === '-' && shown.json) {
    throw usageError('--json and -o - both write to standard output', 'write the inventory to a file');
  }
  return {
    ...shown,
    dataDir: dataDirOf(raw, cwd),
    output: {
      path: given === '-' ? undefined : path.resolve(cwd, given),
      given,
      force: raw['force'] === true,
    },
  };
}
