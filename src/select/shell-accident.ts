import { listed } from './unmatched.ts';

/** What probably went wrong before the program was even called. */
export interface ShellAccident {
  readonly message: string;
  readonly hint: string;
}

/**
 * Recognises a pattern that the shell replaced by names of files, and a list that was given without `--from`.
 * @param failed arguments that are no references, or were not found
 * @param isFile whether there is a file or directory of this name
 */
export function looksLikeShellAccident(
  failed: readonly string[],
  isFile: (name: string) => boolean,
): ShellAccident | undefined {
  const files = failed.filter(isFile);
  const [first] = files;
  if (first === undefined) return undefined;
  const path = commonPath(files);
  const quote = `quote the pattern: '${path}*:*'`;
  if (files.length > 1) {
    return {
      message: `${listed(files)} are files here: it looks as if the shell replaced a pattern by their names`,
      hint: quote,
    };
  }
  return {
    message: `${first} is a file here`,
    hint: `to read references from it, write --from ${first}; if the shell made it out of a pattern, ${quote}`,
  };
}

/** The directory that all of the names share, with its slash; empty where they share none. */
function commonPath(names: readonly string[]): string {
  const directories = new Set(names.map(name => name.slice(0, name.lastIndexOf('/') + 1)));
  const [only = ''] = directories;
  return directories.size === 1 ? only : '';
}
