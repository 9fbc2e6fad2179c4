import { count, formatBytes } from './format.ts';
import type { Colors } from './terminal.ts';
import { displayWidth, printable, shellWord } from './text.ts';

/** What an inventory came to. */
export interface InventorySummary {
  readonly repositories: number;
  readonly tags: number;
  readonly blobs: number;
  /** Of all blobs. */
  readonly bytes: number;
  /** Of the inventory itself. */
  readonly fileBytes: number;
}

export interface InventoryContext {
  readonly colors: Colors;
  /** Cells available; undefined where lines may have any length. */
  readonly width: number | undefined;
}

/**
 * What was found, and what to do with it.
 * @param file as the user gave it; undefined for standard output
 */
export function renderInventory(
  { repositories, tags, blobs, bytes, fileBytes }: InventorySummary,
  file: string | undefined,
  { colors, width }: InventoryContext,
): string {
  const where = file === undefined ? 'standard output' : printable(file);
  const name = file === undefined ? 'FILE' : shellWord(printable(file.slice(file.lastIndexOf('/') + 1)));
  const command = ['registry-scraper scrape REFERENCE... -o delta.tar', `--base ${name}`];
  const whole = `  ${command.join(' ')}`;
  const lines = [
    colors.bold(`Wrote the inventory to ${where}: ${formatBytes(fileBytes)}`),
    `  ${count(blobs, 'blob')}, ${formatBytes(bytes)}`,
    `  ${count(tags, 'tag')} in ${count(repositories, 'repository', 'repositories')}`,
    '',
    colors.bold('Next'),
    '  take it to the registry that is to be shipped from; there, ship what is missing here:',
    ...(width === undefined || displayWidth(whole) <= width ? [whole] : [`  ${command.join(' \\\n    ')}`]),
  ];
  return lines.map(line => `${line}\n`).join('');
}
