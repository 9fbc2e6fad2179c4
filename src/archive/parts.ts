import { ScraperError } from '../errors.ts';

/** `app.tar.001`; beyond 999 the number just grows, so that numbers, not names, give the order. */
export function partName(name: string, number: number): string {
  return `${name}.${String(number).padStart(3, '0')}`;
}

/** What {@link partName} made a name of, or undefined for a name that is no part's. */
export function parsePartName(part: string): { readonly name: string; readonly number: number } | undefined {
  const found = /^(.+)\.(\d{3}|[1-9]\d{3,5})$/s.exec(part);
  const number = Number(found?.[2]);
  return found?.[1] === undefined || number === 0 ? undefined : { name: found[1], number };
}

/** Name of the file that holds the checksums of an archive, or of all parts of one. */
export function sumsName(name: string): string {
  return `${name}.sha256`;
}

/** One line of a sums file. */
export interface SumLine {
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** A file's name, relative to the sums file. */
  readonly name: string;
}

/** What `sha256sum -c` reads. A name with a backslash or a line end in it is escaped, as coreutils does it. */
export function formatSums(lines: readonly SumLine[]): string {
  return lines
    .map(({ sha256, name }) => {
      const escaped = name.replace(/[\\\n\r]/g, character => escapes[character] ?? character);
      return `${escaped === name ? '' : '\\'}${sha256}  ${escaped}\n`;
    })
    .join('');
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };
const unescapes: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', r: '\r' };

/**
 * Reads what `sha256sum` wrote, in text or binary mode; empty lines and line ends of Windows do no harm.
 * @param place the sums file, for messages
 * @throws ScraperError `PART_INVALID` for a line that is none, and for a name that stands there twice with different sums
 */
export function parseSums(text: string, place = 'the sums file'): SumLine[] {
  const sums = new Map<string, string>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\r$/, '');
    if (line === '') continue;
    const found = parseLine(line);
    if (found === undefined) throw notASum(place, index + 1, line);
    if ((sums.get(found.name) ?? found.sha256) !== found.sha256) throw twoSums(place, index + 1, found.name);
    sums.set(found.name, found.sha256);
  }
  return [...sums].map(([name, sha256]) => ({ sha256, name }));
}

function parseLine(line: string): SumLine | undefined {
  const found = /^(\\?)([0-9a-f]{64}) [ *](.+)$/is.exec(line);
  if (found === null) return undefined;
  const [, escaped, sha256 = '', name = ''] = found;
  if (escaped === '') return { sha256: sha256.toLowerCase(), name };
  if (!/^(?:[^\\]|\\[\\nr])*$/.test(name)) return undefined;
  const plain = name.replace(/\\([\\nr])/g, (_, letter: string) => unescapes[letter] ?? letter);
  return { sha256: sha256.toLowerCase(), name: plain };
}

function notASum(place: string, line: number, found: string): ScraperError {
  const shown = JSON.stringify(found.length > 100 ? `${found.slice(0, 100)}…` : found);
  return new ScraperError(
    'PART_INVALID',
    `${place}, line ${String(line)}: expected a SHA-256 and a file name as sha256sum writes them, found ${shown}`,
    {
      path: place,
      hint: 'fetch the file again, or move it away: it is only needed to tell which part is bad',
    },
  );
}

function twoSums(place: string, line: number, name: string): ScraperError {
  return new ScraperError(
    'PART_INVALID',
    `${place}, line ${String(line)}: ${JSON.stringify(name)} has another SHA-256 than above`,
    { path: place, hint: 'fetch the file again: each part has one line' },
  );
}
