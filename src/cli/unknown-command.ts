import type { Failure } from '../errors.ts';
import type { Report } from '../report.ts';
import { nearest } from './nearest.ts';
import type { Invocation } from './program.ts';
import { commands, programName } from './table.ts';
import { didYouMean, usageError } from './usage-error.ts';

/*
 * The default command takes any word as a reference, so a mistyped command looks like an image without a tag, and an image
 * may well be named like a mistyped command. Three rules tell them apart:
 * - a call that would be complete with the word as a reference is taken as it stands;
 * - one that would not, and whose first word resembles a command or is another word for one, is a mistyped command (a
 *   usage error);
 * - where the registry then has no such repository, the hint names the command as well.
 */

/** What registry tools and shells call what the commands here do. */
export const synonyms: ReadonlyMap<string, string> = new Map([
  ...['list', 'dir', 'catalog', 'repos', 'repositories', 'tags', 'images'].map(word => [word, 'ls'] as const),
  ...['show', 'info', 'describe', 'manifest'].map(word => [word, 'inspect'] as const),
  ...['import', 'load', 'restore', 'unpack', 'push', 'merge'].map(word => [word, 'apply'] as const),
  ...['compare', 'cmp'].map(word => [word, 'diff'] as const),
  ...['copy', 'cp', 'pull', 'save', 'export', 'extract', 'sync', 'mirror'].map(
    word => [word, 'scrape'] as const,
  ),
]);

/** The first word, where the command was not named and the word, a bare one, resembles a command or means one. */
export function mistakenCommand({ named, words: [first] }: Invocation): string | undefined {
  return !named && first !== undefined && nearestCommands(first).length > 0 ? first : undefined;
}

export function unknownCommand(word: string): Error {
  const near = nearestCommands(word);
  if (near.length === 0) return usageError(`unknown command "${word}"`);
  const meant = near.map(name => `${programName} ${name}`);
  return usageError(
    `unknown command "${word}"`,
    `${didYouMean(meant) ?? ''} An image of that name is "${word}:latest"`,
  );
}

/** Adds the command that may have been meant to the hints about a repository that does not exist. */
export function hintAtCommand(report: Report, word: string | undefined): Report {
  if (word === undefined) return report;
  const meant = didYouMean(nearestCommands(word).map(name => `${programName} ${name}`));
  const hinted = (failure: Failure): Failure => {
    if (failure.code !== 'NAME_UNKNOWN' || failure.reference !== word || meant === undefined) return failure;
    return { ...failure, hint: failure.hint === undefined ? meant : `${failure.hint}; or ${meant}` };
  };
  return {
    ...report,
    images: report.images.map(image => (image.error ? { ...image, error: hinted(image.error) } : image)),
    errors: report.errors.map(hinted),
  };
}

function nearestCommands(word: string): readonly string[] {
  if (!/^[a-z-]{2,}$/i.test(word)) return [];
  const meant = synonyms.get(word.toLowerCase());
  if (meant !== undefined) return [meant];
  return nearest(
    word,
    commands.map(command => command.name),
  );
}
