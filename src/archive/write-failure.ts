import { ScraperError } from '../errors.ts';
import { errnoOf, ioFailure } from '../storage/errno.ts';

/** What a failed system call on an archive that is being written means. Unlike a directory, it is always made from the start. */
export function writeFailure(error: unknown, path: string): ScraperError {
  const failure = ioFailure(error, path, 'write');
  if (failure === error) return failure;
  const hint = hintFor(failure.code, errnoOf(error)) ?? failure.details.hint;
  return new ScraperError(failure.code, failure.message, {
    path,
    cause: error,
    ...(hint !== undefined && { hint }),
  });
}

function hintFor(code: ScraperError['code'], errno: string | undefined): string | undefined {
  if (code === 'NO_SPACE')
    return 'make room or choose an output on another disk, then run the same command again';
  if (errno === 'EFBIG')
    return 'cut it into parts that fit (--split 4GB: a FAT file system holds files of less than 4 GiB), or choose another disk';
  return undefined;
}
