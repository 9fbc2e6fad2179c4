import {
  exitCodeFor,
  exitCodes,
  isScraperError,
  toFailure,
  type Failure,
  type Warning,
} from '../../errors.ts';
import type { Found } from '../../inventory/take.ts';
import { renderErrors, warningPrinter } from '../../render/error.ts';
import { count } from '../../render/format.ts';
import { renderInventory } from '../../render/inventory.ts';
import { renderJson } from '../../render/json.ts';
import { noProgress, type Progress } from '../../render/progress.ts';
import { terminalFor, type Terminal } from '../../render/terminal.ts';
import { textProgress } from '../../render/text-progress.ts';
import type { CliContext } from '../context.ts';
import { inventoryDocument } from '../inventory-document.ts';
import { inventoryJob, type WrittenInventory } from '../inventory-job.ts';
import type { InventoryCommandOptions } from '../inventory-options.ts';

/** So many warnings stand in a document, lest a ruined registry fill the memory. */
const MOST_WARNINGS = 1000;

/**
 * Writes down what a registry has.
 * @returns the exit code: what was left out because it is damaged is a matter for verify, not a failure
 */
export async function runInventory(options: InventoryCommandOptions, context: CliContext): Promise<number> {
  const { json, quiet, verbose, output } = options;
  const stderr = terminalFor(context.stderr, context.env, options.color);
  // the inventory itself may be on standard output
  const text = output.path === undefined ? stderr : terminalFor(context.stdout, context.env, options.color);
  const problems = { colors: stderr.colors, verbose, width: stderr.width() };
  const found: { now: Found } = { now: { blobs: 0, tags: 0 } };
  const progress = progressFor(options, stderr, context, () => foundText(found.now));
  const printer = warningPrinter(quiet || json ? () => undefined : progress.note, problems);
  const warnings: Warning[] = [];
  let written: WrittenInventory | undefined;
  let errors: readonly Failure[] = [];
  try {
    const watch = {
      warn: (warning: Warning) => {
        if (warnings.length < MOST_WARNINGS) warnings.push(warning);
        printer.print(warning);
      },
      onFound: (now: Found) => {
        found.now = now;
      },
    };
    written = await inventoryJob(options, watch, context);
  } catch (error) {
    if (!isScraperError(error)) throw error;
    errors = [toFailure(error)];
  } finally {
    progress.stop();
    printer.end();
  }
  if (json) text.write(renderJson(inventoryDocument(written, output.given, warnings, errors)));
  else if (written && !quiet) {
    const { totals, fileBytes } = written;
    const file = output.path === undefined ? undefined : output.given;
    const { colors, width } = text;
    text.write(renderInventory({ ...totals, fileBytes }, file, { colors, width: width() }));
  }
  stderr.write(renderErrors(errors, problems));
  if (errors.length > 0 && !quiet && output.path !== undefined) stderr.write('No inventory was written.\n');
  return errors.length === 0 ? exitCodes.ok : exitCodeFor(errors);
}

function foundText({ blobs, tags }: Found): string {
  const parts = [count(blobs, 'blob'), ...(tags > 0 ? [count(tags, 'tag')] : [])];
  return `Taking inventory: ${parts.join(', ')}`;
}

function progressFor(
  { quiet, json, progress }: InventoryCommandOptions,
  terminal: Terminal,
  { clock }: CliContext,
  text: () => string,
): Progress {
  if (quiet || !progress || (json && !terminal.interactive)) return noProgress(terminal);
  return textProgress({ terminal, clock, text });
}
