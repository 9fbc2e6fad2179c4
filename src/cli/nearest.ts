import { edits } from '../registry/edits.ts';

/** The candidates a mistyped word most likely stands for: the nearest, or several that are equally near; empty when none is. */
export function nearest(word: string, candidates: Iterable<string>): readonly string[] {
  const wanted = fold(word);
  const scored = [...new Set(candidates)].map(candidate => ({
    candidate,
    score: score(wanted, fold(candidate)),
  }));
  const best = scored.reduce(
    (least, { score }) => Math.min(least, score),
    Math.max(1, Math.floor(wanted.length / 3)),
  );
  return scored
    .filter(({ score }) => score === best)
    .map(({ candidate }) => candidate)
    .sort();
}

/** `--data_dir`, `--dataDir` and `--DATA-DIR` are all `data-dir`, meant right and spelled wrong. */
function fold(word: string): string {
  return word
    .replace(/^-+/, '')
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
}

/** Edits between the two; nothing but the end missing counts as one. */
function score(wanted: string, candidate: string): number {
  const count = edits(wanted, candidate);
  return count > 1 && wanted.length >= 3 && candidate.startsWith(wanted) ? 1 : count;
}
