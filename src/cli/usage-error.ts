import { ScraperError } from '../errors.ts';
import { programName } from './program-name.ts';

/** The error for a call that cannot be meant as it stands. The hint leads to the help unless there is something better to say. */
export function usageError(message: string, hint = `run "${programName} --help"`): ScraperError {
  return new ScraperError('USAGE', message, { hint });
}

/** `did you mean "a" or "b"?`, or undefined for an empty list. */
export function didYouMean(words: readonly string[]): string | undefined {
  return words.length === 0 ? undefined : `did you mean ${words.map(word => `"${word}"`).join(' or ')}?`;
}
