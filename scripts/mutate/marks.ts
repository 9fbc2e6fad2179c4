import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';

/** Faults that no test can or need notice, and why. */
export interface Mark {
  readonly file: string;
  readonly why: string;
  /** As {@link Mutant.change} says them. */
  readonly changes?: readonly string[];
  /** Names of functions all of whose faults are meant. */
  readonly within?: readonly string[];
}

/** What the mutation check leaves out: `marks.json`. */
export function readMarks(): readonly Mark[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'marks.json'), 'utf8')) as readonly Mark[];
}

export function fits({ file, changes = [], within = [] }: Mark, mutant: Mutant): boolean {
  if (file !== mutant.file) return false;
  return changes.includes(mutant.change) || within.some(name => mutant.within.includes(name));
}

/** What a mark names and a file does not have any more: the code has changed, and what was true of it may not be. */
export function outdated(marks: readonly Mark[], mutants: readonly Mutant[]): readonly string[] {
  return marks.flatMap(({ changes = [], within = [] }) => [
    ...changes.filter(change => !mutants.some(mutant => mutant.change === change)),
    ...within.filter(name => !mutants.some(mutant => mutant.within.includes(name))),
  ]);
}
