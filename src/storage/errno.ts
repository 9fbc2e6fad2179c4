import { ScraperError, type ErrorCode } from '../errors.ts';

/** What was being done; it decides which code and which hint are right. */
export type Access = 'read' | 'write';

interface Meaning {
  readonly code: ErrorCode;
  /** Completes `cannot read PATH: …`. */
  readonly why: string;
  readonly hint?: string;
}

const again = 'run the same command again: it goes on where it stopped';
const mayRead = "run as a user who may read the registry's storage: its owner, or root";
const mayWrite = 'choose an output where this user may write, or run as another user';
const full = `make room or choose an output on another disk, then ${again}`;
const openFiles = 'raise the limit on open files (ulimit -n) or lower --concurrency';
const inTheWay = 'move it away, or choose another output';
const otherDisk = 'choose an output on another file system';
const disk = 'look at the disk and at the system log';

/** Meanings of the system's error codes (errno(3)) that are the same whatever was being done. */
const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: { code: 'PATH_UNKNOWN', why: 'it does not exist' },
  ENOTDIR: { code: 'PATH_UNKNOWN', why: 'a part of its path is a file, a directory was expected' },
  ELOOP: { code: 'PATH_UNKNOWN', why: 'symbolic links lead in a circle' },
  EMFILE: { code: 'IO_ERROR', why: 'this process has too many files open', hint: openFiles },
  ENFILE: { code: 'IO_ERROR', why: 'the system has too many files open', hint: openFiles },
  EIO: { code: 'IO_ERROR', why: 'the disk failed', hint: disk },
  EROFS: { code: 'ACCESS_DENIED', why: 'the file system is mounted read-only', hint: mayWrite },
  EINTR: { code: 'IO_ERROR', why: 'a signal interrupted the system', hint: again },
  ESTALE: { code: 'IO_ERROR', why: 'the network file system lost it', hint: again },
  ETIMEDOUT: { code: 'IO_ERROR', why: 'the network file system does not answer', hint: again },
};

const whenReading: Readonly<Record<string, Meaning>> = {
  EISDIR: { code: 'NOT_A_FILE', why: 'it is a directory, a file was expected' },
  ENXIO: { code: 'NOT_A_FILE', why: 'it is a socket or a device, a file was expected' },
  // a network file system may say so of what is only read: nothing of ours needs room
  ENOSPC: { code: 'IO_ERROR', why: 'the disk is full, says the system', hint: disk },
  EDQUOT: { code: 'IO_ERROR', why: 'the disk quota is used up, says the system', hint: disk },
  ENODEV: { code: 'NOT_A_FILE', why: 'it is a device, a file was expected' },
  ENAMETOOLONG: { code: 'PATH_UNKNOWN', why: 'its name is longer than a name can be' },
  EACCES: { code: 'ACCESS_DENIED', why: 'permission denied', hint: mayRead },
  EPERM: { code: 'ACCESS_DENIED', why: 'operation not permitted', hint: mayRead },
};

const whenWriting: Readonly<Record<string, Meaning>> = {
  ENOSPC: { code: 'NO_SPACE', why: 'the disk is full', hint: full },
  EDQUOT: { code: 'NO_SPACE', why: 'the disk quota is used up', hint: full },
  ENOENT: { code: 'IO_ERROR', why: 'the directory it belongs into is gone', hint: again },
  EISDIR: { code: 'IO_ERROR', why: 'a directory stands there, a file was expected', hint: inTheWay },
  EEXIST: { code: 'IO_ERROR', why: 'something else stands there', hint: inTheWay },
  ENOTEMPTY: { code: 'IO_ERROR', why: 'a directory that is not empty stands there', hint: inTheWay },
  ENOTDIR: {
    code: 'IO_ERROR',
    why: 'a part of its path is a file, a directory was expected',
    hint: inTheWay,
  },
  ENAMETOOLONG: { code: 'IO_ERROR', why: 'the file system takes no path or name that long', hint: otherDisk },
  EFBIG: { code: 'IO_ERROR', why: 'the file system or a limit allows no file that big', hint: otherDisk },
  EXDEV: { code: 'IO_ERROR', why: 'it lies on another file system', hint: otherDisk },
  EACCES: { code: 'ACCESS_DENIED', why: 'permission denied', hint: mayWrite },
  EPERM: { code: 'ACCESS_DENIED', why: 'operation not permitted', hint: mayWrite },
};

/**
 * What a failed system call means to an operator. Anything that is a {@link ScraperError} already is returned as it is.
 * @param error what the call threw
 * @param path the place concerned, as an operator would name it
 */
export function ioFailure(error: unknown, path: string, access: Access): ScraperError {
  if (error instanceof ScraperError) return error;
  const errno = errnoOf(error) ?? '';
  const special = access === 'read' ? whenReading : whenWriting;
  const meaning = Object.hasOwn(special, errno)
    ? special[errno]
    : Object.hasOwn(meanings, errno)
      ? meanings[errno]
      : undefined;
  const { code, why, hint } = meaning ?? { code: 'IO_ERROR', why: textOf(error), hint: disk };
  return new ScraperError(code, `cannot ${access} ${path}: ${why}`, {
    path,
    cause: error,
    ...(hint !== undefined && { hint }),
  });
}

/** What the system answers; in place of its failure a {@link ioFailure}. */
export async function orFailure<T>(answer: Promise<T>, path: string, access: Access): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw ioFailure(error, path, access);
  }
}

/** The system's name of an error (`ENOENT`), or undefined for what no system call threw. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
