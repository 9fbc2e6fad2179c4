import { replaceUnprintable } from './text.ts';

/** A report or another result as one JSON document. */
export function renderJson(document: object): string {
  return `${jsonText(document, 2)}\n`;
}

/**
 * A value as JSON. Characters that could act on a terminal are written as escapes, which changes nothing for a parser.
 * @param indent spaces for each level; all on one line if absent
 */
export function jsonText(value: unknown, indent?: number): string {
  return replaceUnprintable(JSON.stringify(value, null, indent), character => {
    if (character === '\n') return character;
    const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
    return units.map(unit => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}
