import type { ApplyReport } from '../apply/apply.ts';
import type { MovedTag } from '../apply/existing-tags.ts';
import { isDigest } from '../oci/digest.ts';
import { count, digestVariants, formatBytes } from './format.ts';
import { renderNotes, shortTag } from './image-notes.ts';
import { renderImages, type ReportContext } from './image-table.ts';
import { isInterrupted, totalLines } from './report.ts';
import { renderTable, type Column, type Concession } from './table.ts';
import { printable, shellWord, truncate, wrap } from './text.ts';

/** So many tags that moved are listed before the rest is only counted. */
const SHOWN_TAGS = 30;

/**
 * An apply's report for people: what the registry has now, or would have, which tags point elsewhere than before, what it
 * cost, and how to go on. Empty when nothing was or would be done.
 * @param target the registry's root directory
 */
export function renderApply(report: ApplyReport, target: string, context: ReportContext): string {
  const { colors } = context;
  const { images, movedTags, dryRun, ok } = report;
  const good = images.filter(({ status }) => status === 'copied' || status === 'present').length;
  const interrupted = isInterrupted(report);
  if (interrupted && (images.length === 0 || dryRun)) return 'Interrupted before anything was written.\n';
  if (!ok && !interrupted && (dryRun ? movedTags.length === 0 : good === 0)) return '';
  const lines = [
    ...wrap(headline(report, good, printable(target), interrupted), context.width, 2).map(colors.bold),
    ...(images.length === 0 ? [] : bodyLines(report, context)),
    ...nextLines(report, target, interrupted, context),
  ];
  return lines.map(line => `${line}\n`).join('');
}

/** What an operator should know after errors, beside the errors: what was not done because of them. A line, or nothing. */
export function renderApplyConsequence(report: ApplyReport): string {
  const { images, totals, dryRun, ok } = report;
  if (ok || dryRun || isInterrupted(report)) return '';
  const written = totals.copiedBytes > 0 || images.some(({ status }) => status === 'copied');
  if (!written) return 'Nothing was written.\n';
  if (images.length === 0)
    return 'Only blobs were written, to which nothing leads: the registry serves what it served before.\n';
  const left = images.filter(({ status }) => status === 'planned' || status === 'failed').length;
  const rest = `${count(left, 'image')} ${left === 1 ? 'was' : 'were'} not applied`;
  return `${rest}; all that the registry has of the others is whole.\n`;
}

function headline(
  { images, dryRun, ok }: ApplyReport,
  good: number,
  target: string,
  interrupted: boolean,
): string {
  const all = images.length;
  const some = `${String(good)} of ${count(all, 'image')} ${good === 1 || all === 1 ? 'is' : 'are'}`;
  const present = images.filter(({ status }) => status === 'present').length;
  if (all === 0) return 'Nothing to apply: there are no images in it';
  if (interrupted) return `Interrupted: ${some} complete in ${target}`;
  if (ok && present === all) {
    const whole = all === 1 ? '1 image is' : `all ${count(all, 'image')} are`;
    return `Nothing to apply: ${whole} in ${target} already`;
  }
  if (dryRun && !ok) return `Nothing would be applied to ${target} (dry run)`;
  if (dryRun)
    return `Would apply ${count(all - present, 'image')} to ${target} (dry run, nothing is written)`;
  if (good < all) return `${some} in ${target}`;
  if (present === 0) return `Applied ${count(all, 'image')} to ${target}`;
  return `${count(all, 'image')} in ${target}: ${String(all - present)} applied, ${String(present)} there already`;
}

function bodyLines(report: ApplyReport, context: ReportContext): readonly string[] {
  const { images, dryRun, totals } = report;
  const cost = dryRun
    ? [
        `  ${count(totals.blobs, 'blob')}, ${formatBytes(totals.bytes)}: ` +
          `${formatBytes(totals.bytes - totals.skippedBytes)} new, ${formatBytes(totals.skippedBytes)} there already`,
      ]
    : totalLines(report);
  return [
    ...renderImages(images, 'total', context),
    '',
    ...tagLines(report, context),
    ...cost,
    // why something is in was decided where it was shipped
    ...renderNotes(report, { ...context, verbose: false }),
  ];
}

function tagLines({ movedTags, dryRun, errors }: ApplyReport, context: ReportContext): readonly string[] {
  const refused = errors.some(({ code }) => code === 'TAG_EXISTS');
  if (refused) return tagTable(movedTags, 'IN THE WAY', ['AT', 'NOT'], context);
  const moved = movedTags.filter(({ kept, merged }) => !kept && merged !== true);
  const merged = movedTags.filter(one => one.merged === true);
  const kept = movedTags.filter(one => one.kept);
  return [
    ...tagTable(moved, dryRun ? 'WOULD MOVE' : 'MOVED', ['FROM', 'TO'], context),
    ...tagTable(merged, dryRun ? 'WOULD MERGE' : 'MERGED', ['FROM', 'TO'], context),
    ...tagTable(kept, dryRun ? 'WOULD STAY' : 'KEPT', ['AT', 'NOT'], context),
  ];
}

function tagTable(
  tags: readonly MovedTag[],
  title: string,
  [before, after]: readonly [string, string],
  { colors, width, verbose }: ReportContext,
): readonly string[] {
  if (tags.length === 0) return [];
  const shown = verbose ? tags : tags.slice(0, SHOWN_TAGS);
  const columns: readonly Column<MovedTag>[] = [
    { title, cell: one => printable(`${one.repository}:${verbose ? one.tag : shortTag(one.tag)}`) },
    { title: before, cell: one => variantsOf(one.before, verbose), style: colors.dim },
    { title: after, cell: one => variantsOf(one.after, verbose), style: colors.dim },
  ];
  const concessions: readonly Concession[] = [
    { title: before, how: 'shorten' },
    { title: after, how: 'shorten' },
    { title, how: 'squeeze' },
    { title: before, how: 'drop' },
  ];
  const hidden = tags.length - shown.length;
  return [
    ...renderTable(columns, shown, { width, indent: 2, concessions, styleTitle: colors.dim }),
    ...(hidden === 0 ? [] : [`  ... and ${count(hidden, 'more tag')}; --verbose lists them all`]),
    '',
  ];
}

/** A damaged link may hold anything. */
function variantsOf(target: string, whole: boolean): readonly string[] {
  return isDigest(target) ? digestVariants(target, whole) : [`"${truncate(printable(target), 22)}"`];
}

function nextLines(
  { ok, dryRun, images, warnings }: ApplyReport,
  target: string,
  interrupted: boolean,
  { colors, width }: ReportContext,
): readonly string[] {
  if (interrupted)
    return [
      '',
      ...wrap('Run the same command again to go on: what is there already is not written again.', width, 0),
    ];
  if (!ok || dryRun || images.every(({ status }) => status === 'present')) return [];
  const database = warnings.some(({ code, path }) => code === 'DATABASE_IN_USE' && path !== undefined);
  return [
    '',
    colors.bold('Next'),
    `  check   registry-scraper verify -d ${shellWord(printable(target))}`,
    ...(database ? [] : wrap('A registry that runs there serves it already, without a restart.', width, 0)),
  ];
}
