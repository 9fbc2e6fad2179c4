import { shortDigest } from '../oci/digest.ts';
import type { Finding } from '../verify/finding.ts';
import { findingKinds, kinds, type FindingKind, type Severity } from '../verify/kinds.ts';
import type { VerifyTotals } from '../verify/totals.ts';
import { count, formatBytes, formatCount, formatDuration, formatRate } from './format.ts';
import { renderTable, type Column } from './table.ts';
import type { Colors } from './terminal.ts';
import { printable, wrap } from './text.ts';

export interface VerifyContext {
  readonly colors: Colors;
  /** Cells available; undefined where lines may have any length. */
  readonly width: number | undefined;
  /** Show every finding that was kept. */
  readonly verbose: boolean;
  /** Show only what is wrong. */
  readonly quiet: boolean;
}

/** All findings of one kind, of which only the first are kept. */
export interface KindFindings {
  readonly count: number;
  readonly bytes: number;
  readonly first: readonly Finding[];
}

/** What a verification came to. */
export interface VerifyResult {
  /** As the user named it. */
  readonly target: string;
  readonly findings: ReadonlyMap<FindingKind, KindFindings>;
  /** Undefined when it did not come to its end. */
  readonly totals: VerifyTotals | undefined;
  /** Whether blobs that are no manifests were hashed. */
  readonly hashes: boolean;
  readonly interrupted: boolean;
  /** Things that could not be read. */
  readonly unread: number;
  readonly durationMs: number;
}

const severities: readonly Severity[] = ['damaged', 'missing', 'notice'];

/** So many findings of one kind are shown before the rest is only counted. */
export const SHOWN: Readonly<Record<Severity, number>> = { damaged: 10, missing: 10, notice: 3 };

/** How many findings of a severity there are. */
export function countOf({ findings }: Pick<VerifyResult, 'findings'>, severity: Severity): number {
  return [...findings].reduce(
    (sum, [kind, found]) => sum + (kinds[kind].severity === severity ? found.count : 0),
    0,
  );
}

/** A verification for people: what is wrong, where, and what to do; or that all is well. */
export function renderVerify(result: VerifyResult, context: VerifyContext): string {
  const { colors, width } = context;
  const wanted = severities.filter(severity => !context.quiet || severity !== 'notice');
  const rows = wanted.flatMap(severity =>
    findingKinds
      .filter(kind => kinds[kind].severity === severity)
      .flatMap((kind): Row[] => {
        const found = result.findings.get(kind);
        return found ? [{ kind, severity, found }] : [];
      }),
  );
  const lines = [
    ...wrap(headline(result), width, 2).map(colors.bold),
    ...(rows.length === 0 ? [] : ['', ...summary(rows, context)]),
    ...rows.flatMap(row => ['', ...section(row, context)]),
    ...(result.totals && !context.quiet ? ['', ...totalLines(result.totals, result)] : []),
  ];
  return lines.map(line => `${line}\n`).join('');
}

interface Row {
  readonly kind: FindingKind;
  readonly severity: Severity;
  readonly found: KindFindings;
}

function headline(result: VerifyResult): string {
  const target = printable(result.target);
  const damaged = countOf(result, 'damaged');
  const missing = countOf(result, 'missing');
  const bad = [
    ...(damaged > 0 ? [`${count(damaged, 'thing')} damaged`] : []),
    ...(missing > 0 ? [`${count(missing, 'thing')} missing`] : []),
  ].join(', ');
  if (result.interrupted)
    return `Interrupted: ${target} was not verified to the end${bad === '' ? '' : `; found so far: ${bad}`}`;
  if (bad !== '') return `${target} is ${damaged > 0 ? 'damaged' : 'incomplete'}: ${bad}`;
  if (result.unread > 0 || !result.totals)
    return `${target}: no damage found, but not everything could be read`;
  const hashed = result.hashes ? '' : '; only manifests were hashed';
  return `${target} is sound: a registry serves all of it, and garbage-collect goes through${hashed}`;
}

function summary(rows: readonly Row[], { colors, width }: VerifyContext): readonly string[] {
  const columns: readonly Column<Row>[] = [
    { title: 'FOUND', cell: ({ severity }) => severity, style: (text, row) => paint(row, colors)(text) },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'COUNT', align: 'right', cell: ({ found }) => String(found.count) },
    {
      title: 'SIZE',
      align: 'right',
      cell: ({ found }) => (found.bytes === 0 ? '-' : formatBytes(found.bytes)),
    },
  ];
  const concessions = [{ title: 'SIZE', how: 'drop' }] as const;
  return renderTable(columns, rows, { width, indent: 2, concessions, styleTitle: colors.dim });
}

function paint({ severity }: Pick<Row, 'severity'>, colors: Colors): (text: string) => string {
  return { damaged: colors.red, missing: colors.yellow, notice: colors.dim }[severity];
}

function section(row: Row, context: VerifyContext): readonly string[] {
  const { kind, severity, found } = row;
  const { colors, width, verbose } = context;
  const { title, hint } = kinds[kind];
  const shown = verbose ? found.first : found.first.slice(0, SHOWN[severity]);
  const hidden = found.count - shown.length;
  const all = verbose ? '--json lists them all' : '--verbose lists more';
  const [first = '', ...rest] = wrap(`${kind}: ${title}`, width, 2);
  return [
    paint(row, colors)(first.slice(0, kind.length)) + first.slice(kind.length),
    ...rest,
    ...shown.flatMap(finding => findingLines(finding, context)),
    ...(hidden > 0 ? [`  ... and ${formatCount(hidden)} more; ${all}`] : []),
    ...wrap(`  → ${hint}`, width, 4).map(colors.dim),
  ];
}

function findingLines(finding: Finding, { colors, width, verbose }: VerifyContext): readonly string[] {
  const { message, path, size } = finding;
  // of a notice, the place and the size say enough
  const brief = finding.severity === 'notice' && path !== undefined;
  const told = brief && finding.digest !== undefined && !verbose;
  const subject = subjectOf(finding, verbose);
  const bytes = size === undefined || size === 0 || !brief ? '' : `  ${formatBytes(size)}`;
  if (brief && subject === undefined) return [`  ${printable(path)}${bytes}`];
  return [
    ...wrap(`  ${printable(subject ?? path ?? '')}${bytes}`, width, 4),
    ...(brief ? [] : wrap(`    ${printable(message)}`, width, 4)),
    ...(path === undefined || subject === undefined || told ? [] : [`    ${colors.dim(printable(path))}`]),
  ];
}

/** What it is about, in the words of those who pull images. */
function subjectOf(finding: Finding, verbose: boolean): string | undefined {
  const { references = [], referenceCount = references.length, repository, tag, digest } = finding;
  const short = digest === undefined ? undefined : verbose ? digest : shortDigest(digest);
  if (references.length > 0) {
    const named = references.map(reference => (verbose ? reference : shortened(reference)));
    const more = referenceCount - named.length;
    return named.join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
  }
  if (repository === undefined) return short;
  if (tag !== undefined) return `${repository}:${tag}`;
  return short === undefined ? repository : `${repository}@${short}`;
}

function shortened(reference: string): string {
  const at = reference.indexOf('@');
  return at === -1 ? reference : reference.slice(0, at + 1) + shortDigest(reference.slice(at + 1));
}

function totalLines(totals: VerifyTotals, { hashes, durationMs }: VerifyResult): readonly string[] {
  const { repositories, tags, revisions, links, blobs, bytes, hashedBytes, baseBlobs, baseBytes } = totals;
  const rate = formatRate(hashedBytes, durationMs);
  const work = `${formatBytes(hashedBytes)} hashed in ${formatDuration(durationMs)}`;
  const counted = [
    count(repositories, 'repository', 'repositories'),
    ...[count(tags, 'tag'), count(revisions, 'revision'), count(links, 'link')],
  ];
  return [
    `  ${counted.join(', ')}`,
    `  ${count(blobs, 'blob')}, ${formatBytes(bytes)}; ${work}${hashes && rate !== undefined ? ` (${rate})` : ''}`,
    ...(baseBlobs > 0 ? [`  ${count(baseBlobs, 'blob')}, ${formatBytes(baseBytes)}, in its base`] : []),
    `  ${orphansText(totals)}`,
  ];
}

function orphansText({ orphans }: VerifyTotals): string {
  if (orphans === null)
    return 'orphans: nobody can tell, because not everything that names blobs can be read';
  return orphans.count === 0
    ? 'no orphans'
    : `${count(orphans.count, 'orphan')}, ${formatBytes(orphans.bytes)}`;
}
