import { pathHasher } from './path-hash.ts';

/** What is known of a name. A directory that only stands on the way to others may still get an entry of its own. */
const FREE = 0;
const FILE = 1;
const IMPLIED = 2;
const DIRECTORY = 3;

/** Remembers which names an archive has used. */
export interface Names {
  /**
   * Takes note of an entry and of the directories on the way to it.
   * @param path checked already
   * @returns what speaks against it, to complete `entry 3 …`; undefined when nothing does
   */
  add(path: string, kind: 'file' | 'directory'): string | undefined;
  /** Names remembered, directories on the way among them. */
  readonly count: number;
}

/**
 * Names are told apart as a file system would do it that ignores case and composition, so that an archive means the same
 * on every medium. Only hashes are kept, 13 bytes a name and as much again as spare room, because hostile archives have
 * millions; they are salted, so that nobody can prepare names which collide.
 */
export function nameMemory(): Names {
  const hasher = pathHasher();
  const { high, low } = hasher;
  /** Of names as they are, where the others are of folded names. */
  const exact = new Int32Array(low.length);
  let slots = tableOf(1024);
  let count = 0;
  let lastParent = '';

  /** Hashes a path and says its level. */
  function read(path: string): number {
    const level = hasher.read(path);
    for (let at = 0; at <= level; at++) exact[at] = low[at] ?? 0;
    return hasher.plain() ? level : hasher.read(fold(path));
  }

  /** @returns what stands so far at the name of that level; `other` when it is there in other letters */
  function note(level: number, state: number): number | 'other' {
    if ((count + 1) * 4 > slots.states.length * 3) slots = grown(slots);
    const at = slotOf(slots, high[level] ?? 0, low[level] ?? 0);
    const found = slots.states[at] ?? FREE;
    if (found === FREE) {
      slots.high[at] = high[level] ?? 0;
      slots.low[at] = low[level] ?? 0;
      slots.exact[at] = exact[level] ?? 0;
      slots.states[at] = state;
      count += 1;
      return FREE;
    }
    if (slots.exact[at] !== exact[level]) return 'other';
    if (found === IMPLIED && state === DIRECTORY) slots.states[at] = DIRECTORY;
    return found;
  }

  /** @param depth directories on the way */
  function addParents(depth: number): string | undefined {
    for (let level = depth - 1; level >= 0; level--) {
      const found = note(level, IMPLIED);
      if (found === FILE) return 'lies below another entry that is a file';
      if (found === 'other') return 'lies in a directory whose name differs only in case from another';
      // a directory that was there has its own parents there, too
      if (found !== FREE) return undefined;
    }
    return undefined;
  }

  return {
    add(path, kind) {
      const depth = read(path);
      const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      const problem = parent === lastParent ? undefined : addParents(depth);
      if (problem !== undefined) return problem;
      lastParent = parent;
      const found = note(depth, kind === 'file' ? FILE : DIRECTORY);
      if (found === 'other') return 'differs from another entry only in the case or composition of letters';
      if (found === FREE || (found === IMPLIED && kind === 'directory')) return undefined;
      if (found === IMPLIED) return 'is a file where other entries have a directory';
      return found === FILE && kind === 'directory'
        ? 'is a directory where another entry is a file'
        : 'has a path that another entry had before';
    },
    get count() {
      return count;
    },
  };
}

/** The one form of all names that some file system takes for the same. */
function fold(path: string): string {
  return path.normalize('NFD').toUpperCase().toLowerCase().normalize('NFC');
}

/** Open addressing, a power of two of slots. */
interface Table {
  readonly high: Int32Array;
  readonly low: Int32Array;
  readonly exact: Int32Array;
  readonly states: Uint8Array;
}

function tableOf(size: number): Table {
  return {
    high: new Int32Array(size),
    low: new Int32Array(size),
    exact: new Int32Array(size),
    states: new Uint8Array(size),
  };
}

/** Where a key is, or would go. */
function slotOf({ high, low, states }: Table, keyHigh: number, keyLow: number): number {
  const mask = states.length - 1;
  let at = keyLow & mask;
  while (states[at] !== FREE && (high[at] !== keyHigh || low[at] !== keyLow)) at = (at + 1) & mask;
  return at;
}

function grown(old: Table): Table {
  const table = tableOf(old.states.length * 2);
  for (let from = 0; from < old.states.length; from++) {
    const [high, low, state] = [old.high[from] ?? 0, old.low[from] ?? 0, old.states[from] ?? FREE];
    if (state === FREE) continue;
    const at = slotOf(table, high, low);
    table.high[at] = high;
    table.low[at] = low;
    table.exact[at] = old.exact[from] ?? 0;
    table.states[at] = state;
  }
  return table;
}
