import { rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ScraperError } from '../errors.ts';
import { makeScratch, removeAbandoned } from '../sink/scratch.ts';
import { cutter } from './cutter.ts';
import type { ArchiveOutput, Written, WrittenFile } from './output.ts';
import { formatSums, partName, sumsName } from './parts.ts';
import { openPiece } from './piece.ts';
import { checkTarget, publish, type Target } from './target.ts';
import { writeFailure } from './write-failure.ts';

export interface FileOutputOptions extends Target {
  /** Cut the archive into parts of at most this many bytes. */
  readonly partBytes?: number;
  /** Whether the files must outlast a power failure once they have their names. */
  readonly sync: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Most parts: their numbers have six digits. */
const MOST_PARTS = 999_999;

/**
 * A file, or parts of one, with a sums file. They are written in a scratch directory beside their place and get their names only
 * when all are complete, so that under these names there never is a part of one archive, nor parts of two: what stood there
 * before stays until then. What runs that died have left there is removed.
 * @throws ScraperError as {@link checkTarget} does, and `ACCESS_DENIED`, `NO_SPACE`, `IO_ERROR`
 */
export async function fileOutput(options: FileOutputOptions): Promise<ArchiveOutput> {
  const { path, partBytes, sync } = options;
  await checkTarget(options);
  const scratch = await scratchFor(path, options.now());
  const files: WrittenFile[] = [];
  const pieces = cutter(
    partBytes ?? Infinity,
    number => {
      if (number > MOST_PARTS) throw tooManyParts();
      const place = partBytes === undefined ? path : partName(path, number);
      return openPiece({ scratch, path: place, sync });
    },
    file => {
      if (file) files.push(file);
    },
  );

  async function finish(): Promise<Written> {
    await pieces.end();
    const sums = sumsName(path);
    const text = formatSums(files.map(({ path: place, sha256 }) => ({ name: basename(place), sha256 })));
    const ready = (place: string): { scratch: string; path: string } => ({
      scratch: join(scratch, basename(place)),
      path: place,
    });
    await writeWhole(ready(sums), text, sync);
    await publish(
      options,
      files.map(file => ready(file.path)),
      ready(sums),
      sync,
    );
    return { files, sums };
  }

  let finishing: Promise<Written> | undefined;
  return {
    write: pieces.write,
    async finish() {
      finishing = finish();
      const written = await finishing;
      await removeScratch(scratch);
      return written;
    },
    async abort() {
      // once files get their names, they all do
      await finishing?.catch(() => undefined);
      await pieces.abandon();
      await removeScratch(scratch);
    },
  };
}

/** A scratch directory beside `path`; those of runs that died are removed. */
export async function scratchFor(path: string, now: number): Promise<string> {
  const directory = dirname(path);
  try {
    await removeAbandoned(directory, now);
    return await makeScratch(directory);
  } catch (error) {
    throw writeFailure(error, path);
  }
}

export async function removeScratch(scratch: string): Promise<void> {
  // what cannot be removed is left to the next run
  await rm(scratch, { recursive: true, force: true }).catch(() => undefined);
}

async function writeWhole(
  { scratch, path }: { readonly scratch: string; readonly path: string },
  text: string,
  sync: boolean,
): Promise<void> {
  try {
    await writeFile(scratch, text, { flag: 'wx', flush: sync });
  } catch (error) {
    throw writeFailure(error, path);
  }
}

function tooManyParts(): ScraperError {
  return new ScraperError('USAGE', `the archive would have more than ${String(MOST_PARTS)} parts`, {
    hint: 'choose a larger size for --split',
  });
}
