import type { Report } from '../report.ts';
import { replaceUnprintable } from './text.ts';

/**
 * The report as one JSON document. Characters that could act on a terminal are written as escapes, which changes nothing
 * for a parser.
 */
export function renderJson(report: Report): string {
  const text = replaceUnprintable(JSON.stringify(report, null, 2), character => {
    if (character === '\n') return character;
    const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
    return units.map(unit => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
  return `${text}\n`;
}
