import type { BlobCount, Difference, TagDifference } from '../diff/diff.ts';
import { count, digestVariants, formatBytes, formatCount } from './format.ts';
import { shortTag } from './image-notes.ts';
import { renderTable, type Column, type Concession } from './table.ts';
import type { Colors } from './terminal.ts';
import { padStart, printable, wrap } from './text.ts';

export interface DiffContext {
  readonly colors: Colors;
  /** Cells available; undefined where lines may have any length. */
  readonly width: number | undefined;
  /** Show every tag and whole digests. */
  readonly verbose: boolean;
}

/** What is compared, as the user named it. */
export interface DiffNames {
  readonly a: string;
  readonly b: string;
}

export type TagChange = 'added' | 'removed' | 'moved';

/** So many tags are listed before the rest is only counted. */
const SHOWN_TAGS = 100;
const SHOWN_BLOBS = 20;

const signs: Readonly<Record<TagChange, string>> = { added: '+', removed: '-', moved: '~' };

/** What became of a tag on the way from A to B. */
export function changeOf({ before, after }: Pick<TagDifference, 'before' | 'after'>): TagChange {
  return before === null ? 'added' : after === null ? 'removed' : 'moved';
}

/** A comparison for people. */
export function renderDiff(difference: Difference, names: DiffNames, context: DiffContext): string {
  const { a, b } = { a: printable(names.a), b: printable(names.b) };
  const { tags, common, commonTags, same } = difference;
  const { colors, width } = context;
  const all = `${count(commonTags, 'tag')}, ${count(common.blobs, 'blob')}, ${formatBytes(common.bytes)}`;
  const headline = same ? `${a} and ${b} have the same: ${all}` : `${a} → ${b}: ${summary(difference)}`;
  const lines = [
    ...wrap(headline, width, 2).map(colors.bold),
    ...(tags.length === 0 ? [] : tagLines(tags, context)),
    ...(same ? [] : ['', ...blobLines(difference, context)]),
  ];
  return lines.map(line => `${line}\n`).join('');
}

function summary({ tags, added, removed, resized }: Difference): string {
  const changes = (['added', 'removed', 'moved'] as const).flatMap(change => {
    const number = tags.filter(tag => changeOf(tag) === change).length;
    return number === 0 ? [] : [`${count(number, 'tag')} ${change}`];
  });
  const blobs = added.blobs + removed.blobs + resized.length;
  return [
    ...(changes.length === 0 ? ['the same tags'] : changes),
    ...(blobs === 0 ? ['the same blobs'] : []),
  ].join(', ');
}

function tagLines(
  tags: readonly TagDifference[],
  { colors, width, verbose }: DiffContext,
): readonly string[] {
  const shown = verbose ? tags : tags.slice(0, SHOWN_TAGS);
  const paint = { added: colors.green, removed: colors.red, moved: colors.yellow };
  const style = (text: string, tag: TagDifference): string => paint[changeOf(tag)](text);
  const digest = (side: 'before' | 'after', title: string): Column<TagDifference> => ({
    title,
    cell: tag => (tag[side] === null ? '-' : digestVariants(tag[side], verbose)),
    style: colors.dim,
  });
  const columns: readonly Column<TagDifference>[] = [
    { title: ' ', cell: tag => signs[changeOf(tag)], style },
    {
      title: 'TAG',
      cell: one => printable(`${one.repository}:${verbose ? one.tag : shortTag(one.tag)}`),
      style,
    },
    digest('before', 'A'),
    digest('after', 'B'),
  ];
  const hidden = tags.length - shown.length;
  return [
    ...renderTable(columns, shown, { width, indent: 2, concessions, styleTitle: colors.dim }),
    ...(hidden === 0 ? [] : [`  ... and ${count(hidden, 'more tag')}; --verbose lists them all`]),
  ];
}

const concessions: readonly Concession[] = [
  { title: 'A', how: 'shorten' },
  { title: 'B', how: 'shorten' },
  { title: 'TAG', how: 'squeeze', least: 28 },
  { title: 'A', how: 'drop' },
  { title: 'B', how: 'drop' },
  { title: 'TAG', how: 'squeeze' },
];

function blobLines(
  { added, removed, common, resized }: Difference,
  { colors, verbose }: DiffContext,
): readonly string[] {
  const rows: readonly (readonly [string, BlobCount, (text: string) => string])[] = [
    ['+ only in B', added, colors.green],
    ['- only in A', removed, colors.red],
    ['  in both', common, String],
  ];
  const blobsWidth = Math.max(...rows.map(([, { blobs }]) => formatCount(blobs).length));
  const bytesWidth = Math.max(...rows.map(([, { bytes }]) => formatBytes(bytes).length));
  const damaged = verbose ? resized : resized.slice(0, SHOWN_BLOBS);
  const hidden = resized.length - damaged.length;
  return [
    ...rows.map(([title, { blobs, bytes }, paint]) => {
      const number = padStart(formatCount(blobs), blobsWidth);
      return `  ${paint(title.padEnd(11))}  ${number} ${blobs === 1 ? 'blob ' : 'blobs'}  ${padStart(formatBytes(bytes), bytesWidth)}`;
    }),
    ...(resized.length === 0
      ? []
      : ['', colors.red('Blobs whose size differs: one of the two is damaged, verify tells which')]),
    ...damaged.map(
      ({ digest, before, after }) =>
        `  ${verbose ? digest : (digestVariants(digest, false)[0] ?? digest)}  ${String(before)} bytes in A, ${String(after)} in B`,
    ),
    ...(hidden === 0 ? [] : [`  ... and ${count(hidden, 'more blob')}; --verbose lists them all`]),
  ];
}
