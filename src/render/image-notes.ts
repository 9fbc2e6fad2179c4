import type { ImageReport, Report } from '../report.ts';
import { count, formatBytes, shortTag } from './format.ts';
import { nameOf, type ReportContext } from './image-table.ts';
import { artifactName, artifactText } from './kind.ts';
import { printable, wrap } from './text.ts';

export { shortTag };

/** So many names of platforms or artifact types stand in a summary line. */
const SHOWN = 6;

/** What goes with the images and what was left out of them; with `verbose`, for each of them, and why it is in. */
export function renderNotes(
  { images, totals }: Pick<Report, 'images' | 'totals'>,
  context: ReportContext,
): readonly string[] {
  const good = images.filter(image => image.status !== 'failed');
  const { width } = context;
  const summary = [...referrerSummary(good), ...platformSummary(good)].flatMap(line =>
    wrap(`  ${line}`, width, 4),
  );
  if (!context.verbose) return summary;
  const details = good.flatMap(image => [
    `  ${context.colors.bold(printable(nameOf(image)))}`,
    ...detailsOf(image).flatMap(line => wrap(`    ${line}`, width, 6)),
  ]);
  const scanned = totals.scannedManifests;
  const cost = scanned === 0 ? [] : [`  ${count(scanned, 'manifest')} read in looking for referrers`];
  return [...details, ...(summary.length + cost.length > 0 ? [''] : []), ...summary, ...cost];
}

function detailsOf(image: ImageReport): readonly string[] {
  const { repository, outputRepository, leftPlatforms, leftBytes, referrers } = image;
  return [
    `in because: ${printable(whyOf(image))}`,
    ...(outputRepository === repository ? [] : [`renamed from ${printable(repository)}`]),
    ...(leftPlatforms.length === 0
      ? []
      : [`left out: ${leftPlatforms.map(printable).join(', ')}, saving ${formatBytes(leftBytes)}`]),
    ...referrers.map(({ artifactType, digest, subject, tag }) => {
      // the digest in it is the one before it
      const by = tag === null ? '' : ` (tag ${printable(shortTag(tag))})`;
      // a tag tells the type itself
      const named = tag === null && artifactName(artifactType) !== undefined;
      const type = named ? ` (${printable(artifactType)})` : '';
      return `${artifactText(artifactType)}${type} ${digest} about ${subject}${by}`;
    }),
  ];
}

/** What was asked for is told where it is not the image's very name. */
function whyOf({ reasons, requested, repository, tag, digest }: ImageReport): string {
  const name = tag === null ? `${repository}@${String(digest)}` : `${repository}:${tag}`;
  return (requested === name ? reasons : [...reasons, `asked for as ${requested}`]).join('; ');
}

function referrerSummary(images: readonly ImageReport[]): readonly string[] {
  const referrers = images.flatMap(image => image.referrers);
  const total = new Set(referrers.map(({ digest }) => digest)).size;
  if (total === 0) return [];
  return [
    `with ${count(total, 'referrer')}: ${listed(referrers.map(({ artifactType }) => artifactText(artifactType)))}`,
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
