import type { Entry } from '../storage/driver.ts';
import { integers, numbers } from './column.ts';
import { keptBytes } from './kept-bytes.ts';
import { pathHasher } from './path-hash.ts';

/** What is known of one path. */
export interface TreeNode {
  readonly kind: 'file' | 'directory';
  /** Bytes; 0 for a directory. */
  readonly size: number;
  /** Where its bytes are; what that means is its owner's business. */
  readonly offset: number;
  /** Last modification, milliseconds since the epoch. */
  readonly modified: number;
}

/** Paths as a tree, which takes about 150 bytes for an entry: an archive may hold some hundred thousand. */
export interface PathTree {
  /** Adds an entry and the directories on the way to it. The path is checked, and no file is on the way. */
  add(path: string, node: TreeNode): void;
  /** The empty path is the root. */
  get(path: string): TreeNode | undefined;
  /** What is directly in a directory; undefined when there is none. */
  list(path: string): Iterable<Entry> | undefined;
}

const NONE = -1;
const ROOT = 0;
const FILE = -2;

/** Of directories no time is kept. */
const DIRECTORY: TreeNode = { kind: 'directory', size: 0, offset: 0, modified: 0 };

/** Bytes before a name that say how long it is. */
const LENGTH = 2;

/**
 * Columns of numbers instead of objects, and hashes instead of paths; the names are kept only to be listed. What is inside a
 * node is its first child in a directory, and in a file (FILE minus) its row among the files.
 */
export function pathTree(): PathTree {
  const { read, high, low, end } = pathHasher();
  const [highs, lows, insides, siblings, names] = [integers(), integers(), integers(), integers(), numbers()];
  const [sizes, offsets, times] = [numbers(), numbers(), numbers()];
  const labels = keptBytes();
  let nodes = 0;
  let files = 0;
  let slots = new Int32Array(1024).fill(NONE);

  /** Where a hash is in `table`, or would go: a power of two of slots, with the next free one after a collision. */
  function slotOf(table: Int32Array, nodeHigh: number, nodeLow: number): number {
    const mask = table.length - 1;
    for (let at = nodeLow & mask; ; at = (at + 1) & mask) {
      const node = table[at] ?? NONE;
      if (node === NONE || (lows.get(node) === nodeLow && highs.get(node) === nodeHigh)) return at;
    }
  }

  function rehashed(): Int32Array<ArrayBuffer> {
    const table = new Int32Array(slots.length * 2).fill(NONE);
    for (const node of slots) {
      if (node !== NONE) table[slotOf(table, highs.get(node), lows.get(node))] = node;
    }
    return table;
  }

  /** The node at a level of the path that was read last. */
  function nodeAt(level: number): number {
    return slots[slotOf(slots, high[level] ?? 0, low[level] ?? 0)] ?? NONE;
  }

  function make(path: string, level: number): number {
    const parent = level === 0 ? ROOT : directoryAt(path, level - 1);
    const node = nodes;
    nodes += 1;
    highs.push(high[level] ?? 0);
    lows.push(low[level] ?? 0);
    names.push(keep(level === 0 ? path.slice(0, end[0]) : path.slice((end[level - 1] ?? 0) + 1, end[level])));
    siblings.push(insides.get(parent));
    insides.set(parent, node);
    insides.push(NONE);
    if (nodes * 4 > slots.length * 3) slots = rehashed();
    slots[slotOf(slots, high[level] ?? 0, low[level] ?? 0)] = node;
    return node;
  }

  function directoryAt(path: string, level: number): number {
    const found = nodeAt(level);
    return found === NONE ? make(path, level) : found;
  }

  function keep(name: string): number {
    const length = Buffer.byteLength(name);
    const at = labels.reserve(LENGTH + length);
    const label = labels.at(at, LENGTH + length);
    label.writeUInt16LE(length);
    label.write(name, LENGTH);
    return at;
  }

  function nameOf(node: number): string {
    const at = names.get(node);
    return labels.at(at + LENGTH, labels.at(at, LENGTH).readUInt16LE()).toString();
  }

  function find(path: string): number {
    return path === '' ? ROOT : nodeAt(read(path));
  }

  function* entriesOf(directory: number): Generator<Entry> {
    for (let node = insides.get(directory); node !== NONE; node = siblings.get(node)) {
      yield { name: nameOf(node), kind: insides.get(node) <= FILE ? 'file' : 'directory' };
    }
  }

  function makeRoot(): void {
    for (const column of [highs, lows, names]) column.push(0);
    insides.push(NONE);
    siblings.push(NONE);
    nodes = 1;
  }

  makeRoot();
  return {
    add(path, { kind, size, offset, modified }) {
      const level = read(path);
      const found = nodeAt(level);
      const node = found === NONE ? make(path, level) : found;
      if (kind === 'directory') return;
      insides.set(node, FILE - files);
      files += 1;
      sizes.push(size);
      offsets.push(offset);
      times.push(modified);
    },
    get(path) {
      const node = find(path);
      if (node === NONE) return undefined;
      const row = FILE - insides.get(node);
      if (row < 0) return DIRECTORY;
      return { kind: 'file', size: sizes.get(row), offset: offsets.get(row), modified: times.get(row) };
    },
    list(path) {
      const node = find(path);
      return node === NONE || insides.get(node) <= FILE ? undefined : entriesOf(node);
    },
  };
}
