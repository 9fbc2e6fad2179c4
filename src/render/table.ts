import { displayWidth, padEnd, padStart, truncateMiddle } from './text.ts';

/** A cell's text, or several from the fullest to the shortest for a column that can give way. */
export type Cell = string | readonly string[];

export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly cell: (row: Row) => Cell;
  /** Colours a cell after it was padded. */
  readonly style?: (text: string, row: Row) => string;
}

/**
 * What to do about one column where the terminal is too narrow: `shorten` it through its cells' variants, `drop` it, or
 * `squeeze` it by cutting text out of the middle.
 */
export interface Concession {
  readonly title: string;
  readonly how: 'shorten' | 'drop' | 'squeeze';
  /** Cells that squeezing leaves at least. */
  readonly least?: number;
  /** Variant, from 0, that shortening goes to at most. */
  readonly most?: number;
}

export interface TableOptions<Row> {
  /** Cells available; undefined means any length will do. */
  readonly width: number | undefined;
  readonly indent: number;
  /** Made in this order until the table fits. */
  readonly concessions: readonly Concession[];
  readonly styleTitle?: (text: string) => string;
  /** What stands on a line of its own below a row, if anything; never cut. */
  readonly below?: (row: Row) => string | undefined;
}

const GAP = 2;
const LEAST = 12;

interface Layout<Row> {
  readonly column: Column<Row>;
  variants: readonly (readonly string[])[];
  level: number;
  /** Cells it takes. */
  width: number;
  /** Cells it would take if it were not squeezed. */
  natural: number;
  dropped: boolean;
}

/** Lines of an aligned table with a title row. Fits the width by shortening, dropping and squeezing columns; never wraps. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: TableOptions<Row>,
): readonly string[] {
  return growingTable(columns, options)(rows);
}

/**
 * A table whose rows come in batches, because there are many. Each call gives the lines of one batch. Columns never get
 * narrower, and what had to give way for one batch stays so; the titles stand above the first batch, and again where a
 * column was dropped on the way.
 */
export function growingTable<Row>(
  columns: readonly Column<Row>[],
  { width, indent, concessions, styleTitle = text => text, below }: TableOptions<Row>,
): (rows: readonly Row[]) => readonly string[] {
  let before: readonly Layout<Row>[] = [];
  let shownBefore = 0;
  const line = (cells: readonly string[]): string =>
    `${' '.repeat(indent)}${cells.join(' '.repeat(GAP))}`.trimEnd();
  return rows => {
    const layouts = columns.map((column, index) => layOut(column, rows, before[index]));
    if (width !== undefined) fit(layouts, concessions, width - indent);
    before = layouts;
    const shown = layouts.filter(layout => !layout.dropped);
    const title = shown.map((layout, index) => {
      const last = index === shown.length - 1 && layout.column.align !== 'right';
      return styleTitle(last ? layout.column.title : pad(layout, layout.column.title));
    });
    const titled = shown.length !== shownBefore;
    shownBefore = shown.length;
    return [
      ...(titled ? [line(title)] : []),
      ...rows.flatMap((row, at) => {
        const cells = shown.map((layout, index) => {
          const text = truncateMiddle(textAt(layout, at), layout.width);
          const last = index === shown.length - 1 && layout.column.align !== 'right';
          const padded = last ? text : pad(layout, text);
          return layout.column.style?.(padded, row) ?? padded;
        });
        const more = below?.(row);
        return [line(cells), ...(more === undefined ? [] : [' '.repeat(indent) + more])];
      }),
    ];
  };
}

function layOut<Row>(column: Column<Row>, rows: readonly Row[], before?: Layout<Row>): Layout<Row> {
  const variants = rows.map(row => {
    const cell = column.cell(row);
    return typeof cell === 'string' ? [cell] : cell;
  });
  const { level = 0, dropped = false, natural = 0 } = before ?? {};
  const layout: Layout<Row> = { column, variants, level, width: 0, natural: 0, dropped };
  measure(layout);
  layout.natural = Math.max(layout.natural, natural);
  layout.width = layout.natural;
  return layout;
}

function textAt<Row>(layout: Layout<Row>, at: number): string {
  const variants = layout.variants[at] ?? [];
  return variants[Math.min(layout.level, variants.length - 1)] ?? '';
}

function measure<Row>(layout: Layout<Row>): void {
  const widths = layout.variants.map((_, at) => displayWidth(textAt(layout, at)));
  layout.natural = widths.reduce(
    (widest, width) => Math.max(widest, width),
    displayWidth(layout.column.title),
  );
  layout.width = layout.natural;
}

function pad<Row>(layout: Layout<Row>, text: string): string {
  return layout.column.align === 'right' ? padStart(text, layout.width) : padEnd(text, layout.width);
}

function fit<Row>(
  layouts: readonly Layout<Row>[],
  concessions: readonly Concession[],
  available: number,
): void {
  const before = layouts.map(({ level }) => level);
  const excess = (): number => {
    const shown = layouts.filter(layout => !layout.dropped);
    return shown.reduce((sum, layout) => sum + layout.width + GAP, -GAP) - available;
  };
  for (const { title, how, least = LEAST, most = Infinity } of concessions) {
    if (excess() <= 0) break;
    const layout = layouts.find(({ column, dropped }) => column.title === title && !dropped);
    if (layout === undefined) continue;
    if (how === 'drop') layout.dropped = true;
    if (how === 'squeeze') layout.width = Math.max(Math.min(least, layout.width), layout.width - excess());
    if (how === 'shorten') {
      const levels = layout.variants.reduce((most, variants) => Math.max(most, variants.length), 1);
      while (excess() > 0 && layout.level < Math.min(levels - 1, most)) {
        layout.level += 1;
        measure(layout);
      }
    }
  }
  // A later concession may have won more room than was lacking.
  for (const layout of layouts)
    layout.width = Math.min(layout.natural, layout.width + Math.max(0, -excess()));
  for (const { title, how } of concessions.toReversed()) {
    const at = layouts.findIndex(({ column, dropped }) => column.title === title && !dropped);
    const layout = layouts[at];
    if (how === 'shorten' && layout) lengthen(layout, before[at] ?? 0, excess);
  }
}

/** Takes a column's fuller texts as far as there is room; none that are fuller than the rows before have. */
function lengthen<Row>(layout: Layout<Row>, level: number, excess: () => number): void {
  while (layout.level > level) {
    const { width, natural } = layout;
    layout.level -= 1;
    measure(layout);
    if (excess() <= 0) continue;
    Object.assign(layout, { level: layout.level + 1, width, natural });
    return;
  }
}
