import { readFile, realpath } from 'node:fs/promises';
import { openArchive, streamArchive, type OpenedArchive } from '../archive/open.ts';
import { checkerFrom, type SignatureChecker } from '../bundle/sign.ts';
import { ScraperError } from '../errors.ts';
import { ioFailure } from '../storage/errno.ts';
import type { CliContext } from './context.ts';
import { usageError } from './usage-error.ts';

export interface NamedArchiveContext {
  readonly stdin: CliContext['stdin'];
  readonly signal: AbortSignal;
}

/**
 * Opens an archive that arguments name.
 * @param paths absolute; several are parts of one archive, `-` is standard input
 * @throws ScraperError what opening throws; `PART_INVALID` when they are not of one archive
 */
export async function openNamedArchive(
  paths: readonly string[],
  { stdin, signal }: NamedArchiveContext,
): Promise<OpenedArchive> {
  const [first = '-'] = paths;
  if (first === '-') {
    const stream = stdin();
    if (stream.isTTY === true)
      throw usageError(
        'an archive is not read from a terminal',
        'pipe one in: ssh HOST cat images.tar | registry-scraper apply -, or name a file',
      );
    return streamArchive('standard input', stream, { signal });
  }
  const archive = await openArchive(first, { signal });
  try {
    if (paths.length > 1)
      for (const path of paths) if (!(await belongsTo(archive, path))) throw stranger(path, archive);
    return archive;
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** Its files are known by their real paths, and what an argument names may be reached by way of links. */
async function belongsTo({ base, sums, files }: OpenedArchive, path: string): Promise<boolean> {
  if (path === base || path === sums) return true;
  const real = await realpath(path).catch(() => path);
  return files.some(file => file.path === real);
}

function stranger(path: string, { name }: OpenedArchive): ScraperError {
  return new ScraperError('PART_INVALID', `${path} is no part of ${name}`, {
    path,
    hint: 'name the parts of one archive, which stand in one directory; any one of them is enough',
  });
}

/** @throws ScraperError `KEY_INVALID`, `PATH_UNKNOWN`, `ACCESS_DENIED`, `IO_ERROR` */
export async function readVerifyKey(file: string): Promise<SignatureChecker> {
  return checkerFrom(await readKey(file), file);
}

/** A small file. */
export async function readKey(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw ioFailure(error, file, 'read');
  }
}
