import type { Difference } from '../../diff/diff.ts';
import { exitCodes, isScraperError, toFailure, type Warning } from '../../errors.ts';
import { renderDiff } from '../../render/diff.ts';
import { diffDocument, failedDiffDocument } from '../../render/diff-json.ts';
import { renderErrors, warningPrinter } from '../../render/error.ts';
import { renderJson } from '../../render/json.ts';
import { terminalFor } from '../../render/terminal.ts';
import type { CliContext } from '../context.ts';
import { diffJob } from '../diff-job.ts';
import type { DiffCommandOptions } from '../diff-options.ts';
import { exitCodeOf } from '../exit-code.ts';

/** What there is to say that something differs; the same number means a failure elsewhere. */
const DIFFERENT = 1;

/**
 * Compares two registries and shows what differs.
 * @returns the exit code: 0 the same, 1 different, 2 trouble
 */
export async function runDiff(options: DiffCommandOptions, context: CliContext): Promise<number> {
  const { json, quiet, verbose, a, b } = options;
  const stdout = terminalFor(context.stdout, context.env, options.color);
  const stderr = terminalFor(context.stderr, context.env, options.color);
  const problems = { colors: stderr.colors, verbose, width: stderr.width() };
  const names = { a: a.given, b: b.given };
  const warnings: Warning[] = [];
  let difference: Difference;
  try {
    const warn = (warning: Warning): void => void warnings.push(warning);
    difference = await diffJob(options, { signal: context.signal, warn });
  } catch (error) {
    if (!isScraperError(error)) throw error;
    const failures = [toFailure(error)];
    if (json) stdout.write(renderJson(failedDiffDocument(warnings, failures)));
    stderr.write(renderErrors(failures, problems));
    return exitCodeOf({ name: 'diff' }, failures);
  }
  if (json) stdout.write(renderJson(diffDocument(difference, names, warnings)));
  else if (!quiet) {
    const printer = warningPrinter(lines => stderr.write(lines.map(line => `${line}\n`).join('')), problems);
    for (const warning of warnings) printer.print(warning);
    printer.end();
    const { colors, width } = stdout;
    stdout.write(renderDiff(difference, names, { colors, width: width(), verbose }));
  }
  return difference.same ? exitCodes.ok : DIFFERENT;
}
