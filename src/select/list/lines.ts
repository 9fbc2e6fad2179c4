import type { Findings } from './findings.ts';
import { addPattern } from './image.ts';

/** What a line says: without comment (`#` at its start or after white space) and the white space around. */
export function contentOf(line: string): string {
  return line.replace(/(?:^|\s)#.*$/s, '').trim();
}

/** References and globs, one per line. */
export function takeLines(findings: Findings, lines: readonly string[]): void {
  for (const [index, line] of lines.entries()) {
    const content = contentOf(line);
    if (content !== '') addPattern(findings, content, index + 1);
  }
}
