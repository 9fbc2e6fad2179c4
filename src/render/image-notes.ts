import { shortDigest } from '../oci/digest.ts';
import type { ImageReport, Report } from '../report.ts';
import { count, formatBytes } from './format.ts';
import { nameOf, type ReportContext } from './image-table.ts';
import { printable } from './text.ts';

/** So many names of platforms or artifact types stand in a summary line. */
const SHOWN = 6;

/** What goes with the images and what was left out of them; with `verbose`, for each of them, and why it is in. */
export function renderNotes(
  { images, totals }: Pick<Report, 'images' | 'totals'>,
  context: ReportContext,
): readonly string[] {
  const good = images.filter(image => image.status !== 'failed');
  const summary = [...referrerSummary(good), ...platformSummary(good)].map(line => `  ${line}`);
  if (!context.verbose) return summary;
  const details = good.flatMap(image => [
    `  ${context.colors.bold(printable(nameOf(image)))}`,
    ...detailsOf(image),
  ]);
  const scanned = totals.scannedManifests;
  const cost = scanned === 0 ? [] : [`  ${count(scanned, 'manifest')} read to find out what they are about`];
  return [...details, ...(summary.length + cost.length > 0 ? [''] : []), ...summary, ...cost];
}

function detailsOf(image: ImageReport): readonly string[] {
  const { repository, outputRepository, requested, reasons, leftPlatforms, leftBytes, referrers } = image;
  return [
    `in because: ${printable(whyOf(reasons, requested))}`,
    ...(outputRepository === repository ? [] : [`renamed from ${printable(repository)}`]),
    ...(leftPlatforms.length === 0
      ? []
      : [`left out: ${leftPlatforms.map(printable).join(', ')}, saving ${formatBytes(leftBytes)}`]),
    ...referrers.map(({ artifactType, digest, subject, tag }) => {
      const by = tag === null ? '' : ` (tag ${printable(shortTag(tag))})`;
      return `${printable(artifactType || 'artifact')} ${shortDigest(digest)} about ${shortDigest(subject)}${by}`;
    }),
  ].map(line => `    ${line}`);
}

/** What was asked for is told where no reason tells it. */
function whyOf(reasons: readonly string[], requested: string): string {
  const told = reasons.some(reason => reason.includes(requested));
  return (told ? reasons : [...reasons, `asked for as ${requested}`]).join('; ');
}

/** A digest tag is mostly digest. */
function shortTag(tag: string): string {
  return tag.replace(/^([a-z0-9]+-[0-9a-f]{12})[0-9a-f]+/, '$1…');
}

function referrerSummary(images: readonly ImageReport[]): readonly string[] {
  const referrers = images.flatMap(image => image.referrers);
  const total = new Set(referrers.map(({ digest }) => digest)).size;
  if (total === 0) return [];
  return [
    `with ${count(total, 'referrer')}: ${listed(referrers.map(({ artifactType }) => artifactType || 'artifact'))}`,
  ];
}

function platformSummary(images: readonly ImageReport[]): readonly string[] {
  const left = images.flatMap(image => image.leftPlatforms);
  if (left.length === 0) return [];
  const saved = images.reduce((total, image) => total + image.leftBytes, 0);
  return [`platforms left out: ${listed(left)}, saving ${formatBytes(saved)}`];
}

/** Each once, the first few of them. */
function listed(names: readonly string[]): string {
  const each = [...new Set(names)].map(printable);
  return each.slice(0, SHOWN).join(', ') + (each.length > SHOWN ? `, … (${String(each.length)} in all)` : '');
}
