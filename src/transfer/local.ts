import { constants, fstatSync, linkSync, lstatSync, openSync, readSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { closeRead } from '../storage/calls.ts';
import type { LocalRange } from '../storage/driver.ts';
import { notAFile } from '../storage/failures.ts';
import { attempt, discard, fileWriter, writeWhole } from './files.ts';
import { ODD_MODE, type Job, type LocalFile, type Outcome, type SharedState } from './job.ts';
import { verifier, wrongSize, type Expected } from './verifier.ts';

/** Read and written at once. Measured on a tree of 2 GiB: 64 KiB to 256 KiB are alike, from 512 KiB on the kernel takes longer. */
export const CHUNK_BYTES = 256 * 1024;
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Thrown inside a job when the pool was told to stop. */
class Stopped extends Error {}

/** Does jobs on local files, one at a time, with blocking calls: made for a worker thread. */
export type LocalTransfer = (job: Job) => Outcome;

/**
 * Everything is written under its scratch name and renamed to its target when it is complete and proved.
 * The returned function throws ScraperError; nothing of a failed job remains but directories.
 */
export function localTransfer(shared: SharedState): LocalTransfer {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  const files = fileWriter(shared.settings);

  /** Calls `each` with every chunk of `source`, having checked that it is, or is within, a plain file of the expected size. */
  function readThrough(
    { path, offset }: LocalRange,
    expected: Expected,
    each: (chunk: Buffer) => void,
  ): void {
    const file = attempt(path, 'read', () => openSync(path, READ_FLAGS));
    try {
      const info = attempt(path, 'read', () => fstatSync(file));
      if (!info.isFile()) throw notAFile(expected.origin, 'something else');
      const size = offset === undefined ? info.size : Math.min(expected.size, info.size - offset);
      if (size !== expected.size) throw wrongSize(expected, String(size));
      // of a whole file, bytes that it has grown by are read too and found wrong
      let left = offset === undefined ? Infinity : size;
      for (let position = offset ?? 0; left > 0;) {
        if (Atomics.load(shared.stop, 0) !== 0) throw new Stopped();
        const wanted = Math.min(CHUNK_BYTES, left);
        const count = attempt(path, 'read', () => readSync(file, buffer, 0, wanted, position));
        if (count === 0) return;
        each(buffer.subarray(0, count));
        Atomics.add(shared.bytes, 0, BigInt(count));
        position += count;
        left -= count;
      }
    } finally {
      closeRead(file);
    }
  }

  function prove(source: LocalRange, expected: Expected): void {
    const proof = verifier(expected);
    readThrough(source, expected, chunk => {
      proof.update(chunk);
    });
    proof.finish();
  }

  function copy(source: LocalRange, file: LocalFile, expected: Expected): void {
    const proof = verifier(expected);
    files.writeNew(file.scratch, target => {
      readThrough(source, expected, chunk => {
        proof.update(chunk);
        writeWhole(target, chunk, file.scratch);
      });
    });
    proof.finish();
  }

  function transfer(job: Extract<Job, { kind: 'transfer' }>): Outcome {
    const { root, source, scratch, target, expected } = job;
    try {
      const link = job.link && source.offset === undefined;
      const obstacle = link ? (tryLink(source.path, scratch) ?? oddMode(scratch)) : undefined;
      const linked = link && obstacle === undefined;
      if (linked) prove({ path: scratch }, expected);
      else copy(source, job, expected);
      files.makeDirectory(root, dirname(target));
      files.publish(job);
      files.settle();
      return linked
        ? { kind: 'linked' }
        : { kind: 'copied', ...(obstacle !== undefined && { note: obstacle }) };
    } finally {
      // gone already after a rename, except where scratch and target are links to one file: then rename leaves both
      discard(scratch);
    }
  }

  function publish(job: Extract<Job, { kind: 'publish' }>): Outcome {
    for (const directory of job.directories) files.makeDirectory(job.root, directory);
    for (const file of job.files) {
      if (Atomics.load(shared.stop, 0) !== 0) throw new Stopped();
      files.makeDirectory(job.root, dirname(file.target));
      files.writeSmall(file, file.content);
    }
    files.settle();
    return { kind: 'published' };
  }

  return job => {
    try {
      if (job.kind === 'transfer') return transfer(job);
      if (job.kind === 'publish') return publish(job);
      prove(job.source, job.expected);
      return { kind: 'proved' };
    } catch (error) {
      if (error instanceof Stopped) return { kind: 'stopped' };
      throw error;
    }
  };
}

/** Permissions that no registry gives to a file: to execute it, by whomever and as whomever. */
const ODD_BITS = 0o7111;

/** A link has the permissions of what it leads to; odd ones are not passed on, and the link is taken back. */
function oddMode(link: string): typeof ODD_MODE | undefined {
  const { mode } = attempt(link, 'read', () => lstatSync(link));
  if ((mode & ODD_BITS) === 0) return undefined;
  attempt(link, 'write', () => {
    rmSync(link);
  });
  return ODD_MODE;
}

/** Returns why it is impossible, if it is; the next file may be linked all the same. */
function tryLink(source: string, scratch: string): string | undefined {
  try {
    linkSync(source, scratch);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
