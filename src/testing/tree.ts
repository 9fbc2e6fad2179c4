import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  mkdir,
  open,
  opendir,
  readFile,
  readlink,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { StorageDriver } from '../storage/driver.ts';
import { memoryDriver, type MemoryEntry, type MemoryOptions } from '../storage/memory.ts';

/**
 * What stands at one path of a tree to be tested with:
 * - bytes: a file
 * - `zeros`: a file of that many zero bytes, without blocks on disk
 * - `directory`: needed only where a directory is empty
 * - `symlink`: a symbolic link with this target
 * - `fifo`: a named pipe, which blocks whoever opens it carelessly
 */
export type TreeEntry =
  Uint8Array | { readonly zeros: number } | { readonly symlink: string } | 'directory' | 'fifo';

/** Entries by path, relative, with `/`. */
export type Tree = Map<string, TreeEntry>;

/** Puts `tree` below `directory`, which is made if need be. */
export async function writeTree(tree: ReadonlyMap<string, TreeEntry>, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const made = new Set<string>();
  for (const [name, entry] of tree) {
    const place = path.join(directory, ...name.split('/'));
    const parent = entry === 'directory' ? place : path.dirname(place);
    if (!made.has(parent)) await mkdir(parent, { recursive: true });
    made.add(parent);
    await writeEntry(place, entry);
  }
}

async function writeEntry(place: string, entry: TreeEntry): Promise<void> {
  if (entry === 'directory') return;
  if (entry === 'fifo') await promisify(execFile)('mkfifo', [place]);
  else if (entry instanceof Uint8Array) await writeFile(place, entry);
  else if ('symlink' in entry) await symlink(entry.symlink, place);
  else {
    await (await open(place, 'w')).close();
    await truncate(place, entry.zeros);
  }
}

/** A driver over `tree` as it is now, without a disk. Symbolic links are followed or refused as on disk. */
export function driverOf(tree: ReadonlyMap<string, TreeEntry>, options?: MemoryOptions): StorageDriver {
  const entries = new Map<string, MemoryEntry>();
  for (const [name, entry] of tree) {
    if (isSymlink(entry))
      for (const [path, target] of followed(tree, name, entry.symlink)) entries.set(path, target);
    else entries.set(name, entry === 'fifo' ? 'other' : entry);
  }
  return memoryDriver(entries, options);
}

function isSymlink(entry: TreeEntry): entry is { readonly symlink: string } {
  return typeof entry === 'object' && 'symlink' in entry;
}

/** What a symbolic link shows at its own place: a file, or a directory with what is in it. */
function followed(
  tree: ReadonlyMap<string, TreeEntry>,
  name: string,
  link: string,
  hops = 0,
): [string, MemoryEntry][] {
  const target = path.posix.join(path.posix.dirname(name), link);
  if (path.posix.isAbsolute(link) || target.split('/')[0] === '..')
    return [[name, { fails: 'OUTSIDE_ROOT' }]];
  const entry = tree.get(target);
  if (entry === 'fifo') return [[name, 'other']];
  if (entry !== undefined && isSymlink(entry) && hops < 40) {
    return followed(tree, target, entry.symlink, hops + 1).map(([at, found]) => [
      name + at.slice(target.length),
      found,
    ]);
  }
  if (entry !== undefined && !isSymlink(entry)) return [[name, entry]];
  // a link inside a directory that is itself shown through a link is not followed once more
  const below = [...tree].filter(([at]) => at.startsWith(`${target}/`));
  if (below.length === 0) return [[name, { fails: 'PATH_UNKNOWN' }]];
  return below.map(([at, found]) => [
    name + at.slice(target.length),
    found === 'fifo' || isSymlink(found) ? 'other' : found,
  ]);
}

/** A tree as text, to compare whole trees with: two are the same when these maps are. */
export type Listing = Map<string, string>;

/**
 * What stands below `directory`, sorted by path: the text of a small file, size and SHA-256 of any other, the target of a
 * symbolic link, and an entry for every directory that is empty.
 */
export async function listDirectory(directory: string): Promise<Listing> {
  const found: [string, string][] = [];
  await collect(directory, '', found);
  return sorted(found);
}

async function collect(directory: string, prefix: string, found: [string, string][]): Promise<boolean> {
  let empty = true;
  for await (const entry of await opendir(directory)) {
    empty = false;
    const place = path.join(directory, entry.name);
    const name = prefix + entry.name;
    if (entry.isDirectory()) {
      if (await collect(place, `${name}/`, found)) found.push([name, 'empty directory']);
    } else if (entry.isSymbolicLink()) found.push([name, `symlink to ${await readlink(place)}`]);
    else found.push([name, entry.isFile() ? await textOfFile(place) : 'neither a file nor a directory']);
  }
  return empty;
}

async function textOfFile(place: string): Promise<string> {
  const { size } = await stat(place);
  if (size <= MOST_TEXT) return textOf(await readFile(place));
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(place)) hash.update(chunk as Buffer);
  return `${String(size)} bytes, sha256:${hash.digest('hex')}`;
}

/** The same as {@link listDirectory} for a tree that is not on disk. */
export function listTree(tree: ReadonlyMap<string, TreeEntry>): Listing {
  const found: [string, string][] = [];
  const parents = new Set<string>();
  for (const name of tree.keys()) {
    for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
      parents.add(name.slice(0, slash));
    }
  }
  for (const [name, entry] of tree) {
    if (entry === 'directory') {
      if (!parents.has(name)) found.push([name, 'empty directory']);
    } else if (entry === 'fifo') found.push([name, 'neither a file nor a directory']);
    else if (entry instanceof Uint8Array) found.push([name, textOf(entry)]);
    else
      found.push([
        name,
        'zeros' in entry ? textOf(new Uint8Array(entry.zeros)) : `symlink to ${entry.symlink}`,
      ]);
  }
  return sorted(found);
}

const MOST_TEXT = 300;

function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  if (bytes.length <= MOST_TEXT && /^[\t\n -~]*$/.test(text)) return JSON.stringify(text);
  return `${String(bytes.length)} bytes, sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function sorted(entries: readonly [string, string][]): Listing {
  return new Map(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
