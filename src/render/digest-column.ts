import { digestVariants } from './format.ts';
import type { Column } from './table.ts';
import type { Colors } from './terminal.ts';

/** From so many cells on whole digests, of 71, stand beside everything else. */
const WIDE = 150;

export interface DigestColumn<Row> {
  /** None or one. */
  readonly columns: readonly Column<Row>[];
  /** What stands below each row instead; see `renderTable`. */
  readonly below?: (row: Row) => string | undefined;
}

/**
 * The digests of a table's rows, short or whole. Whole ones are never cut: where there is no room for them each gets a line
 * of its own.
 * @param digestOf `absent` is what the column shows where there is no digest
 */
export function digestColumn<Row>(
  digestOf: (row: Row) => string | null | undefined,
  {
    whole,
    width = Infinity,
    colors,
    absent = '-',
  }: {
    readonly whole: boolean;
    readonly width: number | undefined;
    readonly colors: Colors;
    readonly absent?: string;
  },
): DigestColumn<Row> {
  if (whole && width < WIDE) {
    return { columns: [], below: row => mapped(digestOf(row), digest => `  ${colors.dim(digest)}`) };
  }
  const cell = (row: Row): string | readonly string[] =>
    mapped(digestOf(row), digest => (whole ? digest : digestVariants(digest, false))) ?? absent;
  return { columns: [{ title: 'DIGEST', cell, style: colors.dim }] };
}

function mapped<T>(digest: string | null | undefined, map: (digest: string) => T): T | undefined {
  return digest === null || digest === undefined ? undefined : map(digest);
}
