import type { Origin } from '../selection.ts';

/** So much of a list's own text stands in a message. */
const SHOWN = 80;

/** Controls (C0, DEL, C1), line separators, invisible and direction-changing characters, lone surrogates. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text out of a list for a message: in quotes as in JSON, shortened, with nothing in it that could move a cursor. */
export function quote(text: string): string {
  return escape(JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text));
}

/** Text for a message that needs no quotes, such as a file's name. */
export function escape(text: string): string {
  return text.replace(unprintable, found => {
    const code = found.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** A large number for a message: with commas from 10,000 on, as everywhere. */
export function large(number: number): string {
  return number.toLocaleString('en-US', { useGrouping: 'min2' });
}

/** How a list is called in messages. */
export function nameOf(file: string): string {
  return file === '-' ? 'standard input' : escape(file);
}

/** `compose.yaml:12`, as editors and terminals understand it. */
export function placeOf({ file, line }: Origin): string {
  return `${nameOf(file)}:${line}`;
}
