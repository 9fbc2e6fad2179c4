import { ScraperError, type ErrorCode } from '../errors.ts';
import type { Entry, FileInfo, StorageDriver } from './driver.ts';
import { notADirectory, notAFile, pathUnknown, tooLong } from './failures.ts';
import { checkPath } from './path.ts';

/**
 * What stands at one path of a tree in memory. A directory needs no entry unless it is empty.
 * - bytes: a file
 * - `zeros`: a file of that many zero bytes, which take no memory
 * - `directory`: a directory, usually an empty one
 * - `other`: neither, as a socket or a device would be
 * - `fails`: whatever is asked of it, or of anything below it, fails with this code: a link that leaves the root is
 *   `OUTSIDE_ROOT`; `as` is what a listing calls it, `other` if absent
 */
export type MemoryEntry =
  | Uint8Array
  | { readonly zeros: number }
  | 'directory'
  | 'other'
  | { readonly fails: ErrorCode; readonly as?: Entry['kind'] };

export interface MemoryOptions {
  /** What {@link StorageDriver.describe} puts before a path. */
  readonly prefix?: string;
  /** Modification time of every file, milliseconds since the epoch. */
  readonly modified?: number;
  /** Most bytes that a stream yields at once. */
  readonly chunkSize?: number;
}

interface Directory {
  readonly kind: 'directory';
  readonly children: Map<string, Node>;
}
interface File {
  readonly kind: 'file';
  readonly size: number;
  slice(start: number, end: number): Uint8Array;
}
interface Odd {
  readonly kind: 'other';
  readonly code?: ErrorCode;
  readonly as?: Entry['kind'];
}
type Node = Directory | File | Odd;

/**
 * A driver over files in memory, by path. The tree is taken as it is at the call: later changes of the map do not show.
 * @throws TypeError when one path stands for a file and for a directory
 */
export function memoryDriver(
  entries: ReadonlyMap<string, MemoryEntry>,
  { prefix = 'memory:', modified = 0, chunkSize = 64 * 1024 }: MemoryOptions = {},
): StorageDriver {
  const root = plant(entries);
  const describe = (path: string): string => prefix + path;

  function find(path: string): Node {
    checkPath(path, describe);
    let node: Node = root;
    for (const name of path === '' ? [] : path.split('/')) {
      const child: Node | undefined = node.kind === 'directory' ? node.children.get(name) : undefined;
      if (child === undefined) throw pathUnknown(describe(path));
      if (child.kind === 'other' && child.code !== undefined) {
        throw new ScraperError(child.code, `${describe(path)} fails as it was told to`, {
          path: describe(path),
        });
      }
      node = child;
    }
    return node;
  }

  function findFile(path: string): File {
    const node = find(path);
    if (node.kind === 'file') return node;
    throw notAFile(
      describe(path),
      node.kind === 'directory' ? 'a directory' : 'neither a file nor a directory',
    );
  }

  return {
    name: 'memory',
    describe,
    stat: path =>
      attempt((): FileInfo => {
        const node = find(path);
        if (node.kind === 'directory') return { kind: 'directory', size: 0, modified };
        return { kind: 'file', size: findFile(path).size, modified };
      }),
    list: path => once(() => listing(find(path), describe(path))),
    read: (path, limit) =>
      attempt(() => {
        const file = findFile(path);
        if (file.size > limit) throw tooLong(describe(path), limit, file.size);
        return file.slice(0, file.size);
      }),
    stream: path => once(() => chunks(findFile(path), chunkSize)),
  };
}

function plant(entries: ReadonlyMap<string, MemoryEntry>): Directory {
  const root: Directory = { kind: 'directory', children: new Map() };
  for (const [path, entry] of entries) {
    checkPath(path, text => text);
    const names = path.split('/');
    const last = names.pop() ?? '';
    let parent = root;
    for (const name of names) parent = childDirectory(parent, name, path);
    if (entry === 'directory') childDirectory(parent, last, path);
    else if (parent.children.has(last))
      throw new TypeError(`${path} is a directory and something else at once`);
    else parent.children.set(last, nodeOf(entry));
  }
  return root;
}

function childDirectory(parent: Directory, name: string, path: string): Directory {
  const child = parent.children.get(name) ?? { kind: 'directory', children: new Map<string, Node>() };
  if (child.kind !== 'directory') throw new TypeError(`${path} lies below something that is no directory`);
  parent.children.set(name, child);
  return child;
}

function nodeOf(entry: Exclude<MemoryEntry, 'directory'>): Node {
  if (entry === 'other') return { kind: 'other' };
  if (entry instanceof Uint8Array) {
    return { kind: 'file', size: entry.length, slice: (start, end) => entry.slice(start, end) };
  }
  if ('fails' in entry) return { kind: 'other', code: entry.fails, as: entry.as ?? 'other' };
  return { kind: 'file', size: entry.zeros, slice: (start, end) => new Uint8Array(end - start) };
}

function* listing(node: Node, place: string): Generator<Entry> {
  if (node.kind !== 'directory') throw notADirectory(place);
  for (const [name, child] of node.children) {
    yield { name, kind: child.kind === 'other' ? (child.as ?? 'other') : child.kind };
  }
}

function* chunks(file: File, size: number): Generator<Uint8Array> {
  for (let start = 0; start < file.size; start += size)
    yield file.slice(start, Math.min(start + size, file.size));
}

async function attempt<T>(work: () => T): Promise<T> {
  return await Promise.resolve().then(work);
}

async function* once<T>(work: () => Iterable<T>): AsyncGenerator<T> {
  yield* await attempt(work);
}
