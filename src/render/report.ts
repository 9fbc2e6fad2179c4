import type { Report } from '../report.ts';
import { count, formatBytes, formatDuration, formatRate } from './format.ts';
import { renderNotes } from './image-notes.ts';
import { renderImages, type ReportContext } from './image-table.ts';
import { firstName, renderLayoutSteps, renderNextSteps, type ShippedFormat } from './next-steps.ts';
import { printable } from './text.ts';

/**
 * A scrape's report for people: what is in the output now, what it cost, and how to go on. Empty when nothing is.
 * @param output the directory as the user gave it
 */
export function renderReport(
  report: Report,
  output: string,
  context: ReportContext,
  format: ShippedFormat = 'registry',
): string {
  const { colors } = context;
  const good = report.images.filter(image => image.status === 'copied' || image.status === 'present');
  const interrupted = isInterrupted(report);
  if (interrupted && report.images.length === 0) return 'Interrupted before anything was written.\n';
  if (good.length === 0 && !interrupted) return '';
  const lines = [
    colors.bold(headline(report, good.length, printable(output), interrupted)),
    ...renderImages(report.images, 'total', context),
    '',
    ...totalLines(report),
    ...renderNotes(report, context),
    '',
    ...(interrupted
      ? ['Run the same command again to go on: what is there already is not copied again.']
      : format === 'registry'
        ? renderNextSteps(output, servingImage(report), context)
        : renderLayoutSteps(output, printable(firstName(report)), context)),
  ];
  return lines.map(line => `${line}\n`).join('');
}

/** What an operator should know after errors, beside the errors: what was not done because of them. A line, or nothing. */
export function renderConsequence(report: Report): string {
  const { images, totals, dryRun, ok } = report;
  if (ok || dryRun || images.length === 0 || isInterrupted(report)) return '';
  const untouched = images.filter(image => image.status === 'planned').length;
  const written =
    totals.copiedBytes + totals.linkedBytes > 0 || images.some(image => image.status === 'copied');
  const rest = `${count(untouched, 'image')} ${untouched === 1 ? 'was' : 'were'} not copied; --keep-going copies what can be copied whole.`;
  if (written) return untouched === 0 ? '' : `${rest}\n`;
  return untouched === 0 ? 'Nothing was written.\n' : `Nothing was written: ${rest}\n`;
}

export function isInterrupted(report: Report): boolean {
  return report.errors.some(({ code }) => code === 'INTERRUPTED' || code === 'TERMINATED');
}

function headline(report: Report, good: number, output: string, interrupted: boolean): string {
  const all = report.images.length;
  const some = `${String(good)} of ${count(all, 'image')} ${good === 1 || all === 1 ? 'is' : 'are'}`;
  if (interrupted) return `Interrupted: ${some} complete in ${output}`;
  if (good < all) return `${some} in ${output}`;
  const copied = report.images.filter(image => image.status === 'copied').length;
  if (copied === 0)
    return `Nothing to copy: ${all === 1 ? '1 image is' : `all ${count(all, 'image')} are`} in ${output} already`;
  const { copiedBytes, linkedBytes } = report.totals;
  const verb = linkedBytes > 0 && copiedBytes === 0 ? 'Linked' : 'Copied';
  if (copied === all) return `${verb} ${count(all, 'image')} to ${output}`;
  return `${count(all, 'image')} in ${output}: ${String(copied)} copied, ${String(all - copied)} there already`;
}

/** What it came to: blobs and bytes, what sharing saves, what was copied in which time. */
export function totalLines({ images, totals }: Report): readonly string[] {
  const sum = images.reduce((bytes, image) => bytes + image.bytes, 0);
  const whole = images.every(({ status }) => status === 'copied' || status === 'present');
  const saved = sum - totals.bytes;
  const content = [
    count(totals.blobs, 'blob'),
    formatBytes(totals.bytes) + (saved > 0 ? ` (sharing saves ${formatBytes(saved)})` : ''),
  ].join(', ');
  const moved = totals.copiedBytes + totals.linkedBytes;
  const rate = moved === 0 ? undefined : formatRate(moved, totals.durationMs);
  const time = `in ${formatDuration(totals.durationMs)}${rate === undefined ? '' : ` (${rate})`}`;
  const work = [
    ...(totals.copiedBytes > 0 ? [`${formatBytes(totals.copiedBytes)} copied`] : []),
    ...(totals.linkedBytes > 0 ? [`${formatBytes(totals.linkedBytes)} linked`] : []),
  ];
  const there = totals.skippedBytes > 0 ? [`${formatBytes(totals.skippedBytes)} there already`] : [];
  const [first = 'nothing copied', ...rest] = work;
  return [
    `  ${whole ? '' : 'selected: '}${content}`,
    `  ${[[first, ...rest].join(', ') + ` ${time}`, ...there].join(', ')}`,
  ];
}

/** Registry 3 serves everything but schema1 manifests. */
function servingImage(report: Report): string {
  return report.warnings.some(({ code }) => code === 'SCHEMA1') ? 'registry:2' : 'registry:3';
}
