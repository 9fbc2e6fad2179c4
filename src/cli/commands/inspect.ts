import {
  exitCodeFor,
  exitCodes,
  isScraperError,
  ScraperError,
  toFailure,
  withReference,
  type Failure,
  type Warning,
} from '../../errors.ts';
import { inspect, rawManifest, type InspectOptions, type Inspection } from '../../look/inspect.ts';
import { databaseInUse } from '../../registry/database.ts';
import { registrySource } from '../../registry/source.ts';
import { renderErrors, warningPrinter } from '../../render/error.ts';
import { renderInspection } from '../../render/inspect.ts';
import { renderInspectionJson } from '../../render/inspect-json.ts';
import { liveProgress, noProgress } from '../../render/progress.ts';
import { terminalFor, type Terminal } from '../../render/terminal.ts';
import { replaceUnprintable } from '../../render/text.ts';
import type { CliContext } from '../context.ts';
import type { InspectCommandOptions } from '../look-options.ts';
import { openRegistry } from '../open-registry.ts';
import type { OpenedRegistry } from '../opened-registry.ts';

/**
 * Shows one image.
 * @returns the exit code: also when the image was shown, what is missing or damaged in it counts
 */
export async function runInspect(options: InspectCommandOptions, context: CliContext): Promise<number> {
  const { json, verbose, quiet, raw, reference } = options;
  const stdout = terminalFor(context.stdout, context.env, options.color);
  const stderr = terminalFor(context.stderr, context.env, options.color);
  const problems = { colors: stderr.colors, verbose, width: stderr.width() };
  const warnings: Warning[] = [];
  const said = new Set<string>();
  const warn = (warning: Warning): void => {
    const key = JSON.stringify(warning);
    if (!said.has(key)) warnings.push(warning);
    said.add(key);
  };
  const live = stderr.interactive && options.progress && !quiet && !raw;
  const progress = live
    ? liveProgress({ terminal: stderr, clock: context.clock, verb: '', rehashes: false })
    : noProgress(stderr);
  const { onScan } = progress.observer;
  let inspection: Inspection | undefined;
  let errors: readonly Failure[] = [];
  let opened: OpenedRegistry | undefined;
  try {
    opened = await openRegistry(options.dataDir, context);
    const source = registrySource(opened.driver, warn);
    if (await source.databaseInUse()) warn(databaseInUse());
    const look = { source, warn, signal: context.signal, ...(onScan && { onScan }) };
    if (raw) await writeRaw(reference, look, stdout, context);
    else inspection = await inspect(reference, look);
    errors = inspection?.errors ?? [];
  } catch (error) {
    if (!isScraperError(error)) throw error;
    errors = [toFailure(withReference(error, reference))];
  } finally {
    progress.stop();
    await opened?.close();
  }
  if (json) stdout.write(renderInspectionJson(inspection, warnings, errors));
  else if (inspection) {
    const { colors, unicode, width } = stdout;
    stdout.write(renderInspection(inspection, { colors, unicode, width: width(), verbose }));
  }
  if (!quiet && !json) {
    const printer = warningPrinter(lines => stderr.write(lines.map(line => `${line}\n`).join('')), problems);
    for (const warning of warnings) printer.print(warning);
    printer.end();
  }
  stderr.write(renderErrors(errors, problems));
  return errors.length === 0 ? exitCodes.ok : exitCodeFor(errors);
}

/** The bytes as they are, but never such as could act on a terminal. */
async function writeRaw(
  reference: string,
  look: InspectOptions,
  stdout: Terminal,
  context: CliContext,
): Promise<void> {
  const bytes = await rawManifest(reference, look);
  const text = Buffer.from(bytes).toString('utf8');
  const tame = (character: string): string => (/[\n\r\t]/.test(character) ? character : '');
  if (stdout.width() !== undefined && replaceUnprintable(text, tame) !== text) {
    throw new ScraperError(
      'MANIFEST_INVALID',
      'the manifest holds characters that could act on this terminal',
      {
        hint: 'pipe it into a file or a pager that shows them: inspect --raw … | less',
      },
    );
  }
  context.stdout.write(bytes);
}
