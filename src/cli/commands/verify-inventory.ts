import { exitCodeFor, exitCodes, isScraperError, toFailure, type Failure } from '../../errors.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { renderErrors } from '../../render/error.ts';
import { count, formatBytes } from '../../render/format.ts';
import { renderJson } from '../../render/json.ts';
import { terminalFor } from '../../render/terminal.ts';
import { printable } from '../../render/text.ts';
import type { CliContext } from '../context.ts';
import { readInventory } from '../inventory-file.ts';
import type { VerifyCommandOptions } from '../verify-options.ts';

/**
 * Verifies an inventory: by itself, that it is whole and as it was written.
 * @returns the exit code
 */
export async function runVerifyInventory(
  { source: { path, given }, json, quiet, verbose, color }: VerifyCommandOptions,
  context: CliContext,
): Promise<number> {
  const stdout = terminalFor(context.stdout, context.env, color);
  const stderr = terminalFor(context.stderr, context.env, color);
  let inventory: Inventory | undefined;
  const errors: Failure[] = [];
  try {
    inventory = await readInventory(path, given, context.signal);
  } catch (error) {
    if (!isScraperError(error)) throw error;
    errors.push(toFailure(error));
  }
  const totals = inventory?.totals ?? null;
  if (json) {
    const ok = errors.length === 0;
    stdout.write(
      renderJson({ schemaVersion: 1, command: 'verify', target: given, ok, inventory: totals, errors }),
    );
  } else if (totals && !quiet) {
    const tags = `${count(totals.tags, 'tag')} in ${count(totals.repositories, 'repository', 'repositories')}`;
    const lines = [
      `${printable(given)} is a sound inventory`,
      '',
      `  ${count(totals.blobs, 'blob')}, ${formatBytes(totals.bytes)}`,
      `  ${tags}`,
    ];
    stdout.write(lines.map(line => `${line}\n`).join(''));
  }
  stderr.write(renderErrors(errors, { colors: stderr.colors, verbose, width: stderr.width() }));
  return errors.length === 0 ? exitCodes.ok : exitCodeFor(errors);
}
