import {
  close,
  closeSync,
  constants,
  lstat,
  lstatSync,
  open,
  openSync,
  read,
  readdir,
  readdirSync,
  readSync,
  realpath,
  realpathSync,
  type Dirent,
  type Stats,
} from 'node:fs';
import { promisify } from 'node:util';

type Answer<T> = T | Promise<T>;

/** The system calls that reading a storage takes. Each answers at once or by a promise; failures are Node's own. */
export interface FileCalls {
  /** What stands there; of a symbolic link, the link itself. */
  lstat(place: string): Answer<Stats>;
  /** The place with every symbolic link resolved. */
  realpath(place: string): Answer<string>;
  /** Opens for reading, without following a link in the last component and without waiting for a pipe's other end. */
  open(place: string): Answer<number>;
  /** Reads on from where the file stands; 0 at its end. */
  read(file: number, into: Uint8Array): Answer<number>;
  /** Never fails: what was only read cannot be lost. */
  close(file: number): Answer<void>;
  /**
   * All entries of a directory: even a hundred thousand names are but a few megabytes. Not in batches: where a signal interrupts
   * the system, Node then goes on without what it had in hand (libuv, `uv__fs_readdir`), and names would be missing.
   */
  readdir(place: string): Answer<readonly Dirent[]>;
}

/** Windows has neither of the two others; what is undefined adds nothing here. */
const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** In this thread: 10 µs for a small file. Nothing else runs meanwhile. */
export const directCalls: FileCalls = {
  lstat: place => lstatSync(place),
  realpath: place => realpathSync.native(place),
  open: place => openSync(place, READ_ONLY),
  read: (file, into) => readSync(file, into, 0, into.length, null),
  close: closeRead,
  readdir: place => readdirSync(place, { withFileTypes: true }),
};

/** Closes a file that was only read: however that ends, nothing is lost. */
export function closeRead(file: number): void {
  try {
    closeSync(file);
  } catch {
    // the system takes the number back in any case
  }
}

const openAsync = promisify(open);
const readAsync = promisify(read);
const readdirAsync = promisify(readdir);

/** In Node's thread pool: 30 to 250 µs for a small file, but several at once and without holding anything up. */
export const pooledCalls: FileCalls = {
  lstat: promisify(lstat),
  realpath: promisify(realpath.native),
  open: place => openAsync(place, READ_ONLY),
  read: async (file, into) => (await readAsync(file, into, 0, into.length, null)).bytesRead,
  close: file => promisify(close)(file).catch(() => undefined),
  readdir: place => readdirAsync(place, { withFileTypes: true }),
};

/** Milliseconds that calls may take in the mean before storage counts as slow: a disk has to seek, or a network is asked. */
const SLOW = 0.2;
/** One hiccup must not look like a slow disk. */
const MOST_COUNTED = 1;
/** Calls whose mean is watched, about. */
const WATCHED = 16;
/** Calls made in the thread pool before storage is tried directly again. */
const POOLED = 256;
/** Milliseconds after which timers, signals and streams get their turn. */
const TURN = 8;

/**
 * Direct calls while storage answers from memory, pooled calls while it is slow: a plan asks for some hundred thousand
 * small files, most often from a warm cache (three times faster directly), sometimes from a cold disk or over a network
 * (faster several at once).
 * @param now monotonic clock, milliseconds
 */
export function pacedCalls(
  now: () => number,
  direct: FileCalls = directCalls,
  pooled: FileCalls = pooledCalls,
): FileCalls {
  let mean = 0;
  let pooledLeft = 0;
  let turnedAt = now();

  function timed<A extends unknown[], R>(call: (...args: A) => R, args: A): R {
    const start = now();
    try {
      return call(...args);
    } finally {
      mean += (Math.min(now() - start, MOST_COUNTED) - mean) / WATCHED;
      if (mean > SLOW) {
        mean = 0;
        pooledLeft = POOLED;
      }
    }
  }

  const paced =
    <A extends unknown[], R>(directly: (...args: A) => Answer<R>, inPool: (...args: A) => Answer<R>) =>
    (...args: A): Answer<R> => {
      if (pooledLeft > 0) {
        pooledLeft -= 1;
        return inPool(...args);
      }
      const time = now();
      if (time - turnedAt < TURN) return timed(directly, args);
      turnedAt = time;
      return new Promise(resolve => setImmediate(resolve)).then(() => timed(directly, args));
    };

  return {
    lstat: paced(direct.lstat, pooled.lstat),
    realpath: paced(direct.realpath, pooled.realpath),
    open: paced(direct.open, pooled.open),
    read: paced(direct.read, pooled.read),
    close: direct.close,
    readdir: paced(direct.readdir, pooled.readdir),
  };
}
