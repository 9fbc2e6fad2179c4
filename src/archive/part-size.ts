import { ScraperError } from '../errors.ts';

/** Below this, a forgotten unit is more likely than a medium so small; and the parts of an image would be tens of thousands. */
const SMALLEST = 64 * 1024;

const names = ['B', 'K', 'M', 'G', 'T'];

/**
 * Reads the size of a part, in bytes: `4.7GB`, `650MiB`, `1G`, `734003200`. As with the coreutils, K, M, G and T alone or with
 * `iB` count by 1024, with `B` by 1000; upper and lower case are alike. Fractions of a byte are dropped.
 * @throws ScraperError `USAGE`
 */
export function parsePartSize(text: string): number {
  const found = /^(\d+(?:\.\d+)?) ?(?:([KMGT])(I?B)?|B)?$/i.exec(text.trim());
  if (!found) {
    throw usage(`${JSON.stringify(text)} is no size: expected a number and a unit, like 4.7GB or 650MiB`);
  }
  const [, number = '', unit = 'B', suffix] = found;
  const base = suffix?.toUpperCase() === 'B' ? 1000 : 1024;
  const bytes = Math.floor(Number(number) * base ** names.indexOf(unit.toUpperCase()));
  if (bytes < SMALLEST) {
    throw usage(
      `a part of ${String(bytes)} bytes is too small: expected at least ${String(SMALLEST)} (64KiB)`,
      found[2] === undefined ? `did you mean ${number}MiB or ${number}MB?` : undefined,
    );
  }
  if (bytes > Number.MAX_SAFE_INTEGER) throw usage(`${JSON.stringify(text)} is more than any file can hold`);
  return bytes;
}

function usage(message: string, hint?: string): ScraperError {
  return new ScraperError('USAGE', message, hint === undefined ? {} : { hint });
}
