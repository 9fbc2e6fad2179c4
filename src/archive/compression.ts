import { ScraperError } from '../errors.ts';

/** How an archive is compressed. */
export type CompressionSetting =
  { readonly kind: 'none' } | { readonly kind: 'gzip' | 'zstd'; readonly level: number };

/** Levels from fastest to smallest, and the one that the tools of the same name take by default. */
const levels = {
  gzip: { first: 1, last: 9, usual: 6 },
  // those above take several hundred megabytes of memory, at both ends
  zstd: { first: 1, last: 19, usual: 3 },
} as const;

const forms = 'gzip, gzip:1 to gzip:9, zstd, zstd:1 to zstd:19, or none';

/**
 * Reads `none`, `gzip[:LEVEL]` or `zstd[:LEVEL]`.
 * @throws ScraperError `USAGE`
 */
export function parseCompression(text: string): CompressionSetting {
  const [name = '', level, ...more] = text.split(':');
  if (text === 'none') return { kind: 'none' };
  if ((name !== 'gzip' && name !== 'zstd') || more.length > 0) {
    throw new ScraperError('USAGE', `unknown compression ${JSON.stringify(text)}: expected ${forms}`);
  }
  const { first, last, usual } = levels[name];
  if (level === undefined) return { kind: name, level: usual };
  const number = /^\d{1,2}$/.test(level) ? Number(level) : NaN;
  if (number >= first && number <= last) return { kind: name, level: number };
  const range = `${String(first)} (fastest) to ${String(last)} (smallest)`;
  throw new ScraperError('USAGE', `${name} has no level ${JSON.stringify(level)}: expected ${range}`);
}

/** The compression that a file's name asks for: `.tar`, `.tar.gz`, `.tgz`, `.tar.zst`, `.tzst`; undefined for other names. */
export function compressionOfName(name: string): CompressionSetting | undefined {
  if (/\.tar$/i.test(name)) return { kind: 'none' };
  if (/\.(tar\.gz|tgz)$/i.test(name)) return parseCompression('gzip');
  return /\.(tar\.zst|tzst)$/i.test(name) ? parseCompression('zstd') : undefined;
}
