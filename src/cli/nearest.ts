import { distance } from 'fastest-levenshtein';

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

/** Edits between the two; nothing but the end missing, or two letters swapped, counts as one. */
function score(wanted: string, candidate: string): number {
  const edits = distance(wanted, candidate);
  if (edits <= 1) return edits;
  if (wanted.length >= 3 && candidate.startsWith(wanted)) return 1;
  return isSwap(wanted, candidate) ? 1 : edits;
}

function isSwap(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}
