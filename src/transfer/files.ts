import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ScraperError } from '../errors.ts';
import { closeRead } from '../storage/calls.ts';
import { errnoOf, ioFailure, type Access } from '../storage/errno.ts';
import type { Likeness, LocalFile, WriteSettings } from './job.ts';

/** How many known directories are remembered; past that, each is simply looked at again. */
const REMEMBERED = 10_000;
/** More than there are threads that could be in the way. */
const MOST_TRIES = 1000;

/** Runs a file system call; its failure gets the path and what was being done. */
export function attempt<T>(path: string, access: Access, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw ioFailure(error, path, access);
  }
}

/** Writes all of `chunk`, however little the system takes at once. */
export function writeWhole(file: number, chunk: Buffer, path: string): void {
  for (let done = 0; done < chunk.length;) {
    const from = done;
    done += attempt(path, 'write', () => writeSync(file, chunk, from, chunk.length - from));
  }
}

/** Removes a scratch file. What cannot be removed goes with the directory it is in, or is left to the next run. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // whatever it is in the way of has failed already, and says so
  }
}

/** Makes files and directories the way its settings say. All methods throw ScraperError. */
export interface FileWriter {
  /** Creates a file that must not exist, lets `fill` write it, and closes it; a close that fails is a write that failed. */
  writeNew(path: string, fill: (file: number) => void): void;
  /** Gives an open file that is written to the end its owner and permissions, and makes its bytes durable. */
  complete(path: string, file: number): void;
  /** A small file under its scratch name, then under its own. */
  writeSmall(file: LocalFile, content: string): void;
  /** Gives a complete file its name. */
  publish(file: LocalFile): void;
  /**
   * Makes directories below a root one by one, so that no symbolic link on the way is ever followed: only the root itself is
   * the operator's own choice. The root must exist.
   */
  makeDirectory(root: string, directory: string): void;
  /** Where the settings want it, makes the names durable that were given since it was called last. */
  settle(): void;
}

export function fileWriter({ sync, like, scratch }: WriteSettings): FileWriter {
  const known = new Set<string>();
  /** Directories whose entries may be lost with the power. */
  const unsettled = new Set<string>();

  function complete(path: string, file: number): void {
    attempt(path, 'write', () => {
      if (like) fchmodSync(file, like.fileMode);
      if (like?.owner) fchownSync(file, like.owner.uid, like.owner.gid);
      if (sync) fsyncSync(file);
    });
  }

  function writeNew(path: string, fill: (file: number) => void): void {
    const file = attempt(path, 'write', () => openSync(path, 'wx'));
    let closed = false;
    try {
      fill(file);
      complete(path, file);
      closed = true;
      attempt(path, 'write', () => {
        closeSync(file);
      });
    } finally {
      if (!closed) closeRead(file);
    }
  }

  function publish({ scratch, target }: LocalFile): void {
    attempt(target, 'write', () => {
      renameInto(scratch, target);
    });
    unsettled.add(dirname(target));
  }

  function makeDirectory(root: string, directory: string): void {
    if (directory === root || known.has(directory)) return;
    makeDirectory(root, dirname(directory));
    if (like?.owner && scratch !== undefined) makeElsewhere(directory, scratch, like);
    else if (makeOne(directory) && like) dress(directory, like);
    // one that was there may have been made a moment ago by another thread, which has not settled it yet
    unsettled.add(dirname(directory));
    if (known.size >= REMEMBERED) known.clear();
    known.add(directory);
  }

  return {
    writeNew,
    complete,
    publish,
    makeDirectory,
    writeSmall(file, content) {
      try {
        writeNew(file.scratch, descriptor => {
          attempt(file.scratch, 'write', () => {
            writeFileSync(descriptor, content);
          });
        });
        publish(file);
      } catch (error) {
        discard(file.scratch);
        throw error;
      }
    },
    settle() {
      if (sync) unsettled.forEach(syncDirectory);
      unsettled.clear();
    },
  };
}

/** Gives a directory its owner and permissions. */
function dress(directory: string, { owner, directoryMode }: Likeness): void {
  attempt(directory, 'write', () => {
    chmodSync(directory, directoryMode);
    if (owner) chownSync(directory, owner.uid, owner.gid);
  });
}

/**
 * Makes a directory that shows up with its owner: one that a run left behind half-way would stay a stranger's for ever, and
 * whom the tree belongs to could not write into it.
 */
function makeElsewhere(directory: string, scratch: string, like: Likeness): void {
  if (statOf(directory)) return checkDirectory(directory);
  const made = attempt(scratch, 'write', () => mkdtempSync(join(scratch, 'directory-')));
  dress(made, like);
  try {
    // an empty directory that another one made meanwhile is replaced, one with something in it stays
    renameInto(made, directory);
  } catch (error) {
    discardDirectory(made);
    if (!statOf(directory)) throw ioFailure(error, directory, 'write');
    checkDirectory(directory);
  }
}

function discardDirectory(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // as with files
  }
}

/**
 * Renames into a directory that another thread may be replacing by its own at this very moment, see {@link makeElsewhere}:
 * then it is not found, although there is one all the time. Each of them does that once at most.
 */
function renameInto(from: string, to: string): void {
  for (let tries = 1; ; tries += 1) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const replaced = errnoOf(error) === 'ENOENT' && statOf(dirname(to)) && statOf(from);
      if (!replaced || tries === MOST_TRIES) throw error;
    }
  }
}

/** @returns whether it was not there before */
function makeOne(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!exists) throw ioFailure(error, directory, 'write');
    checkDirectory(directory);
    return false;
  }
}

function statOf(path: string): Stats | undefined {
  return attempt(path, 'read', () => lstatSync(path, { throwIfNoEntry: false }));
}

/** @throws ScraperError `OUTPUT_INVALID` when something else stands there */
function checkDirectory(directory: string): void {
  if (attempt(directory, 'read', () => lstatSync(directory)).isDirectory()) return;
  throw new ScraperError('OUTPUT_INVALID', `${directory} is in the way: a directory must stand there`, {
    path: directory,
    hint: 'symbolic links inside the output are not followed; choose another output, or move it away',
  });
}

/** Makes the names in a directory durable. @throws ScraperError */
export function syncDirectory(directory: string): void {
  attempt(directory, 'write', () => {
    const handle = openSync(directory, constants.O_RDONLY);
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  });
}
