import type { Dirent, Stats } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pacedCalls, type FileCalls } from './calls.ts';
import type { Entry, FileInfo, StorageDriver } from './driver.ts';
import { ioFailure } from './errno.ts';
import { notAFile, pathUnknown, tooLong } from './failures.ts';
import { leavesBelow } from './leaves.ts';
import { checkPath } from './path.ts';
import { placeFinder } from './places.ts';

export interface FilesystemOptions {
  /** A local directory. May be a symbolic link itself: that is the operator's own choice. */
  readonly root: string;
  /**
   * The path that `root` stands for: with `docker/registry` the path `docker/registry/v2/blobs` is `<root>/v2/blobs`, and
   * nothing else is there. Empty if absent: `root` is the registry's root directory.
   */
  readonly mount?: string;
  /** How the system is asked; by default directly or in the thread pool, whichever is faster. */
  readonly calls?: FileCalls;
}

/** Bytes that a stream yields at once. */
const CHUNK = 256 * 1024;

/**
 * A driver over a local directory. Symbolic links are followed as long as they stay below the root's real place; nothing
 * but plain files is ever opened, so that no pipe or device can hold it up.
 */
export function filesystemDriver({
  root,
  mount = '',
  calls = pacedCalls(() => performance.now()),
}: FilesystemOptions): StorageDriver {
  const places = placeFinder(root, calls);

  const describe = (path: string): string => {
    const below = belowMount(path, mount);
    return below === undefined ? join(root, posix.relative(mount, path)) : join(root, below);
  };

  /** Runs `work` with the path below the root, and words its failures. */
  async function attempt<T>(path: string, work: (below: string) => Promise<T>): Promise<T> {
    checkPath(path, describe, sep);
    const below = belowMount(path, mount);
    if (below === undefined) throw pathUnknown(describe(path));
    try {
      return await work(below);
    } catch (error) {
      throw ioFailure(error, describe(path), 'read');
    }
  }

  async function findFile(path: string, below: string): Promise<{ place: string; info: Stats }> {
    const found = await places.find(below, describe(path));
    if (!found.info.isFile()) throw notAFile(describe(path), nounOf(found.info));
    return found;
  }

  async function* entries(path: string): AsyncGenerator<Entry> {
    const found = await attempt(path, async below =>
      calls.readdir(await places.directory(below, describe(path))),
    );
    for (const entry of found)
      yield {
        name: entry.name,
        kind: kindOf(entry) ?? (await kindOfTarget(posix.join(path, entry.name))),
      };
  }

  /** What a symbolic link leads to; `other` if that is nothing, or nothing that may be looked at. */
  async function kindOfTarget(path: string): Promise<Entry['kind']> {
    try {
      return await attempt(
        path,
        async below => kindOf((await places.find(below, describe(path))).info) ?? 'other',
      );
    } catch {
      return 'other';
    }
  }

  async function* chunks(path: string): AsyncGenerator<Uint8Array> {
    const file = await attempt(path, async below => calls.open((await findFile(path, below)).place));
    try {
      for (;;) {
        const chunk = Buffer.allocUnsafeSlow(CHUNK);
        const count = await attempt(path, async () => calls.read(file, chunk));
        if (count === 0) return;
        yield chunk.subarray(0, count);
      }
    } finally {
      await calls.close(file);
    }
  }

  return {
    name: 'filesystem',
    describe,
    stat: path =>
      attempt(path, async (below): Promise<FileInfo> => {
        const { info } = await places.find(below, describe(path));
        const kind = kindOf(info);
        if (kind === 'directory') return { kind, size: 0, modified: info.mtimeMs };
        if (kind === 'file') return { kind, size: info.size, modified: info.mtimeMs };
        throw notAFile(describe(path), nounOf(info));
      }),
    list: entries,
    leaves: (path, leaf) =>
      attempt(path, async below => leavesBelow(calls, await places.directory(below, describe(path)), leaf)),
    read: (path, limit) =>
      attempt(path, async below => {
        const { place, info } = await findFile(path, below);
        if (info.size > limit) throw tooLong(describe(path), limit, info.size);
        const file = await calls.open(place);
        try {
          const bytes = await readUpTo(calls, file, limit, info.size);
          if (bytes.length > limit) throw tooLong(describe(path), limit);
          return bytes;
        } finally {
          await calls.close(file);
        }
      }),
    stream: chunks,
    localRange: path => attempt(path, async below => ({ path: (await findFile(path, below)).place })),
  };
}

/** Path below the mount, or undefined when it is not there. */
function belowMount(path: string, mount: string): string | undefined {
  if (mount === '') return path;
  if (path === mount) return '';
  return path.startsWith(`${mount}/`) ? path.slice(mount.length + 1) : undefined;
}

/** At most `limit` + 1 bytes. A file may grow or shrink after its size was asked: only what is read counts. */
async function readUpTo(calls: FileCalls, file: number, limit: number, expected: number): Promise<Buffer> {
  let buffer = Buffer.allocUnsafe(Math.min(limit, expected) + 1);
  let length = 0;
  for (;;) {
    const free = buffer.subarray(length);
    const count = await calls.read(file, free);
    length += count;
    // less than was asked for means the end of a plain file, or that a network or a signal was in the way
    const ended = count === 0 || (count < free.length && length >= expected);
    if (ended || length > limit) return buffer.subarray(0, length);
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(limit, buffer.length * 2) + 1);
  }
}

function kindOf(thing: Stats | Dirent): Entry['kind'] | undefined {
  if (thing.isFile()) return 'file';
  if (thing.isDirectory()) return 'directory';
  return thing.isSymbolicLink() ? undefined : 'other';
}

function nounOf(info: Stats): string {
  if (info.isDirectory()) return 'a directory';
  if (info.isFIFO()) return 'a named pipe';
  if (info.isSocket()) return 'a socket';
  return 'a device';
}
