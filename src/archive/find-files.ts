import type { Stats } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ScraperError } from '../errors.ts';
import { errnoOf } from '../storage/errno.ts';
import { readHead } from '../storage/head.ts';
import { pathUnknown } from '../storage/failures.ts';
import { readFailure } from './failures.ts';
import { looksLikeArchive } from './magic.ts';
import { orderParts } from './part-set.ts';
import { parsePartName, partName, sumsName } from './parts.ts';
import type { StoredFile } from './stored.ts';
import { archiveOf, listedParts, readSums, type Sums } from './sums-file.ts';
import { BLOCK } from './tar.ts';

/** What an operator's path stands for. */
export type Found =
  /** Something that can only be read from begin to end: a pipe, a terminal, a tape. */
  | { readonly kind: 'stream'; readonly waits: boolean }
  | {
      readonly kind: 'file' | 'parts';
      /** Path of the archive; of parts, without a number. */
      readonly base: string;
      readonly files: readonly StoredFile[];
      /** Path of the file with their checksums, whether there is one or not. */
      readonly sums: string;
    };

/**
 * Finds the files of an archive: the file at `path`; or the parts, when `path` is that of the whole they were cut from, or one
 * of them, or their sums file.
 * @throws ScraperError `PATH_UNKNOWN`, `NOT_A_FILE`, `PART_MISSING`, `PART_INVALID`, `ACCESS_DENIED`, `IO_ERROR`
 */
export async function findFiles(path: string): Promise<Found> {
  const info = await attempt(path, () => statOf(path));
  if (info === undefined) return await wholeOf(path);
  if (info.isDirectory()) throw await directory(path);
  if (info.isFIFO() || info.isCharacterDevice() || info.isBlockDevice()) {
    return { kind: 'stream', waits: info.isFIFO() };
  }
  if (!info.isFile()) throw notAnArchive(path, 'a socket');
  if (path.endsWith('.sha256')) {
    const sums = await readSums(path);
    if (sums !== undefined) return await wholeOf(archiveOf(sums), sums);
  }
  const part = parsePartName(basename(path));
  const base = join(dirname(path), part?.name ?? '');
  if (part !== undefined && (await attempt(path, () => isPart(path, base, part.number)))) {
    return (await partsOf(base)) ?? (await file(path));
  }
  return await file(path);
}

/** What is left when there may be no file of that name: the parts of it. */
async function wholeOf(base: string, sums?: Sums): Promise<Found> {
  const whole = await attempt(base, () => statOf(base));
  if (whole?.isFile() === true && listedParts(sums, base) === undefined) return await file(base, sums?.place);
  const found = await partsOf(base, sums);
  if (found === undefined) throw pathUnknown(base);
  return found;
}

async function file(path: string, sums = sumsName(path)): Promise<Found> {
  return { kind: 'file', base: path, files: [await attempt(path, () => storedFile(path))], sums };
}

/** Undefined when nothing hints at parts. */
async function partsOf(base: string, given?: Sums): Promise<Found | undefined> {
  const found = new Map<number, StoredFile>();
  await attempt(dirname(base), async () => {
    for (const name of await readdir(dirname(base))) {
      const part = parsePartName(name);
      const place = join(dirname(base), name);
      if (part?.name !== basename(base) || (await statOf(place))?.isFile() !== true) continue;
      found.set(part.number, await storedFile(place));
    }
  });
  const sums = given ?? (await readSums(sumsName(base)));
  const listed = listedParts(sums, base);
  if (found.size === 0 && listed === undefined) return undefined;
  return {
    kind: 'parts',
    base,
    files: orderParts({ base, found, listed }),
    sums: sums?.place ?? sumsName(base),
  };
}

/** Some archives are just called `backup.2024`. */
async function isPart(path: string, base: string, number: number): Promise<boolean> {
  if (number === 1 || (await statOf(partName(base, 1))) !== undefined) return true;
  if (listedParts(await readSums(sumsName(base)), base)?.has(number) === true) return true;
  const opened = await open(path);
  try {
    return !looksLikeArchive(await readHead(opened, BLOCK));
  } finally {
    await opened.close().catch(() => undefined); // nothing is lost of what was only read
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

async function storedFile(place: string): Promise<StoredFile> {
  const path = await realpath(place);
  return { path, place, size: (await stat(path)).size };
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw readFailure(error, path);
  }
}

async function directory(path: string): Promise<ScraperError> {
  const layout = await statOf(join(path, 'oci-layout'));
  return layout === undefined
    ? notAnArchive(path, 'a directory')
    : notAnArchive(
        path,
        'an OCI image layout',
        `bring its images into a registry first: skopeo copy oci:${path}:TAG docker://REGISTRY/NAME:TAG`,
      );
}

function notAnArchive(path: string, noun: string, hint?: string): ScraperError {
  return new ScraperError('NOT_A_FILE', `cannot read ${path}: it is ${noun}, an archive was expected`, {
    path,
    ...(hint !== undefined && { hint }),
  });
}
