import { createContext, Script } from 'node:vm';
import { ScraperError } from '../errors.ts';
import { quoted } from './option-error.ts';

/** Milliseconds that one list of tags may take; 200,000 tags and an expression as people write them take some twenty. */
const PATIENCE = 2000;

/**
 * Finds the tags that an expression matches, anywhere in them. On some expressions the engine tries every way to split a
 * text, which for sixty letters is more than a lifetime, and nothing interrupts it but the time limit of node:vm. Each call
 * is watched by a thread of its own, so it takes many tags at once.
 * @param patience milliseconds for one call
 * @returns the tags that match; throws ScraperError `USAGE` where that takes too long
 */
export function tagMatcher(
  expression: RegExp,
  patience = PATIENCE,
): (tags: Iterable<string>) => ReadonlySet<string> {
  let matching = new Set<string>();
  let pending: Iterable<string> = [];
  let current = '';
  // the limit holds for all that is called from the script, also out here
  const work = (): void => {
    for (current of pending) if (current.search(expression) !== -1) matching.add(current);
  };
  const script = new Script('work()');
  const context = createContext({ work });
  return tags => {
    [matching, pending] = [new Set(), tags];
    try {
      script.runInContext(context, { timeout: patience });
    } catch (error) {
      if (!isTimeout(error)) throw error;
      throw new ScraperError(
        'USAGE',
        `--tag-regex ${quoted(expression.source)} takes too long: given up after ${String(patience / 1000)} s at tag ${quoted(current)}`,
        {
          hint: "do not repeat a group that repeats itself: a+ instead of (a+)+; or choose by a pattern such as 'app:1.*', or by --semver",
          cause: error,
        },
      );
    }
    return matching;
  };
}

/** The error comes out of the script's context, whose `Error` is another than the one here. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
