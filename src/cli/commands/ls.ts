import {
  exitCodeFor,
  exitCodes,
  isScraperError,
  toFailure,
  type Failure,
  type Problem,
  type Warning,
} from '../../errors.ts';
import type { ListDetails, ListEntry } from '../../look/entry.ts';
import { detailsToSort, sorted } from '../../look/sort.ts';
import { renderErrors, warningPrinter } from '../../render/error.ts';
import {
  longPrinter,
  namePrinter,
  renderListTotals,
  tidyPrinter,
  type ListPrinter,
  type ListTotals,
} from '../../render/ls.ts';
import { jsonPrinter } from '../../render/ls-json.ts';
import { terminalFor } from '../../render/terminal.ts';
import { bufferedOutput } from '../buffered-output.ts';
import type { CliContext } from '../context.ts';
import { listJob } from '../list-job.ts';
import type { ListCommandOptions } from '../look-options.ts';
import { isListTyped, typedListNote } from '../typed-list.ts';

/** So many problems stand in a document, lest a ruined registry fill the memory. */
const MOST_PROBLEMS = 1000;

/**
 * Lists repositories and tags.
 * @returns the exit code: what is wrong with something listed counts only if it was named without wildcards
 */
export async function runList(options: ListCommandOptions, context: CliContext): Promise<number> {
  const { json, long, untagged, verbose, quiet } = options;
  const stdout = terminalFor(context.stdout, context.env, options.color);
  const stderr = terminalFor(context.stderr, context.env, options.color);
  const problems = { colors: stderr.colors, verbose, width: stderr.width() };
  const remarks: string[] = [];
  const remark = warningPrinter(lines => remarks.push(...lines), problems);
  const tally = tallyOf(options.sort === 'name');
  const details: ListDetails = {
    digest: options.digests || long,
    pushed: long && json,
    summary: long,
  };
  const wanted = {
    ...details,
    ...(long && options.sort === 'pushed' && { pushed: true }),
    ...detailsToSort(options.sort),
  };

  if (!quiet && isListTyped(options.selection, context)) stderr.write(`${typedListNote}\n`);
  const out = bufferedOutput(context);
  const printer = printerFor();
  try {
    const entries = listJob(options, wanted, {
      stdin: context.stdin,
      signal: context.signal,
      warn: tally.warn,
      fail: error => tally.fail(toFailure(error)),
      onHidden: tally.hide,
    });
    for await (const entry of sorted(entries, options.sort)) {
      if (context.readerGone.aborted) break;
      tally.count(entry);
      if (entry.error && !entry.exact) remark.print(withoutHint(entry.error));
      await out.write(printer.entry(entry));
    }
  } catch (error) {
    if (!isScraperError(error)) throw error;
    tally.fail(toFailure(error));
  }
  await out.write(printer.end());
  const { totals, warnings, errors } = tally;
  if (!json && !quiet && stdout.interactive && totals.images > 0)
    await out.write(renderListTotals(totals, { untagged, colors: stdout.colors, width: stdout.width() }));
  out.end();
  if (context.readerGone.aborted) return exitCodes.ok;

  for (const warning of warnings) remark.print(warning);
  remark.end();
  if (!quiet && !json) {
    stderr.write(remarks.map(line => `${line}\n`).join(''));
    if (totals.images === 0 && errors.length === 0) stderr.write(`${emptyText(totals, untagged)}\n`);
  }
  stderr.write(renderErrors(errors, problems));
  return errors.length === 0 ? exitCodes.ok : exitCodeFor(errors);

  function printerFor(): ListPrinter {
    if (json) return jsonPrinter(details, () => tally);
    const look = {
      colors: stdout.colors,
      width: stdout.width(),
      digests: options.digests || (verbose && long),
      untagged,
      pushed: options.sort === 'pushed',
    };
    if (long) return longPrinter(look, () => context.clock.now());
    return stdout.interactive && !look.digests && options.sort === 'name'
      ? tidyPrinter(look)
      : namePrinter(look);
  }
}

/** What to do about it depends on what is wanted of the image: inspect and scrape tell. */
function withoutHint({ hint: _, ...failure }: Failure): Problem {
  return failure;
}

interface Tally {
  readonly totals: ListTotals;
  readonly warnings: Warning[];
  readonly errors: Failure[];
  count(entry: ListEntry): void;
  hide(tags: number): void;
  warn(warning: Warning): void;
  fail(failure: Failure): void;
}

/**
 * Counts what was listed and keeps what went wrong.
 * @param grouped whether the entries of a repository come one after the other
 */
function tallyOf(grouped: boolean): Tally {
  const totals = { repositories: 0, images: 0, damaged: 0, hiddenTags: 0 };
  const warnings: Warning[] = [];
  const errors: Failure[] = [];
  const keep = <P extends Problem>(list: P[], problem: P): void => {
    if (list.length < MOST_PROBLEMS) list.push(problem);
  };
  const seen = new Set<string>();
  let last: string | undefined;
  const fail = (failure: Failure): void => keep(errors, failure);
  return {
    totals,
    warnings,
    errors,
    count({ repository, error, exact }) {
      if (repository !== last && !seen.has(repository)) totals.repositories += 1;
      last = repository;
      if (!grouped) seen.add(repository);
      totals.images += 1;
      if (!error) return;
      totals.damaged += 1;
      if (exact) fail(error);
    },
    hide: tags => {
      totals.hiddenTags += tags;
    },
    warn: warning => keep(warnings, warning),
    fail,
  };
}

function emptyText({ hiddenTags }: ListTotals, untagged: boolean): string {
  if (untagged) return 'No untagged revisions.';
  return hiddenTags > 0
    ? `Nothing but digest tags: ${String(hiddenTags)}; --all shows them.`
    : 'Nothing is tagged in this registry; --untagged lists revisions without a tag.';
}
