import type { ArchiveReport, Report } from '../report.ts';
import { count, formatBytes, formatDuration, formatRate } from './format.ts';
import { firstName, type ShippedFormat } from './next-steps.ts';
import { renderNotes } from './image-notes.ts';
import { renderImages, type ReportContext } from './image-table.ts';
import { isInterrupted } from './report.ts';
import { printable, shellWord } from './text.ts';

/** So many parts are listed one by one, unless everything is to be listed. */
const MOST_PARTS = 8;

/** What was written into an archive, for people: what it holds, its files, and how to go on. */
export function renderArchiveReport(
  report: Report,
  archive: ArchiveReport,
  context: ReportContext,
  format: ShippedFormat = 'registry',
): string {
  const { colors } = context;
  const { files } = archive;
  const [first] = files;
  const where =
    first === undefined
      ? 'standard output'
      : files.length === 1
        ? printable(first.path)
        : count(files.length, 'part');
  const lines = [
    colors.bold(`Packed ${count(report.images.length, 'image')} into ${where}`),
    ...renderImages(report.images, 'total', context),
    '',
    ...totalLines(report, archive),
    ...fileLines(archive, context),
    ...renderNotes(report, context),
    ...(first === undefined
      ? []
      : ['', ...nextSteps(archive, format, printable(firstName(report)), context)]),
  ];
  return lines.map(line => `${line}\n`).join('');
}

/** What is left of an archive that was not finished, for people. Empty where the errors say it all. */
export function renderUnfinishedArchive(report: Report): string {
  return isInterrupted(report)
    ? 'Interrupted: nothing of the archive can be used. Run the same command again; it begins anew.\n'
    : '';
}

function totalLines({ totals }: Report, { files, tarBytes }: ArchiveReport): readonly string[] {
  const rate = formatRate(tarBytes, totals.durationMs);
  const stored = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    `  ${count(totals.blobs, 'blob')}, ${formatBytes(totals.bytes)}`,
    ...(totals.baseBytes > 0 ? [`  ${formatBytes(totals.baseBytes)} of it left to the base`] : []),
    `  ${stored > 0 && stored !== tarBytes ? `${formatBytes(stored)} of ${formatBytes(tarBytes)} packed` : `${formatBytes(tarBytes)} packed`} in ${formatDuration(totals.durationMs)}${rate === undefined ? '' : ` (${rate})`}`,
  ];
}

function fileLines({ files, sums }: ArchiveReport, { verbose }: ReportContext): readonly string[] {
  const shown = verbose || files.length <= MOST_PARTS ? files : files.slice(0, MOST_PARTS);
  const more = files.length - shown.length;
  if (files.length === 0) return [];
  return [
    '',
    ...shown.map(({ path, bytes }) => `  ${printable(path)}  ${formatBytes(bytes)}`),
    ...(more > 0 ? [`  and ${String(more)} more`] : []),
    ...(sums === null ? [] : [`  ${printable(sums)}  checksums`]),
  ];
}

function nextSteps(
  { files, sums }: ArchiveReport,
  format: ShippedFormat,
  image: string,
  { colors }: ReportContext,
): readonly string[] {
  const word = shellWord(printable(files[0]?.path ?? ''));
  const use = {
    registry: `apply   registry-scraper apply ${word} -d /var/lib/registry`,
    oci: `use     skopeo copy oci-archive:${word}:${image} containers-storage:${image}`,
    'docker-archive': `use     docker load -i ${word}`,
  };
  const steps = [
    ...(sums === null ? [] : [`check   sha256sum -c ${shellWord(printable(baseName(sums)))}`]),
    use[format],
  ];
  return [colors.bold('Next'), ...steps.map(step => `  ${step}`)];
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
