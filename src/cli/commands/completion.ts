import { exitCodes } from '../../errors.ts';
import { completionScript, shells } from '../completion/scripts.ts';
import type { CliContext } from '../context.ts';
import { nearest } from '../nearest.ts';
import type { Invocation } from '../program.ts';
import { didYouMean, usageError } from '../usage-error.ts';

/**
 * Prints the script that makes a shell complete the command line.
 * @throws ScraperError `USAGE`
 */
export function runCompletion(
  { words }: Pick<Invocation, 'words'>,
  { stdout }: Pick<CliContext, 'stdout'>,
): number {
  const [name, ...others] = words;
  if (name === undefined) throw usageError('no shell was named', `name one of ${shells.join(', ')}`);
  const shell = shells.find(known => known === name);
  if (shell === undefined || others.length > 0) {
    const found = JSON.stringify(words.join(' '));
    throw usageError(
      `completion is for one of ${shells.join(', ')}, found ${found}`,
      didYouMean(nearest(name, shells)),
    );
  }
  stdout.write(completionScript(shell));
  return exitCodes.ok;
}
