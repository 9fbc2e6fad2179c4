import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ScraperError } from '../errors.ts';
import { ioFailure, type Access } from '../storage/errno.ts';
import type { LocalFile } from './job.ts';

/** How many known directories are remembered; past that, each is simply looked at again. */
const REMEMBERED = 10_000;

/** Runs a file system call; its failure gets the path and what was being done. */
export function attempt<T>(path: string, access: Access, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw ioFailure(error, path, access);
  }
}

/** Creates a file that must not exist, lets `fill` write it, and closes it; a close that fails is a write that failed. */
export function writeNew(path: string, fill: (file: number) => void): void {
  const file = attempt(path, 'write', () => openSync(path, 'wx'));
  let closed = false;
  try {
    fill(file);
    closed = true;
    attempt(path, 'write', () => {
      closeSync(file);
    });
  } finally {
    if (!closed) closeSync(file);
  }
}

/** Writes all of `chunk`, however little the system takes at once. */
export function writeWhole(file: number, chunk: Buffer, path: string): void {
  for (let done = 0; done < chunk.length;) {
    const from = done;
    done += attempt(path, 'write', () => writeSync(file, chunk, from, chunk.length - from));
  }
}

/** Gives a complete file its name. */
export function publishScratch({ scratch, target }: LocalFile): void {
  attempt(target, 'write', () => {
    renameSync(scratch, target);
  });
}

/** A small file under its scratch name, then under its own. */
export function writeSmall(file: LocalFile, content: string): void {
  try {
    attempt(file.scratch, 'write', () => {
      writeFileSync(file.scratch, content, { flag: 'wx' });
    });
    publishScratch(file);
  } catch (error) {
    rmSync(file.scratch, { force: true });
    throw error;
  }
}

/**
 * Makes directories below a root one by one, so that no symbolic link on the way is ever followed: only the root itself is
 * the operator's own choice. The root must exist.
 */
export function directoryMaker(): (root: string, directory: string) => void {
  const known = new Set<string>();
  return function make(root, directory) {
    if (directory === root || known.has(directory)) return;
    make(root, dirname(directory));
    makeOne(directory);
    if (known.size >= REMEMBERED) known.clear();
    known.add(directory);
  };
}

function makeOne(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!exists) throw ioFailure(error, directory, 'write');
    if (attempt(directory, 'read', () => lstatSync(directory)).isDirectory()) return;
    throw new ScraperError('OUTPUT_INVALID', `${directory} is in the way: a directory must stand there`, {
      path: directory,
      hint: 'symbolic links inside the output are not followed; choose another output, or move it away',
    });
  }
}
