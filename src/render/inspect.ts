import type { Inspection, InspectionTotals } from '../look/inspect.ts';
import { ownParts, referrersIn, type ManifestPart, type ReferrerPart, type State } from '../look/tree.ts';
import { shortDigest } from '../oci/digest.ts';
import { digestColumn } from './digest-column.ts';
import { count, digestVariants, formatBytes, formatCount, formatDate } from './format.ts';
import { artifactText, kindText } from './kind.ts';
import { shortMediaType } from './media-type.ts';
import { renderTable, type Column, type Concession } from './table.ts';
import type { Colors } from './terminal.ts';
import { displayWidth, padEnd, printable, truncate, truncateMiddle, wrap } from './text.ts';
import { branchesBelow, treeRows, type TreeRow } from './tree-rows.ts';

export interface InspectContext {
  readonly colors: Colors;
  /** Cells available; undefined where lines may have any length. */
  readonly width: number | undefined;
  /** Whether line-drawing characters can be shown. */
  readonly unicode: boolean;
  /** Everything, with whole digests. */
  readonly verbose: boolean;
}

/** Parts shown below one manifest, and manifests whose annotations are shown, before the rest is only counted. */
const MOST_PARTS = 40;
const MOST_ANNOTATED = 10;

/** What an image consists of, for people: a summary, the tree, annotations. */
export function renderInspection(inspection: Inspection, context: InspectContext): string {
  const { repository, tag, digest } = inspection;
  const name = printable(tag === null ? `${repository}@${shortDigest(digest)}` : `${repository}:${tag}`);
  const lines = [
    context.colors.bold(name),
    `  ${context.colors.dim(fitting(digestVariants(digest, true), context, 2))}`,
    ...summaryLines(inspection, context),
    '',
    ...treeLines(inspection, context),
    ...annotationLines(inspection.manifest, context),
  ];
  return lines.map(line => `${line}\n`).join('');
}

/** The fullest of some texts that fits behind an indent. */
function fitting(variants: readonly string[], { width = Infinity }: InspectContext, indent: number): string {
  return variants.find(text => indent + displayWidth(text) <= width) ?? variants.at(-1) ?? '';
}

function summaryLines(inspection: Inspection, context: InspectContext): readonly string[] {
  const { colors, width } = context;
  const { manifest, tags, totals } = inspection;
  const images = [...ownParts(manifest)].filter(part => part.role === 'manifest');
  const created = Math.max(...images.map(part => part.created ?? -Infinity));
  const platforms = new Set(
    images.filter(({ state }) => state === 'ok').flatMap(({ platform }) => platform ?? []),
  );
  const rows: (readonly [name: string, text: string])[] = [
    ['kind', fitting(kindVariants(manifest), context, NAMES)],
    ['platforms', [...platforms].join(', ')],
    ['created', created === -Infinity ? '' : `${formatDate(created, 'minute')} UTC`],
    ['size', sizeText(totals, images)],
    ['shared', sharingText(inspection)],
    ['referrers', referrersText(inspection)],
    ['tags', tags.join(', ')],
  ];
  return rows
    .filter(([, text]) => text !== '')
    .flatMap(([title, text]) => {
      const [first = '', ...rest] = wrap(`  ${padEnd(title, NAMES - 2)}${printable(text)}`, width, NAMES);
      return [colors.dim(first.slice(0, NAMES)) + first.slice(NAMES), ...rest];
    });
}

/** Cells that the names of the summary's lines take. */
const NAMES = 13;

function kindVariants({ kind, artifactType, mediaType, state }: ManifestPart): readonly string[] {
  if (kind === null) return [state];
  const text = kindText({ kind, ...(artifactType !== null && { artifactType }) });
  return [`${text} (${artifactType ?? mediaType})`, text];
}

function sizeText({ bytes, blobs }: InspectionTotals, images: readonly ManifestPart[]): string {
  if (blobs === 0) return '';
  const size = `${formatBytes(bytes)} in ${count(blobs, 'blob')}`;
  const absent = images.filter(({ state, errors }) => state === 'missing' && errors.length === 0).length;
  return absent === 0 ? size : `${size}; ${count(absent, 'manifest')} of the index not in this registry`;
}

function sharingText({ sharing, repository, totals }: Inspection): string {
  const { otherImages, comparedImages, sharedBytes } = sharing;
  if (otherImages === 0 || totals.bytes === 0) return '';
  const others =
    comparedImages < otherImages
      ? `the last ${String(comparedImages)} of ${count(otherImages, 'other image')}`
      : count(otherImages, 'other image');
  const share = sharedBytes === 0 ? 'nothing' : formatBytes(sharedBytes);
  return `${share} with ${others} of ${repository}, ${formatBytes(sharing.ownBytes)} its own`;
}

function referrersText({ manifest, totals }: Inspection): string {
  const counted = new Map<string, Set<string>>();
  for (const referrer of referrersIn(manifest)) {
    if (referrer.via === 'fallback tag') continue;
    const kind = referrerKind(referrer);
    counted.set(kind, (counted.get(kind) ?? new Set()).add(referrer.manifest.digest));
  }
  if (counted.size === 0) return '';
  const kinds = [...counted].map(([kind, digests]) => `${formatCount(digests.size)} × ${kind}`);
  return `${kinds.join(', ')}; ${formatBytes(totals.referrerBytes)}`;
}

/** The suffix of a digest tag says more than what the manifest behind it calls itself. */
function referrerKind({ artifactType, manifest }: ReferrerPart): string {
  return artifactText(artifactType === '' ? (manifest.artifactType ?? '') : artifactType);
}

function treeLines(
  { manifest, sharing }: Inspection,
  { colors, width, unicode, verbose }: InspectContext,
): readonly string[] {
  const rows = treeRows(manifest, unicode, verbose ? Infinity : MOST_PARTS);
  const digests = digestColumn<TreeRow>(({ part }) => part?.digest, {
    ...{ whole: verbose, width, colors },
    absent: '',
  });
  const columns: readonly Column<TreeRow>[] = [
    { title: 'PART', cell: row => row.branches + (row.remark ?? labelOf(row)) },
    ...digests.columns,
    {
      title: 'SIZE',
      align: 'right',
      cell: ({ part }) => (part ? (part.size === null ? '-' : formatBytes(part.size)) : ''),
    },
    {
      title: 'TYPE',
      cell: ({ part }) => (part ? typeVariants(part.mediaType) : ''),
    },
    {
      title: 'NOTE',
      cell: row => noteVariants(row, sharing.sharedWith),
      style: (text, { part }) => (part ? stateColor(part.state, colors)(text) : text),
    },
  ];
  const below = (row: TreeRow): string | undefined =>
    // where the tree is deep its lines give way
    row.part &&
    branchesBelow(row).slice(0, Math.max(0, (width ?? 0) - row.part.digest.length)) +
      colors.dim(row.part.digest);
  return renderTable(columns, rows, {
    ...{ width, indent: 0, concessions, styleTitle: colors.dim },
    ...(digests.below && { below }),
  });
}

/** What a part is says more than its digest, which is whole in the document and with --verbose. */
const concessions: readonly Concession[] = [
  { title: 'TYPE', how: 'shorten' },
  { title: 'DIGEST', how: 'shorten' },
  { title: 'NOTE', how: 'shorten', most: 3 },
  { title: 'PART', how: 'squeeze', least: 30 },
  { title: 'TYPE', how: 'squeeze' },
  { title: 'DIGEST', how: 'drop' },
  { title: 'PART', how: 'squeeze', least: 20 },
  { title: 'NOTE', how: 'shorten' },
  { title: 'NOTE', how: 'squeeze' },
  { title: 'TYPE', how: 'drop' },
  { title: 'SIZE', how: 'drop' },
];

function labelOf({ part, referrer }: TreeRow): string {
  if (!referrer) return printable(part?.label ?? '');
  return referrer.via === 'fallback tag' ? 'list of referrers' : referrerKind(referrer);
}

/** Cells for types that have no short form, where there is little room. */
const SHORT_TYPE = 16;

function typeVariants(mediaType: string): readonly string[] {
  if (mediaType === '') return ['-'];
  const short = printable(shortMediaType(mediaType));
  return [printable(mediaType), short, truncateMiddle(short, SHORT_TYPE)];
}

/** Remarks, from the fullest to the shortest. */
function noteVariants(
  { part, referrer }: TreeRow,
  sharedWith: ReadonlyMap<string, number>,
): readonly string[] {
  if (!part) return [''];
  const state = part.state === 'ok' ? [] : [stateNotes[part.state]];
  const shared = sharedWith.get(part.digest) ?? 0;
  const others = shared > 0 && !referrer ? [`in ${count(shared, 'other image')}`] : [];
  const repeated = part.role === 'manifest' && part.repeated ? ['shown above'] : [];
  const created = part.role === 'manifest' && part.created !== null ? [formatDate(part.created, 'day')] : [];
  const tag = referrer?.tag === null || referrer?.tag === undefined ? [] : [`tag ${printable(referrer.tag)}`];
  return [
    [...state, ...repeated, ...others, ...created, ...tag].join(', '),
    [...state, ...repeated, ...others, ...created].join(', '),
    [...state, ...repeated, ...others].join(', '),
    [...state, ...repeated, ...(others.length > 0 ? [`in ${String(shared)} others`] : [])].join(', '),
    [...state, ...repeated.map(() => 'above')].join(', '),
  ];
}

const stateNotes: Readonly<Record<Exclude<State, 'ok'>, string>> = {
  missing: 'missing',
  damaged: 'damaged',
  unreadable: 'unreadable',
  elsewhere: 'not in the storage',
};

function stateColor(state: State, colors: Colors): (text: string) => string {
  if (state === 'ok') return colors.dim;
  return state === 'elsewhere' ? colors.yellow : colors.red;
}

function annotationLines(top: ManifestPart, { colors, width, verbose }: InspectContext): readonly string[] {
  const annotated = [top, ...[...referrersIn(top)].map(({ manifest }) => manifest)]
    .flatMap(manifest => [...ownParts(manifest)])
    .filter(part => part.role === 'manifest' || verbose)
    .filter(({ annotations }) => Object.keys(annotations).length > 0);
  const distinct = [...new Map(annotated.map(part => [part.digest, part])).values()];
  const shown = verbose ? distinct : distinct.slice(0, MOST_ANNOTATED);
  if (shown.length === 0) return [];
  const cut = (line: string): string => (width === undefined || verbose ? line : truncate(line, width));
  const hidden = distinct.length - shown.length;
  const named = (label: string, digest: string): readonly string[] =>
    displayWidth(label) + 1 + digest.length <= (width ?? Infinity)
      ? [`${label} ${colors.dim(digest)}`]
      : [label, `    ${colors.dim(digest)}`];
  return [
    '',
    colors.bold('Annotations'),
    ...shown.flatMap(({ label, digest, annotations }) => [
      ...named(`  ${printable(label)}`, verbose ? digest : shortDigest(digest)),
      ...Object.entries(annotations).map(([key, value]) => cut(`    ${printable(key)}: ${printable(value)}`)),
    ]),
    ...(hidden > 0 ? [`  ... and of ${String(hidden)} more; --verbose shows them all`] : []),
  ];
}
