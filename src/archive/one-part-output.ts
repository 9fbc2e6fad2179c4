import { basename, dirname, join } from 'node:path';
import { ScraperError } from '../errors.ts';
import { cutter } from './cutter.ts';
import { removeScratch, scratchFor, type FileOutputOptions } from './file-output.ts';
import { Complete, type ArchiveOutput, type Written, type WrittenFile } from './output.ts';
import { parsePartName, partName, sumsName } from './parts.ts';
import { openPiece } from './piece.ts';
import { readSums } from './sums-file.ts';
import { isThere, outputExists, replace, syncDirectory } from './target.ts';

export interface OnePartOptions extends FileOutputOptions {
  readonly partBytes: number;
  /** Number of the part to make again, counted from 1. */
  readonly onlyPart: number;
}

/**
 * Makes one part of an archive again. The sums file of then, where it still stands beside it, tells whether it is the same: then
 * it takes the place of whatever stands there, and the rest of the archive need not be made any more.
 * @throws ScraperError `USAGE` when there is no such part, `PART_INVALID` when the sums file is damaged or asks for another part
 *   than is made now; without a sums file `OUTPUT_EXISTS` when the part is there and `force` does not say to replace it; what
 *   {@link fileOutput} throws
 */
export async function onePartOutput(options: OnePartOptions): Promise<ArchiveOutput> {
  const { path, partBytes, onlyPart, sync } = options;
  const place = partName(path, onlyPart);
  const sums = await expectedSum(path, onlyPart);
  const there = await isThere(place);
  if (there && sums === undefined && !options.force) throw outputExists(place);
  const scratch = await scratchFor(path, options.now());
  let made: WrittenFile | undefined;
  let parts = 0;
  const pieces = cutter(
    partBytes,
    async number => (number === onlyPart ? await openPiece({ scratch, path: place, sync }) : undefined),
    (file, number) => {
      made ??= file;
      parts = number;
    },
  );

  async function settle(file: WrittenFile): Promise<Written> {
    if (sums !== undefined && sums.sha256 !== file.sha256) throw anotherPart(sums, file);
    await replace({ scratch: join(scratch, basename(place)), path: place });
    if (sync) await syncDirectory(dirname(place));
    return { files: [file], ...(sums !== undefined && { sums: sums.place }) };
  }

  return {
    async write(bytes) {
      await pieces.write(bytes);
      if (made === undefined || sums === undefined) return;
      const written = await settle(made);
      await removeScratch(scratch);
      throw new Complete(written);
    },
    async finish() {
      await pieces.end();
      if (made === undefined) throw noSuchPart(path, onlyPart, parts);
      const written = await settle(made);
      await removeScratch(scratch);
      return written;
    },
    async abort() {
      await pieces.abandon();
      await removeScratch(scratch);
    },
  };
}

interface ExpectedSum {
  /** The sums file. */
  readonly place: string;
  readonly sha256: string;
}

/** What the sums file says of a part; undefined when there is no sums file. */
async function expectedSum(path: string, onlyPart: number): Promise<ExpectedSum | undefined> {
  const sums = await readSums(sumsName(path));
  if (sums === undefined) return undefined;
  const listed = new Map<number | undefined, string>();
  for (const { name, sha256 } of sums.lines) {
    const part = parsePartName(name);
    if (part?.name === basename(path)) listed.set(part.number, sha256);
  }
  const sha256 = listed.get(onlyPart);
  if (sha256 === undefined) throw noSuchPart(path, onlyPart, listed.size);
  return { place: sums.place, sha256 };
}

function noSuchPart(path: string, wanted: number, parts: number): ScraperError {
  const found = parts === 0 ? 'is not in parts' : `has ${String(parts)} ${parts === 1 ? 'part' : 'parts'}`;
  return new ScraperError('USAGE', `there is no part ${String(wanted)}: ${path} ${found}`, {
    path: partName(path, wanted),
    hint: '--only-part takes the number that the name of the part ends in',
  });
}

function anotherPart({ place, sha256 }: ExpectedSum, made: WrittenFile): ScraperError {
  return new ScraperError(
    'PART_INVALID',
    `${made.path} cannot be made again: ${place} says sha256 ${sha256}, but now it would be ${made.sha256}; the selection or the registry changed since`,
    {
      path: made.path,
      hint: 'if the command was another one then (--split, --compress, the selection), run that one; otherwise make and send the whole archive again',
    },
  );
}
