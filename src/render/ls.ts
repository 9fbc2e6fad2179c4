import { exitCodeFor, exitCodes, type Failure } from '../errors.ts';
import { nameOf } from '../look/details.ts';
import type { ListEntry } from '../look/entry.ts';
import { shortDigest } from '../oci/digest.ts';
import { digestColumn } from './digest-column.ts';
import { count, formatBytes, formatDate, platformVariants, shortTag } from './format.ts';
import { kindText } from './kind.ts';
import { growingTable, type Column, type Concession } from './table.ts';
import type { Colors } from './terminal.ts';
import { displayWidth, padEnd, printable, wrap } from './text.ts';

export interface ListContext {
  readonly colors: Colors;
  /** Cells available; undefined where lines may have any length. */
  readonly width: number | undefined;
  /** Digests in full, also beside names. */
  readonly digests: boolean;
  /** The listing is of revisions that no tag points to. */
  readonly untagged: boolean;
  /** When tags were pushed is shown, and not when images were built. */
  readonly pushed: boolean;
}

/** What a listing came to. */
export interface ListTotals {
  readonly repositories: number;
  readonly images: number;
  /** Those with something wrong. */
  readonly damaged: number;
  /** Digest tags that were left out. */
  readonly hiddenTags: number;
}

/** Turns entries into text one by one; what it returns may be about earlier ones. */
export interface ListPrinter {
  entry(entry: ListEntry): string;
  end(): string;
}

/** One name a line, as references that can be given to a scrape: `repository:tag`, with digests `repository:tag@digest`. */
export function namePrinter({ digests }: Pick<ListContext, 'digests'>): ListPrinter {
  return {
    entry: entry => {
      const pinned = digests && entry.tag !== null && entry.digest !== undefined ? `@${entry.digest}` : '';
      return `${printable(nameOf(entry) + pinned)}\n`;
    },
    end: () => '',
  };
}

/** Cells for repositories; tags begin behind them. */
const NAME_COLUMN = 28;
const GAP = 2;

/** For a terminal: each repository once, its tags beside it. */
export function tidyPrinter({ colors, width = 80 }: Pick<ListContext, 'colors' | 'width'>): ListPrinter {
  let repository: string | undefined;
  let used = 0;
  const indent = width < 2 * NAME_COLUMN ? 4 : NAME_COLUMN;
  const open = (name: string): string => {
    const before = repository === undefined ? '' : '\n';
    repository = name;
    const text = printable(name);
    const long = displayWidth(text) + GAP > indent;
    used = indent;
    return `${before}${colors.bold(text)}${long ? `\n${' '.repeat(indent)}` : padEnd('', indent - displayWidth(text))}`;
  };
  return {
    entry(entry) {
      const fresh = entry.repository !== repository;
      const head = fresh ? open(entry.repository) : '';
      const whole = printable(entry.tag ?? `@${shortDigest(entry.digest ?? '')}`);
      const text = indent + displayWidth(whole) > width ? shortTag(whole) : whole;
      const gap = used === indent ? 0 : GAP;
      const fits = gap === 0 || used + gap + displayWidth(text) <= width;
      const space = fits ? ' '.repeat(gap) : `\n${' '.repeat(indent)}`;
      used = (fits ? used + gap : indent) + displayWidth(text);
      return head + space + text;
    },
    end: () => (repository === undefined ? '' : '\n'),
  };
}

/** Rows that are laid out together, at most, and for how many milliseconds they are waited for. */
const BATCH = 200;
const PATIENCE = 1000;

/**
 * A line for each entry, with what its manifests say.
 * @param now monotonic clock, milliseconds
 */
export function longPrinter(context: ListContext, now: () => number): ListPrinter {
  const { width, colors, digests, untagged } = context;
  const whole = digestColumn<ListEntry>(({ digest }) => digest, { whole: digests, width, colors });
  const lines = growingTable(columnsFor(context, whole.columns), {
    width,
    indent: 0,
    concessions: untagged ? untaggedConcessions : concessions,
    styleTitle: colors.dim,
    ...(whole.below && { below: whole.below }),
  });
  let rows: ListEntry[] = [];
  let since = 0;
  const flush = (): string => {
    if (rows.length === 0) return '';
    const text = lines(rows).map(line => `${line}\n`);
    rows = [];
    return text.join('');
  };
  return {
    entry(entry) {
      if (rows.length === 0) since = now();
      rows.push(entry);
      return rows.length >= BATCH || now() - since >= PATIENCE ? flush() : '';
    },
    end: flush,
  };
}

function columnsFor(
  { colors, untagged, pushed }: ListContext,
  digest: readonly Column<ListEntry>[],
): readonly Column<ListEntry>[] {
  const partOf: Column<ListEntry> = { title: 'PART OF', cell: entry => partOfVariants(entry) };
  return [
    { title: untagged ? 'REPOSITORY' : 'IMAGE', cell: entry => imageCell(entry, untagged) },
    ...digest,
    {
      title: 'KIND',
      cell: kindVariants,
      style: (text, { error }) => (error ? colors.red(text) : text),
    },
    {
      title: 'PLATFORMS',
      cell: ({ summary }) => platformVariants((summary?.platforms ?? []).map(printable)),
    },
    {
      title: 'SIZE',
      align: 'right',
      cell: ({ summary }) => (summary ? formatBytes(summary.size) : '-'),
    },
    {
      title: pushed ? 'PUSHED' : 'CREATED',
      cell: entry => dateVariants(pushed ? entry.pushed : entry.summary?.created),
    },
    ...(untagged ? [partOf] : []),
  ];
}

const concessions: readonly Concession[] = [
  { title: 'PLATFORMS', how: 'shorten' },
  { title: 'CREATED', how: 'shorten' },
  { title: 'PUSHED', how: 'shorten' },
  { title: 'DIGEST', how: 'shorten' },
  { title: 'KIND', how: 'shorten' },
  { title: 'IMAGE', how: 'shorten' },
  { title: 'IMAGE', how: 'squeeze', least: 36 },
  { title: 'PLATFORMS', how: 'drop' },
  { title: 'DIGEST', how: 'drop' },
  { title: 'KIND', how: 'drop' },
  { title: 'CREATED', how: 'drop' },
  { title: 'PUSHED', how: 'drop' },
  { title: 'IMAGE', how: 'squeeze' },
  { title: 'SIZE', how: 'drop' },
];

/** The digest of a revision without a tag is its name, which stays as long as there is room for anything. */
const untaggedConcessions: readonly Concession[] = [
  { title: 'PLATFORMS', how: 'shorten' },
  { title: 'CREATED', how: 'shorten' },
  { title: 'PART OF', how: 'shorten' },
  { title: 'DIGEST', how: 'shorten' },
  { title: 'KIND', how: 'shorten' },
  { title: 'PART OF', how: 'squeeze' },
  { title: 'REPOSITORY', how: 'squeeze', least: 24 },
  { title: 'PLATFORMS', how: 'drop' },
  { title: 'CREATED', how: 'drop' },
  { title: 'PUSHED', how: 'drop' },
  { title: 'KIND', how: 'drop' },
  { title: 'SIZE', how: 'drop' },
  { title: 'REPOSITORY', how: 'squeeze' },
  { title: 'DIGEST', how: 'squeeze' },
];

function imageCell(entry: ListEntry, untagged: boolean): string | readonly string[] {
  const { repository, tag, digest = '' } = entry;
  if (untagged) return printable(repository);
  if (tag === null) return printable(`${repository}@${shortDigest(digest)}`);
  return [nameOf(entry), `${repository}:${shortTag(tag)}`].map(printable);
}

function kindVariants({ summary, error }: ListEntry): readonly string[] {
  const kind = summary && kindText(summary);
  if (!error) return [kind ?? '-'];
  const state = stateText(error);
  if (kind === undefined) return [state];
  const word = state === 'missing' ? 'incomplete' : state;
  return [`${word} ${kind}`, word];
}

/** What an error means for the thing that has it, in a word. */
export function stateText(error: Pick<Failure, 'code'>): 'missing' | 'damaged' | 'unreadable' {
  const code = exitCodeFor([error]);
  if (code === exitCodes.missing) return 'missing';
  return code === exitCodes.integrity ? 'damaged' : 'unreadable';
}

function dateVariants(time: number | undefined): readonly string[] {
  return time === undefined ? ['-'] : [formatDate(time, 'minute'), formatDate(time, 'day')];
}

function partOfVariants({ partOf = [], summary }: ListEntry): readonly string[] {
  const [first, ...others] = partOf.map(printable);
  if (first === undefined)
    return summary?.subject === undefined
      ? ['-']
      : [`about ${shortDigest(summary.subject)}`, 'about another'];
  const some = others.length === 0 ? '' : ` +${String(others.length)}`;
  return [[first, ...others].join(', '), first + some, shortTag(first) + some];
}

/** The end of a listing on a terminal. */
export function renderListTotals(
  { repositories, images, damaged, hiddenTags }: ListTotals,
  { untagged, colors, width }: Pick<ListContext, 'untagged' | 'colors' | 'width'>,
): string {
  const parts = [
    count(repositories, 'repository', 'repositories'),
    untagged ? count(images, 'untagged revision') : count(images, 'tag'),
    ...(damaged > 0 ? [count(damaged, 'of them is damaged', 'of them are damaged')] : []),
    ...(hiddenTags > 0 ? [`${count(hiddenTags, 'digest tag')} not shown (--all shows them)`] : []),
  ];
  return wrap(parts.join(', '), width, 2)
    .map(line => `${colors.dim(line)}\n`)
    .join('');
}
