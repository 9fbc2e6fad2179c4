import path from 'node:path';
import { ScraperError } from '../errors.ts';

/** A directory that becomes a registry's root directory, or an image layout. */
export interface DirectoryDestination {
  readonly kind: 'directory';
  /** Absolute. */
  readonly path: string;
  /** As the user gave it. */
  readonly given: string;
}

export type ArchiveCompression = 'none' | 'gzip' | 'zstd';

/** A tar: in a file, which may be cut into parts, or on standard output. */
export interface ArchiveDestination {
  readonly kind: 'archive';
  /** Absolute; undefined for standard output. */
  readonly path: string | undefined;
  readonly given: string;
  /** What the name says; none for standard output, for which an option says it. */
  readonly compression: ArchiveCompression;
}

/** Where a scrape writes. */
export type Destination = DirectoryDestination | ArchiveDestination;

const written: readonly (readonly [suffix: RegExp, compression: ArchiveCompression])[] = [
  [/\.tar$/i, 'none'],
  [/\.(?:tar\.gz|tgz)$/i, 'gzip'],
  [/\.(?:tar\.zst|tzst)$/i, 'zstd'],
];
const unwritten = /\.(?:tar\.(?:bz2?|xz|lz4?|lzma|z|br|\d+)|txz|tbz2?|zip|7z|rar)$/i;
const scheme = /^[a-z][a-z0-9+.-]+:\/\//i;

/**
 * Tells from a value of `--output` what it names: by its suffix an archive, `-` standard output, anything else a directory.
 * Archives of other kinds and object stores are refused, so that nobody finds a directory named `images.zip`.
 * @throws ScraperError `OUTPUT_INVALID`
 */
export function parseDestination(given: string, cwd: string): Destination {
  const refuse = (what: string, hint: string): never => {
    throw new ScraperError('OUTPUT_INVALID', `cannot write to ${what}`, { hint });
  };
  const [url] = scheme.exec(given) ?? [];
  if (url !== undefined) refuse(`"${given}"`, `write to a directory and copy it to ${url} from there`);
  if (given === '-') return { kind: 'archive', path: undefined, given, compression: 'none' };
  const [, compression] = written.find(([suffix]) => suffix.test(given)) ?? [];
  if (compression) return { kind: 'archive', path: path.resolve(cwd, given), given, compression };
  if (unwritten.test(given)) {
    refuse(
      `an archive of this kind: "${given}"`,
      'archives are .tar, .tar.gz (.tgz) or .tar.zst (.tzst); a directory of this name is written by --output-dir',
    );
  }
  return directoryDestination(given, cwd);
}

/** @throws ScraperError `OUTPUT_INVALID` for an empty name */
export function directoryDestination(given: string, cwd: string): DirectoryDestination {
  if (given === '')
    throw new ScraperError('OUTPUT_INVALID', 'the output has no name', { hint: 'write -o DEST' });
  return { kind: 'directory', path: path.resolve(cwd, given), given };
}
