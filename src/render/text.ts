/**
 * Text that comes from a registry, a command line or an operating system may hold anything. Everything printed for people
 * goes through {@link printable}, so that no control character, terminal escape or change of writing direction gets out.
 */

/** Controls (C0, DEL, C1), line and paragraph separators, invisible and direction-changing characters, lone surrogates. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with every character that could move a cursor, change a terminal or hide itself written as an escape: `\x1b`, `\u{202e}`. */
export function printable(text: string): string {
  return replaceUnprintable(text, character => {
    const code = character.codePointAt(0) ?? 0;
    if (code <= 0xff) return named[character] ?? `\\x${code.toString(16).padStart(2, '0')}`;
    return `\\u{${code.toString(16)}}`;
  });
}

export function replaceUnprintable(text: string, replace: (character: string) => string): string {
  return text.replace(unprintable, replace);
}

/** Characters that take two cells (East Asian wide forms and emoji) or none (combining marks). */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const combining = /[\p{Mn}\p{Me}]/u;

function cellsOf(character: string): number {
  if (character < '\u0300') return 1;
  return combining.test(character) ? 0 : wide.test(character) ? 2 : 1;
}

/** Width of printable text in terminal cells. */
export function displayWidth(text: string): number {
  let cells = 0;
  for (const character of text) cells += cellsOf(character);
  return cells;
}

/** The longest beginning of the text that is at most `width` cells wide. */
function beginning(characters: Iterable<string>, width: number): string[] {
  const taken: string[] = [];
  let cells = 0;
  for (const character of characters) {
    cells += cellsOf(character);
    if (cells > width) break;
    taken.push(character);
  }
  return taken;
}

/** Cuts text to `width` cells; a cut shows as `…` at the end. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return width < 1 ? '' : `${beginning(text, width - 1).join('')}…`;
}

/** Cuts text to `width` cells out of its middle, because a reference's tag counts as much as its host. */
export function truncateMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return '';
  const tail = Math.ceil((width - 1) / 2);
  const end = beginning([...text].reverse(), tail)
    .reverse()
    .join('');
  return `${beginning(text, width - 1 - displayWidth(end)).join('')}…${end}`;
}

/** Breaks text at spaces into lines of at most `width` cells, where its words allow that; lines but the first are indented. */
export function wrap(text: string, width: number | undefined, indent: number): readonly string[] {
  if (width === undefined || displayWidth(text) <= width) return [text];
  const [first = '', ...words] = text.trimStart().split(' ');
  const lines: string[] = [];
  let line = ' '.repeat(text.length - text.trimStart().length) + first;
  for (const word of words) {
    const longer = `${line} ${word}`;
    if (displayWidth(longer) <= width) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = ' '.repeat(indent) + word;
  }
  return [...lines, line];
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** One word of a POSIX shell command, quoted only where it must be. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
