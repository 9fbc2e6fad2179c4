import path from 'node:path';
import { ScraperError } from '../errors.ts';

/** Where a scrape writes. One kind for now; archives and object stores are told by suffix and scheme. */
export interface Destination {
  readonly kind: 'directory';
  /** Absolute. */
  readonly path: string;
  /** As the user gave it. */
  readonly given: string;
}

const archive = /\.(?:tar|tgz|tzst|txz|tbz2?|zip)(?:\.(?:gz|zst|xz|bz2|lz4))?$/i;
const scheme = /^[a-z][a-z0-9+.-]+:\/\//i;

/**
 * Tells from a value of `--output` what it names. What looks like an archive or an object store is refused, so that
 * nobody finds a directory named `images.tar`.
 * @throws ScraperError `OUTPUT_INVALID`
 */
export function parseDestination(given: string, cwd: string): Destination {
  const refuse = (what: string, hint: string): never => {
    throw new ScraperError('OUTPUT_INVALID', `cannot write to ${what}: only directories are supported`, {
      hint,
    });
  };
  const [url] = scheme.exec(given) ?? [];
  if (url !== undefined) refuse(`"${given}"`, `write to a directory and copy it to ${url} from there`);
  if (given === '-') refuse('standard output', 'write to a directory and pipe it: tar -C DIR -cf - docker');
  if (archive.test(given)) {
    refuse(
      `the archive "${given}"`,
      'write to a directory and pack it: tar -C DIR -cf images.tar docker; a directory of this name is written by --output-dir',
    );
  }
  return directoryDestination(given, cwd);
}

/** @throws ScraperError `OUTPUT_INVALID` for an empty name */
export function directoryDestination(given: string, cwd: string): Destination {
  if (given === '')
    throw new ScraperError('OUTPUT_INVALID', 'the output directory has no name', { hint: 'write -o DIR' });
  return { kind: 'directory', path: path.resolve(cwd, given), given };
}
