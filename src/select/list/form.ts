import { contentOf } from './lines.ts';

/** How a list is written. */
export type Form = 'empty' | 'lines' | 'yaml';

/**
 * Recognises a list by what is in it; names of files say little, and standard input has none. Where nothing but one word
 * stands on any line, those are references: YAML that holds an image has white space somewhere. Else the first line that
 * says something decides. JSON passes for YAML.
 */
export function formOf(lines: readonly string[]): Form {
  let first: string | undefined;
  for (const line of lines) {
    const content = contentOf(line);
    if (content === '' || content === '---' || content === '...') continue;
    first ??= content;
    if (/\s/.test(content)) return looksLikeYaml(first) ? 'yaml' : 'lines';
  }
  if (first === undefined) return 'empty';
  return /^[[{].*"/.test(first) ? 'yaml' : 'lines';
}

/** Whether it is worth a try to read it as JSON: globs, YAML and templates may begin with a bracket too. */
export function mayBeJson(text: string): boolean {
  return /^\s*(?:\[|\{(?!\{))/.test(text);
}

/** Whether a line can be YAML and no reference: a key, an item, a document's start, a directive, a template, a bracket. */
function looksLikeYaml(line: string): boolean {
  return /^(?:---\s|[-?]\s|%|\{|\[)/.test(line) || /:(?:\s|$)/.test(line);
}
