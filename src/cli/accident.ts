import { statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { looksLikeShellAccident } from '../select/shell-accident.ts';

/**
 * What the shell has probably done where arguments that failed are names of files; undefined where nothing looks like it.
 * @param failed references that came to nothing
 * @param given the arguments
 */
export function accidentHint(
  failed: readonly string[],
  given: readonly string[],
  cwd: string,
): string | undefined {
  const placeOf = (name: string): Stats | undefined => {
    try {
      return name === '' ? undefined : statSync(path.resolve(cwd, name), { throwIfNoEntry: false });
    } catch {
      return undefined; // too long for a name, links in a circle: no file that the shell could have meant
    }
  };
  const known = new Set(given);
  const found = failed.filter(text => known.has(text) && placeOf(text) !== undefined);
  // one directory of that name is a coincidence, and no list that could be read
  const likely = found.length > 1 || placeOf(found[0] ?? '')?.isFile() === true;
  const accident = likely ? looksLikeShellAccident(found, () => true) : undefined;
  return accident && `${accident.message}; ${accident.hint}`;
}
