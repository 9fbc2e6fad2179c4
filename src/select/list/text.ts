import { isUtf8 } from 'node:buffer';
import type { Findings } from './findings.ts';

const LINE_FEED = 0x0a;
const expected = 'a list is text: references line by line, YAML or JSON';

/**
 * The text of a list, without a byte order mark. UTF-8, or UTF-16 where a mark says so: what PowerShell's `>` writes.
 * @throws ScraperError `LIST_INVALID` for anything that is no text
 */
export function decode(bytes: Uint8Array, findings: Findings): string {
  const marked = utf16(bytes);
  if (marked !== undefined) {
    try {
      return new TextDecoder(marked, { fatal: true }).decode(bytes);
    } catch {
      return findings.fail(undefined, `it begins like UTF-16 and is no UTF-16: ${expected}`);
    }
  }
  const zero = bytes.indexOf(0);
  if (zero !== -1) return findings.fail(undefined, `it is binary, byte ${zero} is a NUL: ${expected}`);
  if (!isUtf8(bytes))
    return findings.fail(badLine(bytes), `this line is no UTF-8: ${expected}`, 'save it as UTF-8');
  return new TextDecoder().decode(bytes);
}

function utf16([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

/** No character of UTF-8 has a line feed in it, so each line is good or bad by itself. */
function badLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; ; line += 1) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}

/** Tells the line, from 1, that an offset into the text stands in. */
export function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return offset => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
