/**
 * Compares two names by their characters, and numbers in them by their value: `1.9` comes before `1.10`. Written out
 * because a collator takes seconds to order what a large repository holds.
 */
export function compareNames(a: string, b: string): number {
  let at = 0;
  let other = 0;
  while (at < a.length && other < b.length) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(other)];
    if (isDigit(x) && isDigit(y)) {
      const [ends, otherEnds] = [endOfNumber(a, at), endOfNumber(b, other)];
      const difference = compareNumbers(a.slice(at, ends), b.slice(other, otherEnds));
      if (difference !== 0) return difference;
      at = ends;
      other = otherEnds;
    } else {
      if (x !== y) return x - y;
      at += 1;
      other += 1;
    }
  }
  // leading zeros alone make no difference in value: then the text decides
  return a.length - at - (b.length - other) || (a < b ? -1 : a > b ? 1 : 0);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function endOfNumber(text: string, start: number): number {
  let end = start;
  while (isDigit(text.charCodeAt(end))) end += 1;
  return end;
}

/** Numbers of any length, in decimal. */
function compareNumbers(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0);
}
