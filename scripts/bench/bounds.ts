import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../lib/project.ts';
import type { Figure } from './figure.ts';
import { median, type Samples } from './measure.ts';

/** What a figure was when it was recorded. */
interface Bound {
  /** A ratio to the peer; bytes where there is none. */
  readonly value: number;
  /** How far the median of such samples is off by chance, as a part of it. */
  readonly noise: number;
}

/** Figures that must not get worse, and where they come from: they mean little on another machine. */
export interface Bounds {
  readonly measured: string;
  readonly machine: string;
  readonly node: string;
  readonly commit: string;
  readonly figures: Readonly<Record<string, Bound>>;
}

export interface Verdict {
  readonly figure: string;
  readonly value: number;
  /** The recorded value; undefined when the figure was not recorded. */
  readonly bound: number | undefined;
  /** Highest value that may still be chance. */
  readonly most: number | undefined;
  readonly worse: boolean;
}

const place = path.join(root, 'scripts', 'bench', 'bounds.json');

/**
 * Less than this is no change worth a failure, however steady the samples of one run are. Peak memory moves from one run to
 * the next with the moments at which garbage is collected: by 9 % on the same code, where three samples of one run are alike.
 */
const LEAST_NOISE: Readonly<Record<Figure['unit'], number>> = { time: 0.03, memory: 0.12 };
/** So many times the noise of both measurements together is more than chance. */
const CERTAIN = 3;

export async function readBounds(): Promise<Bounds> {
  return JSON.parse(await readFile(place, 'utf8')) as Bounds;
}

/** Figures that were not measured this time keep their bounds. */
export async function recordBounds(
  figures: readonly Figure[],
  about: Omit<Bounds, 'figures'>,
): Promise<readonly string[]> {
  const before = await readBounds().catch(() => undefined);
  const measured = figures.flatMap((figure): (readonly [string, Bound])[] => {
    const bound = boundOf(figure);
    return bound ? [[keyOf(figure), bound]] : [];
  });
  const all = Object.entries({ ...before?.figures, ...Object.fromEntries(measured) });
  const bounds: Bounds = { ...about, figures: Object.fromEntries(all) };
  await writeFile(place, `${JSON.stringify(bounds, undefined, 2)}\n`);
  return measured.map(([key]) => key);
}

/** Whether figures got worse than they were by more than chance. */
export function judge(figures: readonly Figure[], bounds: Bounds): readonly Verdict[] {
  return figures.flatMap((figure): Verdict[] => {
    const now = boundOf(figure);
    if (!now) return [];
    const name = keyOf(figure);
    const then = bounds.figures[name];
    const most =
      then && then.value * (1 + LEAST_NOISE[figure.unit] + CERTAIN * Math.hypot(then.noise, now.noise));
    return [
      {
        figure: name,
        value: now.value,
        bound: then?.value,
        most,
        worse: most !== undefined && now.value > most,
      },
    ];
  });
}

function keyOf({ title, peer }: Figure): string {
  return peer ? `${title} / ${peer.name}` : title;
}

/**
 * Rounds are compared one by one, so that what slows a whole round down does not count. Undefined for what was not measured,
 * and for a time by itself, which tells of the machine alone.
 */
function boundOf({ ours, peer, unit }: Figure): Bound | undefined {
  const others = peer?.samples;
  if (ours.length === 0 || typeof others === 'string' || (others === undefined && unit === 'time'))
    return undefined;
  const samples = others ? ours.map((own, round) => own / (others[round] ?? NaN)) : ours;
  const value = median(samples);
  return { value: rounded(value), noise: rounded(noiseOf(samples, value)) };
}

/** The standard error of the median, estimated by the median distance from it, which no outlier disturbs. */
function noiseOf(samples: Samples, value: number): number {
  const distance = median(samples.map(sample => Math.abs(sample - value)));
  return (1.4826 * 1.2533 * distance) / Math.sqrt(samples.length) / value;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
