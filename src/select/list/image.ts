import { isScraperError, ScraperError } from '../../errors.ts';
import { parseReference } from '../../oci/reference.ts';
import { isPattern, parsePattern } from '../pattern.ts';
import type { Findings } from './findings.ts';
import { isNull, type Node, type Text } from './node.ts';
import { escape, placeOf, quote } from './place.ts';

/** Longer than any reference or glob; what is longer is a mistake that no message should repeat. */
const LONGEST = 2000;

const render = 'render the template first, for example: helm template CHART | registry-scraper --from -';
const substitute = 'fill in the variables first, for example: envsubst < FILE | registry-scraper --from -';

/** @throws ScraperError `LIST_INVALID`: a template stands where its outcome is needed */
export function failTemplate(findings: Findings, line: number): never {
  return findings.fail(line, 'an unrendered template stands here: {{ … }}', render);
}

export function isTemplate(text: string): boolean {
  return text.includes('{{');
}

/** Whether the text could be a reference as it stands. */
export function isReference(text: string): boolean {
  try {
    parseReference(text);
    return text.length <= LONGEST;
  } catch {
    return false;
  }
}

/**
 * Adds what must be a reference: nothing in it is a wildcard.
 * @throws ScraperError with the list and the line, as `parseReference` or `LIST_INVALID`
 */
export function addReference(findings: Findings, text: string, line: number): void {
  add(findings, text, line, parseReference);
}

/**
 * Adds a reference or a glob over `NAME:TAG`.
 * @throws ScraperError with the list and the line, as `parseReference`, `parsePattern` or `LIST_INVALID`
 */
export function addPattern(findings: Findings, text: string, line: number): void {
  add(findings, text, line, whole => {
    if (/\s/.test(whole))
      findings.fail(
        line,
        `white space in ${quote(whole)}: a list has one reference or glob per line`,
        'put each on a line of its own, and a number sign before what is a comment',
      );
    return isPattern(whole) ? parsePattern(whole) : parseReference(whole);
  });
}

function add(findings: Findings, text: string, line: number, parse: (text: string) => unknown): void {
  if (text.length > LONGEST)
    findings.fail(line, `no reference has ${text.length} characters, this begins with ${quote(text)}`);
  if (isTemplate(text)) failTemplate(findings, line);
  try {
    parse(text);
  } catch (error) {
    if (!isScraperError(error) || error.code === 'LIST_INVALID') throw error;
    const { file } = findings;
    throw new ScraperError(error.code, `${placeOf({ file, line })}: ${escape(error.message)}`, {
      ...error.details,
      ...(file !== '-' && { path: file }),
      ...(text.includes('$') && { hint: substitute }),
      cause: error,
    });
  }
  findings.add(text, line);
}

/**
 * The text of an image field; undefined where it is left open.
 * @throws ScraperError `LIST_INVALID` for a list or a mapping
 */
export function imageText(findings: Findings, node: Node): Text | undefined {
  if (node.kind !== 'text') {
    const found = node.kind === 'list' ? 'a list' : 'a mapping';
    return findings.fail(node.line, `${found} stands where an image was expected`, 'write image: NAME:TAG');
  }
  const text = node.text.trim();
  return isNull(node) || text === '' ? undefined : { ...node, text };
}
