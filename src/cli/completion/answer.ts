import path from 'node:path';
import { isScraperError } from '../../errors.ts';
import { openDataDir } from '../../registry/locate.ts';
import { printable } from '../../render/text.ts';
import type { CliContext } from '../context.ts';
import { DEFAULT_DATA_DIR } from '../options.ts';
import { complete, type Completion } from './complete.ts';
import { completeReference } from './references.ts';

/** Milliseconds after which nobody wants to know any more. */
const PATIENCE = 2000;

/**
 * Answers a shell: `__complete --current=WORD WORD...` with the words in front of the current one. The first line of the
 * answer says what to do with the others, which are candidates, each followed by a tab and what it is. Whatever goes wrong
 * is no candidate: a question never fails.
 */
export async function answer(
  argv: readonly string[],
  { stdout, env, clock, ...context }: Pick<CliContext, 'stdout' | 'env' | 'clock' | 'cwd'>,
): Promise<void> {
  const current = argv.find(word => word.startsWith(CURRENT)) ?? CURRENT;
  const before = argv.filter(word => word !== current);
  const since = clock.now();
  const completion = await complete(before, current.slice(CURRENT.length), async (word, dataDir, bare) => {
    try {
      const place = path.resolve(context.cwd, expandHome(dataDir ?? DEFAULT_DATA_DIR, env['HOME']));
      const { driver } = await openDataDir(place);
      return await completeReference(driver, word, { bare, expired: () => clock.now() - since > PATIENCE });
    } catch (error) {
      if (!isScraperError(error)) throw error;
      return { words: [], partial: false };
    }
  });
  stdout.write(render(completion));
}

const CURRENT = '--current=';

function render({ directive, prefix, candidates }: Completion): string {
  const lines = candidates.map(({ word, description }) => `${printable(word)}\t${printable(description)}`);
  return [`${directive} ${prefix}`.trimEnd(), ...lines].map(line => `${line}\n`).join('');
}

/** Shells hand on what was typed, and a tilde is expanded only when the line is run. */
function expandHome(place: string, home: string | undefined): string {
  return home !== undefined && (place === '~' || place.startsWith('~/')) ? home + place.slice(1) : place;
}
