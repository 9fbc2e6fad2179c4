import type { Stats } from 'node:fs';
import { lstat, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ScraperError } from '../errors.ts';
import { syncDirectory } from '../archive/target.ts';
import { makeScratch, removeAbandoned } from '../sink/scratch.ts';
import { errnoOf, ioFailure } from '../storage/errno.ts';

/** A file that is to be written whole. */
export interface NewFile {
  /** Absolute. */
  readonly path: string;
  /** As the user gave it. */
  readonly given: string;
  /** Replace what is there. */
  readonly force: boolean;
}

/**
 * Looks whether a file can be written there, before anything is done for it. A symbolic link counts as what it leads to.
 * @throws ScraperError `OUTPUT_EXISTS`, `OUTPUT_INVALID` (a directory or a device, or no directory to put it in),
 *   `ACCESS_DENIED`, `IO_ERROR`
 */
export async function checkNewFile({ path: place, given, force }: NewFile): Promise<void> {
  const refuse = (why: string, hint: string): ScraperError =>
    new ScraperError('OUTPUT_INVALID', `cannot write ${given}: ${why}`, { path: place, hint });
  const directory = path.dirname(place);
  if ((await found(directory))?.isDirectory() !== true) {
    throw refuse(`${directory} is no directory`, 'make the directory first, or choose another place');
  }
  const there = await found(place);
  if (there === undefined) return;
  if (!there.isFile()) {
    throw refuse(
      `it is ${there.isDirectory() ? 'a directory' : 'no plain file'}`,
      there.isDirectory() ? 'name a file in it' : `write to standard output: -o - > ${given}`,
    );
  }
  if (!force) {
    throw new ScraperError('OUTPUT_EXISTS', `${given} exists already`, {
      path: place,
      hint: 'choose another name, or replace it with --force',
    });
  }
}

/**
 * Writes a file that has its name only when it is complete and on the disk: until then what was there stays, and what is
 * left of a run that died has another name, which the next run removes.
 * @param sync whether its name must outlast a power failure, too
 * @param now milliseconds since the epoch
 * @returns bytes written
 * @throws ScraperError what {@link checkNewFile} and `chunks` throw, `NO_SPACE`, `ACCESS_DENIED`, `IO_ERROR`, and the
 *   signal's reason
 */
export async function writeNewFile(
  file: NewFile,
  chunks: AsyncIterable<Uint8Array>,
  {
    signal,
    sync = false,
    now,
  }: { readonly signal: AbortSignal; readonly sync?: boolean; readonly now: () => number },
): Promise<number> {
  const directory = path.dirname(file.path);
  let scratch: string | undefined;
  try {
    await removeAbandoned(directory, now());
    scratch = await makeScratch(directory);
    const complete = path.join(scratch, 'file');
    const size = await writeAll(complete, chunks, signal);
    await checkNewFile(file);
    signal.throwIfAborted();
    await rename(complete, file.path);
    if (sync) await syncDirectory(directory);
    return size;
  } catch (error) {
    throw ioFailure(error, file.given, 'write');
  } finally {
    // what cannot be removed is left to the next run
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function writeAll(
  place: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<number> {
  const file = await open(place, 'wx');
  let size = 0;
  try {
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      await file.writeFile(chunk);
      size += chunk.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return size;
}

/** What is there, by way of symbolic links; the link itself where that leads nowhere. */
async function found(place: string): Promise<Stats | undefined> {
  try {
    return await stat(place);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw ioFailure(error, place, 'write');
    return lstat(place).catch(() => undefined);
  }
}
