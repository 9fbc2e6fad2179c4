import { ScraperError, type Warning, type WarningCode } from '../../errors.ts';
import type { SelectionEntry } from '../selection.ts';
import { nameOf, placeOf } from './place.ts';

/** What lists come to. */
export interface Lists {
  /** In the order they were found, each text once. */
  readonly entries: readonly SelectionEntry[];
  readonly warnings: readonly Warning[];
}

/** Takes down what one list comes to; every message names the list and the line. */
export interface Findings {
  /** Adds an entry, unless the same one is there already. */
  add(text: string, line: number): void;
  /** Warns that something here is not selected. */
  skip(line: number | undefined, message: string, hint?: string): void;
  /** Warns that something here is selected, or read, by a guess. */
  assume(line: number, message: string, hint?: string): void;
  /** @throws ScraperError `LIST_INVALID` */
  fail(line: number | undefined, message: string, hint?: string): never;
  readonly file: string;
  /** What was found so far: entries as they stand, warnings by line. */
  readonly result: Lists;
}

export function findingsOf(file: string): Findings {
  const entries = new Map<string, SelectionEntry>();
  const warnings: { readonly line: number; readonly warning: Warning }[] = [];
  const path = file === '-' ? {} : { path: file };
  const at = (line: number | undefined): string =>
    line === undefined ? nameOf(file) : placeOf({ file, line });
  const warn = (code: WarningCode, line: number | undefined, message: string, hint?: string): void => {
    warnings.push({
      line: line ?? 0,
      warning: { code, message: `${at(line)}: ${message}`, ...path, ...(hint !== undefined && { hint }) },
    });
  };
  return {
    file,
    add(text, line) {
      if (!entries.has(text)) entries.set(text, { text, origin: { file, line } });
    },
    skip: (line, message, hint) => warn('LIST_SKIPPED', line, message, hint),
    assume: (line, message, hint) => warn('LIST_ASSUMED', line, message, hint),
    fail(line, message, hint) {
      const usual = line === undefined ? wrongFile : listSorts;
      throw new ScraperError('LIST_INVALID', `${at(line)}: ${message}`, { ...path, hint: hint ?? usual });
    },
    get result() {
      const sorted = warnings.toSorted((a, b) => a.line - b.line);
      return { entries: [...entries.values()], warnings: sorted.map(({ warning }) => warning) };
    },
  };
}

const wrongFile = 'look whether it is the right file';

/** What a list may be. */
export const listSorts =
  'a list is references line by line, a compose file, Kubernetes objects, or a list of skopeo sync';

export const nothingFound = 'no image is named in it';

/** So many warnings stand in an error that they lead to. */
const TOLD = 3;

/** Why nothing was found, as far as warnings tell: completes a sentence, with its hint. */
export function reasonsOf(all: readonly Warning[]): { readonly why: string; readonly hint?: string } {
  const warnings = all.filter(({ message }) => !message.endsWith(nothingFound));
  const told = warnings.slice(0, TOLD).map(({ message }) => `; ${message}`);
  const more = warnings.length > TOLD ? `; and ${warnings.length - TOLD} more` : '';
  const hint = warnings.find(warning => warning.hint !== undefined)?.hint;
  return { why: told.join('') + more, ...(hint !== undefined && { hint }) };
}
