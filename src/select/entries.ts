import { isScraperError, withReference, type ScraperError } from '../errors.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import { isPattern, parsePattern, type Pattern } from './pattern.ts';
import type { SelectionEntry } from './selection.ts';

/** An entry, and its place among the others, which decides the order of everything that comes of it. */
export interface Asked {
  readonly position: number;
  readonly entry: SelectionEntry;
}

/** A reference that was named exactly. */
export interface Named extends Asked {
  /** As it was written; for an entry with braces, one of the references that it spells out. */
  readonly reference: Reference;
}

export interface Searched extends Asked {
  readonly pattern: Pattern;
}

/** Something that went wrong with an entry, or, without one, with the selection as a whole. */
export interface Mishap {
  readonly asked?: Asked;
  readonly error: ScraperError;
}

/** Tells exact references from patterns, and both from what is neither. */
export function parseEntries(entries: readonly SelectionEntry[]): {
  readonly named: readonly Named[];
  readonly searched: readonly Searched[];
  readonly mishaps: readonly Mishap[];
} {
  const named: Named[] = [];
  const searched: Searched[] = [];
  const mishaps: Mishap[] = [];
  for (const [position, entry] of entries.entries()) {
    const asked = { position, entry };
    try {
      const pattern = isPattern(entry.text) ? parsePattern(entry.text) : undefined;
      const references = pattern?.references ?? [entry.text];
      if (pattern !== undefined && references.length === 0) searched.push({ ...asked, pattern });
      for (const reference of references) named.push({ ...asked, reference: parseReference(reference) });
    } catch (error) {
      if (!isScraperError(error)) throw error;
      mishaps.push({ asked, error: withReference(error, entry.text) });
    }
  }
  return { named, searched, mishaps };
}

/**
 * Names to try after those that an entry gives: lists are written for Docker Hub, where `busybox` is short for
 * `library/busybox`. An argument means what it says.
 */
export function libraryNames({ entry }: Asked, names: readonly string[]): readonly string[] {
  if (entry.origin === undefined) return [];
  return names.filter(name => !name.includes('/')).map(name => `library/${name}`);
}
