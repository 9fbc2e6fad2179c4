import { renderTable, type Column } from '../../src/render/table.ts';
import { median, type Samples } from './measure.ts';

/** One line of the table: what was measured of this program, and what it is held against. */
export interface Figure {
  readonly title: string;
  readonly ours: Samples;
  readonly unit: 'time' | 'memory';
  /** Samples of the other side, or why there are none; absent for figures that stand alone. */
  readonly peer?: { readonly name: string; readonly samples: Samples | string };
  /** Highest ratio to the peer, or without a peer highest value, that is aimed at. */
  readonly aim?: number;
}

const MiB = 2 ** 20;

function quantity(unit: Figure['unit'], value: number): string {
  if (unit === 'memory') return `${(value / MiB).toFixed(0)} MiB`;
  return value < 1000 ? `${value.toFixed(value < 100 ? 1 : 0)} ms` : `${(value / 1000).toFixed(2)} s`;
}

/** `1.32 s (1.30–1.41)`: the median with the lowest and the highest value. */
function spread(unit: Figure['unit'], samples: Samples): string {
  if (samples.length === 0) return 'not measured here';
  const [low, high] = [Math.min(...samples), Math.max(...samples)].map(value => quantity(unit, value));
  return `${quantity(unit, median(samples))} (${low ?? ''}–${high ?? ''})`;
}

function ratio({ ours, peer }: Figure): number | undefined {
  return peer === undefined || typeof peer.samples === 'string'
    ? undefined
    : median(ours) / median(peer.samples);
}

function aimOf({ unit, peer, aim }: Figure): string {
  if (aim === undefined) return '–';
  return peer === undefined ? `≤ ${quantity(unit, aim)}` : `≤ ${aim.toFixed(2)}`;
}

/** Whether the aim is met; undefined where there is none, or nothing to judge it by. */
export function isMet(figure: Figure): boolean | undefined {
  const value = figure.peer === undefined ? median(figure.ours) : ratio(figure);
  if (figure.aim === undefined || value === undefined || Number.isNaN(value)) return undefined;
  return value <= figure.aim;
}

const columns: readonly Column<Figure>[] = [
  { title: 'figure', cell: figure => figure.title },
  { title: 'ours: median (min–max)', cell: figure => spread(figure.unit, figure.ours) },
  { title: 'peer', cell: figure => figure.peer?.name ?? '–' },
  {
    title: 'peer: median (min–max)',
    cell: ({ peer, unit }) =>
      peer === undefined ? '–' : typeof peer.samples === 'string' ? peer.samples : spread(unit, peer.samples),
  },
  { title: 'ratio', align: 'right', cell: figure => ratio(figure)?.toFixed(2) ?? '–' },
  { title: 'aim', cell: aimOf },
  {
    title: 'met',
    cell: figure => {
      const met = isMet(figure);
      return met === undefined ? '–' : met ? 'yes' : 'NO';
    },
  },
];

export function renderFigures(figures: readonly Figure[]): string {
  return renderTable(columns, figures, { width: undefined, indent: 0, concessions: [] }).join('\n');
}
