import type { Report } from '../report.ts';
import { count, formatBytes } from './format.ts';
import { renderNotes } from './image-notes.ts';
import { renderImages, type ReportContext } from './image-table.ts';
import { isInterrupted } from './report.ts';
import { padEnd, padStart, printable } from './text.ts';

/**
 * A dry run's report for people: what each image needs, and what all of them need together.
 * @param output the output as the user gave it, if any
 * @param added whether the output may hold some of it already, as an archive never does
 */
export function renderPlan(
  report: Report,
  output: string | undefined,
  context: ReportContext,
  added = true,
): string {
  const { colors } = context;
  if (isInterrupted(report)) return 'Interrupted before the plan was made; nothing was written.\n';
  const good = report.images.filter(image => image.status !== 'failed');
  if (good.length === 0) return '';
  const { totals } = report;
  const some = good.length < report.images.length ? `${String(good.length)} of ` : '';
  const headline = `Plan for ${some}${count(report.images.length, 'image')} (dry run, nothing is written)`;
  const sum = report.images.reduce((bytes, image) => bytes + image.bytes, 0);
  const rows: (readonly [string, number, string])[] = [
    [
      'together',
      totals.bytes,
      `${count(totals.blobs, 'blob')}, ${count(totals.manifests, 'manifest')} among them`,
    ],
  ];
  if (sum > totals.bytes) rows.unshift(['each on its own', sum, '']);
  if (output !== undefined && added) {
    rows.push(['already there', totals.skippedBytes, `in ${printable(output)}`]);
  }
  if (totals.baseBytes > 0) rows.push(['in the base', totals.baseBytes, 'is left out']);
  if (output !== undefined)
    rows.push(['to be copied', totals.bytes - totals.skippedBytes - totals.baseBytes, '']);
  const titles = Math.max(...rows.map(([title]) => title.length));
  const sizes = Math.max(...rows.map(([, bytes]) => formatBytes(bytes).length));
  const notes = renderNotes(report, context);
  const lines = [
    colors.bold(headline),
    ...renderImages(report.images, good.length > 1 ? 'shared' : 'total', context),
    '',
    ...rows.map(([title, bytes, note]) =>
      `  ${padEnd(title, titles)}  ${padStart(formatBytes(bytes), sizes)}  ${note}`.trimEnd(),
    ),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ];
  return lines.map(line => `${line}\n`).join('');
}
