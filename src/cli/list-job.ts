import { existsSync } from 'node:fs';
import path from 'node:path';
import { isScraperError, ScraperError } from '../errors.ts';
import type { ListDetails, ListEntry } from '../look/entry.ts';
import { list, type ListOptions } from '../look/list.ts';
import { parseTarget, type Target } from '../look/target.ts';
import { openDataDir } from '../registry/locate.ts';
import { registrySource } from '../registry/source.ts';
import { parseExclusion } from '../select/exclude.ts';
import { tagFilter } from '../select/filters.ts';
import type { SelectionEntry } from '../select/selection.ts';
import { looksLikeShellAccident } from '../select/shell-accident.ts';
import type { ListCommandOptions } from './look-options.ts';
import { parseSelection } from './selection.ts';
import { databaseInUse } from '../registry/database.ts';
import { usageError } from './usage-error.ts';

/** Connects a registry's storage directory and a listing of it. */
export async function* listJob(
  options: ListCommandOptions,
  details: ListDetails,
  watch: Pick<ListOptions, 'signal' | 'warn' | 'fail' | 'onHidden'>,
): AsyncGenerator<ListEntry> {
  const { patterns, all, untagged, cwd } = options;
  const { selection, warnings } = await parseSelection(patterns, options.selection, cwd);
  for (const warning of warnings) watch.warn(warning);
  const targets = selection.entries.map(entry => targetOf(entry, cwd));
  for (const target of targets) {
    if (untagged && (target.kind === 'digest' || !target.pattern.tag.implied))
      throw usageError(
        `--untagged lists revisions without a tag, but ${JSON.stringify(target.text)} names a tag or a digest`,
        'name repositories only',
      );
  }
  const { driver } = await openDataDir(options.dataDir);
  const source = registrySource(driver, watch.warn);
  if (await source.databaseInUse()) watch.warn(databaseInUse());
  yield* list({
    source,
    targets,
    all,
    untagged,
    details,
    exclude: selection.exclude.map(parseExclusion),
    filter: tagFilter(selection),
    newest: selection.newest,
    prerelease: selection.prerelease,
    ...watch,
  });
}

/** In a list, as for a scrape, an image without a tag is the one tagged latest. */
function targetOf({ text, origin }: SelectionEntry, cwd: string): Target {
  try {
    const target = parseTarget(text);
    const latest = origin !== undefined && target.kind === 'pattern' && target.pattern.tag.implied;
    return latest ? parseTarget(`${text}:latest`) : target;
  } catch (error) {
    const accident = looksLikeShellAccident([text], name => existsSync(path.resolve(cwd, name)));
    if (!isScraperError(error) || !accident) throw error;
    throw new ScraperError(error.code, error.message, {
      ...error.details,
      hint: `${accident.message}; ${accident.hint}`,
      cause: error,
    });
  }
}
