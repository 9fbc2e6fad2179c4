import { count, formatBytes, formatClock, formatCount, percent } from './format.ts';
import type { ProgressState } from './progress-state.ts';
import type { Colors } from './terminal.ts';
import { displayWidth, padStart, truncate } from './text.ts';

export interface LineContext {
  readonly colors: Colors;
  readonly unicode: boolean;
  /** Cells available. */
  readonly width: number;
  /** What is being done: `Copying`, `Linking`. */
  readonly verb: string;
  /** What is counted, in the singular; images if absent. */
  readonly noun?: string;
}

const LEAST_BAR = 10;
const MOST_BAR = 40;
const GAP = '  ';

/** One line that tells how far things are, never wider than asked for. */
export function progressLine(
  state: ProgressState,
  { colors, unicode, width, verb, noun = 'image' }: LineContext,
): string {
  if (state.phase === 'resolving') return truncate(resolvingText(state), width);
  const done = percent(state.bytes, state.totalBytes);
  const fields: { readonly text: string; readonly rank: number }[] = [
    { text: verb, rank: 2 },
    { text: padStart(`${String(done)}%`, 4), rank: 6 },
    { text: `${padStart(formatBytes(state.bytes), 7)} of ${formatBytes(state.totalBytes)}`, rank: 5 },
    { text: padStart(rateText(state), 9), rank: 4 },
    { text: padStart(timeLeft(state), 9), rank: 3 },
    { text: `${imagesText(state)} ${noun}s`, rank: 1 },
  ];
  const widthOf = (list: typeof fields): number => displayWidth(list.map(field => field.text).join(GAP));
  let shown = fields;
  for (let rank = 1; rank < 6 && widthOf(shown) > width; rank += 1)
    shown = shown.filter(field => field.rank !== rank);
  const room = Math.min(MOST_BAR, width - widthOf(shown) - GAP.length);
  const at = shown.findIndex(field => field.rank === 6) + 1;
  const texts = shown.map(field => field.text);
  if (room < LEAST_BAR) return truncate(texts.join(GAP), width);
  const share = state.totalBytes === 0 ? 1 : Math.min(1, state.bytes / state.totalBytes);
  return [...texts.slice(0, at), bar(share, room, unicode, colors), ...texts.slice(at)].join(GAP);
}

/** The same as a sentence, for logs. */
export function progressSentence(state: ProgressState, verb: string, noun = 'image'): string {
  if (state.phase === 'resolving') return resolvingText(state);
  const done = `${formatBytes(state.bytes)} of ${formatBytes(state.totalBytes)} (${String(percent(state.bytes, state.totalBytes))}%)`;
  const left = remaining(state);
  const parts = [
    `${verb}: ${done}`,
    ...(rateText(state) === '' ? [] : [rateText(state)]),
    ...(left === undefined ? [] : [`${formatClock(left)} left`]),
    `${formatCount(state.images)} of ${count(state.totalImages, noun)} done`,
  ];
  return parts.join(', ');
}

function resolvingText({ resolved, references, scanned }: ProgressState): string {
  const found = references < 2 ? [] : [`${formatCount(resolved)} of ${count(references, 'reference')}`];
  const searched = scanned === 0 ? [] : [`${count(scanned, 'manifest')} searched for referrers`];
  const told = [...found, ...searched].join(', ');
  return told === '' ? 'Resolving ...' : `Resolving: ${told}`;
}

function imagesText({ images, totalImages }: ProgressState): string {
  const total = formatCount(totalImages);
  return `${padStart(formatCount(images), total.length)}/${total}`;
}

function rateText({ rate }: ProgressState): string {
  return rate === undefined ? '' : `${formatBytes(Math.round(rate))}/s`;
}

function timeLeft(state: ProgressState): string {
  const left = remaining(state);
  return left === undefined ? '' : `${formatClock(left)} left`;
}

/** Milliseconds; undefined while nothing moves. */
function remaining({ rate, bytes, totalBytes }: ProgressState): number | undefined {
  return rate === undefined || rate <= 0 ? undefined : (Math.max(0, totalBytes - bytes) * 1000) / rate;
}

function bar(share: number, width: number, unicode: boolean, colors: Colors): string {
  const full = Math.floor(share * width);
  const [fill, rest] = unicode ? ['━', '─'] : ['=', '-'];
  return colors.cyan(fill.repeat(full)) + colors.dim(rest.repeat(width - full));
}
