import { ScraperError } from '../errors.ts';

/** Longest text that a message repeats in full. */
const SHOWN = 80;

/** A text as a message shows it: in quotes, with control characters spelled out, and not endlessly long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`);
}

/** The same without the quotes around it. */
export function shortened(text: string): string {
  return quoted(text).slice(1, -1);
}

/** The `USAGE` error for an option's value: what it has to be, what was found, how it is done right. */
export function optionError(option: string, expected: string, found: string, hint: string): ScraperError {
  return new ScraperError('USAGE', `${option} must be ${expected}, found ${quoted(found)}`, { hint });
}
