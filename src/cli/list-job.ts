import { existsSync } from 'node:fs';
import path from 'node:path';
import { isScraperError, ScraperError } from '../errors.ts';
import type { ListDetails, ListEntry } from '../look/entry.ts';
import { list, type ListOptions } from '../look/list.ts';
import { parseTarget, type Target } from '../look/target.ts';
import { registrySource } from '../registry/source.ts';
import { parseExclusion } from '../select/exclude.ts';
import { tagFilter } from '../select/filters.ts';
import type { SelectionEntry } from '../select/selection.ts';
import { looksLikeShellAccident } from '../select/shell-accident.ts';
import type { CliContext } from './context.ts';
import { accidentHint } from './accident.ts';
import type { ListCommandOptions } from './look-options.ts';
import { openRegistry } from './open-registry.ts';
import { parseSelection } from './selection.ts';
import { databaseInUse } from '../registry/database.ts';
import { usageError } from './usage-error.ts';

/** Connects a registry's storage directory and a listing of it. */
export async function* listJob(
  options: ListCommandOptions,
  details: ListDetails,
  { stdin, ...watch }: Pick<ListOptions, 'signal' | 'warn' | 'fail' | 'onHidden'> & Pick<CliContext, 'stdin'>,
): AsyncGenerator<ListEntry> {
  const { patterns, all, untagged, cwd } = options;
  const { selection, warnings } = await parseSelection(patterns, options.selection, {
    cwd,
    stdin,
    signal: watch.signal,
  });
  for (const warning of warnings) watch.warn(warning);
  const targets = selection.entries.map(entry => targetOf(entry, cwd));
  for (const target of targets) {
    if (untagged && (target.kind === 'digest' || !target.pattern.tag.implied))
      throw usageError(
        `--untagged lists revisions without a tag, but ${JSON.stringify(target.text)} names a tag or a digest`,
        'name repositories only',
      );
  }
  const { driver, close } = await openRegistry(options.dataDir, watch);
  const source = registrySource(driver, watch.warn);
  if (await source.databaseInUse()) watch.warn(databaseInUse());
  // what was not found is told at the end, when it is known whether all of it looks like an accident
  const lost: ScraperError[] = [];
  const fail = (error: ScraperError): void =>
    error.code === 'NAME_UNKNOWN' ? void lost.push(error) : watch.fail(error);
  const entries = list({
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
    fail,
  });
  try {
    yield* entries;
  } finally {
    await close();
  }
  const hint = accidentHint(
    lost.map(({ details: { reference = '' } }) => reference),
    patterns,
    cwd,
  );
  for (const [index, error] of lost.entries())
    watch.fail(index === 0 && hint !== undefined ? hinted(error, hint) : error);
}

function hinted(error: ScraperError, hint: string): ScraperError {
  return new ScraperError(error.code, error.message, { ...error.details, hint, cause: error });
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
    throw hinted(error, `${accident.message}; ${accident.hint}`);
  }
}
