import path from 'node:path';
import type { TagPolicy } from '../apply/existing-tags.ts';
import { concurrencyOf, dataDirOf, outputOptions, type OutputOptions } from './options.ts';
import type { Invocation } from './program.ts';
import { textOf, type RawOptions } from './raw-options.ts';
import { usageError } from './usage-error.ts';

export interface ApplyCommandOptions extends OutputOptions {
  /** What is applied, absolute; several are parts of one bundle, `-` is standard input. */
  readonly sources: readonly string[];
  /** Absolute. */
  readonly dataDir: string;
  readonly onExistingTag: TagPolicy;
  readonly verifyExisting: boolean;
  /** File with the public key that must have signed it, absolute. */
  readonly verifyKey: string | undefined;
  /** Wait until what is written is on the disk before anything leads to it. */
  readonly sync: boolean;
  readonly dryRun: boolean;
  readonly concurrency: number;
}

/** Every policy for tags that point elsewhere already; the first is the default. */
export const tagPolicies = ['overwrite', 'keep', 'fail'] as const satisfies readonly TagPolicy[];

/**
 * What an apply was asked to do, with every default applied.
 * @param cwd absolute directory that relative paths start from
 * @throws ScraperError `USAGE`
 */
export function applyOptions({ words, options: raw }: Invocation, cwd: string): ApplyCommandOptions {
  return {
    ...outputOptions(raw),
    sources: sourcesOf(words, cwd),
    dataDir: dataDirOf(raw, cwd),
    onExistingTag: policyOf(raw),
    verifyExisting: raw['verifyExisting'] === true,
    verifyKey: fileOf(raw, 'verifyKey', cwd),
    sync: raw['fsync'] !== false,
    dryRun: raw['dryRun'] === true,
    concurrency: concurrencyOf(raw),
  };
}

function sourcesOf(words: readonly string[], cwd: string): readonly string[] {
  if (words.length === 0)
    throw usageError(
      'nothing to apply was given',
      'name an archive, its parts or a directory: registry-scraper apply images.tar -d DIR; "-" reads standard input',
    );
  if (words.includes('')) throw usageError('an empty name was given', 'name an archive or a directory');
  if (words.includes('-') && words.length > 1)
    throw usageError(
      `"-" is standard input, which holds a whole archive; found ${String(words.length)} arguments`,
      'name all parts and no "-", or join them: cat NAME.0* | registry-scraper apply -',
    );
  return words.map(word => (word === '-' ? word : path.resolve(cwd, word)));
}

function policyOf(raw: RawOptions): TagPolicy {
  const given = textOf(raw, 'onExistingTag') ?? tagPolicies[0];
  const policy = tagPolicies.find(known => known === given);
  if (policy !== undefined) return policy;
  throw usageError(
    `--on-existing-tag must be overwrite, keep or fail, found "${given}"`,
    'a tag that points elsewhere is moved by overwrite, left as it is by keep, and stops everything by fail',
  );
}

function fileOf(raw: RawOptions, key: string, cwd: string): string | undefined {
  const given = textOf(raw, key);
  if (given === '') throw usageError('the key has no name', 'write --verify-key FILE');
  return given === undefined ? undefined : path.resolve(cwd, given);
}
