import path from 'node:path';
import { concurrencyOf, dataDirOf, outputOptions, type OutputOptions } from './options.ts';
import type { Invocation } from './program.ts';
import { textOf } from './raw-options.ts';
import { usageError } from './usage-error.ts';

export interface VerifyCommandOptions extends OutputOptions {
  /** What is verified. */
  readonly source: VerifySourceOption;
  /** Blobs that are no manifests are not hashed. */
  readonly quick: boolean;
  readonly concurrency: number;
}

export interface VerifySourceOption {
  /** Absolute. */
  readonly path: string;
  /** As the user gave it. */
  readonly given: string;
  /** Whether it is the registry's data directory, and not something named as an argument. */
  readonly isDataDir: boolean;
  /** File with the public key that must have signed it, absolute. */
  readonly verifyKey: string | undefined;
}

/** @throws ScraperError `USAGE` */
export function verifyOptions({ words, options: raw }: Invocation, cwd: string): VerifyCommandOptions {
  return {
    ...outputOptions(raw),
    source: sourceOf({ words, options: raw }, cwd),
    quick: raw['quick'] === true,
    concurrency: concurrencyOf(raw),
  };
}

function sourceOf(
  { words, options: raw }: Pick<Invocation, 'words' | 'options'>,
  cwd: string,
): VerifySourceOption {
  const [given, second] = words;
  const key = textOf(raw, 'verifyKey');
  if (key === '') throw usageError('the key has no name', 'write --verify-key FILE');
  const verifyKey = key === undefined ? undefined : path.resolve(cwd, key);
  if (given === undefined) {
    const place = dataDirOf(raw, cwd);
    return { path: place, given: place, isDataDir: true, verifyKey };
  }
  if (second !== undefined)
    throw usageError(
      `verify takes one thing, found "${given}" and "${second}"`,
      'verify one after the other',
    );
  if (given === '') throw usageError('an empty name was given', 'name a directory');
  if (raw['dataDir'] !== undefined)
    throw usageError(`both "${given}" and --data-dir were given`, 'name one of them');
  return { path: path.resolve(cwd, given), given, isDataDir: false, verifyKey };
}
