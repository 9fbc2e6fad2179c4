/** One thing asked for: an argument, or an entry of a list. */
export interface SelectionEntry {
  /** A reference, or a glob over `NAME:TAG`. */
  readonly text: string;
  /** Where it was found; absent for an argument. */
  readonly origin?: Origin;
}

/** A place in a list. */
export interface Origin {
  /** As given; `-` for standard input. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** By what `--newest` tells which tag is newer. */
export type NewestBy = 'semver' | 'created' | 'pushed';

/**
 * What to ship, as the user put it. It applies in this order: expand patterns → exclude → tag filters → newest. Tag filters
 * and newest narrow what patterns found, never a reference that was named exactly.
 */
export interface Selection {
  readonly entries: readonly SelectionEntry[];
  /** Patterns, same grammar as entries; they take away exact references too. */
  readonly exclude: readonly string[];
  readonly tagRegex?: RegExp;
  /** A range as node-semver reads it. */
  readonly semver?: string;
  /** Take prereleases too. */
  readonly prerelease: boolean;
  readonly newest?: { readonly count: number; readonly by?: NewestBy };
}

/** One image that a selection came to, still to be resolved. */
export interface Chosen {
  /** The argument or entry that led to it. */
  readonly requested: string;
  /** Exact: parses as a reference. For what a pattern found, `repository:tag` as in the registry. */
  readonly reference: string;
  /** Named exactly, so that it must be there; what a pattern found may be gone by the time it is read. */
  readonly exact: boolean;
  /** Why it is in, for people: `matches team/**:*`, `newest 2 of 14 by semver`. */
  readonly reasons: readonly string[];
  readonly origin?: Origin;
}
