import { createHash, getRandomValues } from 'node:crypto';
import { algorithmOf, digestOf, encodedOf, type Digest } from '../oci/digest.ts';

/** A set of digests that numbers them: 32 bytes each and a slot, where a Set of strings takes 150. Rows count from 0. */
export interface DigestTable {
  readonly rows: number;
  /** Row of a digest, or -1. */
  find(digest: Digest): number;
  /** Row of a digest, a new one if need be. */
  add(digest: Digest): number;
  digest(row: number): Digest;
}

const WORDS = 8;
/** Rows that are allocated at once, so that growing never copies. */
export const CHUNK_ROWS = 1 << 14;

/** Open addressing with linear probing; at most half of the slots are taken. */
export function digestTable(): DigestTable {
  const chunks: Uint32Array[] = [];
  /** Digests of other algorithms than SHA-256 stand in the table by the SHA-256 of their text. */
  const others = new Map<number, Digest>();
  /** Row + 1; 0 where nothing is. */
  let slots = new Uint32Array(1024);
  let rows = 0;
  const key = new Uint32Array(WORDS);
  const keyBytes = Buffer.from(key.buffer);
  // links may have chosen names: without knowing these, nobody can make all searches begin in one place
  const factors = getRandomValues(new Uint32Array(WORDS)).map(factor => factor | 1);

  function setKey(digest: Digest): void {
    if (algorithmOf(digest) === 'sha256') keyBytes.write(encodedOf(digest), 'hex');
    else createHash('sha256').update(digest).digest().copy(keyBytes);
  }

  function isAt(row: number): boolean {
    const chunk = chunks[Math.floor(row / CHUNK_ROWS)];
    const start = (row % CHUNK_ROWS) * WORDS;
    for (let word = 0; word < WORDS; word += 1) if (chunk?.[start + word] !== key[word]) return false;
    return true;
  }

  /** Where the search for some words begins: the upper bits of what they add up to, each times its factor. */
  function startOf(words: Uint32Array, at: number, mask: number): number {
    let sum = 0;
    for (let word = 0; word < WORDS; word += 1) sum += Math.imul(words[at + word] ?? 0, factors[word] ?? 1);
    return (sum | 0) >>> Math.clz32(mask);
  }

  /** The slot where the key is, or the free one where it belongs. */
  function slotOfKey(): number {
    const mask = slots.length - 1;
    let slot = startOf(key, 0, mask);
    for (let row = slots[slot] ?? 0; row !== 0 && !isAt(row - 1); row = slots[slot] ?? 0)
      slot = (slot + 1) & mask;
    return slot;
  }

  function grow(): void {
    const grown = new Uint32Array(slots.length * 2);
    const mask = grown.length - 1;
    for (let row = 0; row < rows; row += 1) {
      const chunk = chunks[Math.floor(row / CHUNK_ROWS)] ?? key;
      let slot = startOf(chunk, (row % CHUNK_ROWS) * WORDS, mask);
      while (grown[slot] !== 0) slot = (slot + 1) & mask;
      grown[slot] = row + 1;
    }
    slots = grown;
  }

  return {
    get rows() {
      return rows;
    },
    find(digest) {
      setKey(digest);
      return (slots[slotOfKey()] ?? 0) - 1;
    },
    add(digest) {
      setKey(digest);
      const found = (slots[slotOfKey()] ?? 0) - 1;
      if (found !== -1) return found;
      if ((rows + 1) * 2 > slots.length) grow();
      const row = rows;
      rows += 1;
      if (row % CHUNK_ROWS === 0) chunks.push(new Uint32Array(CHUNK_ROWS * WORDS));
      chunks.at(-1)?.set(key, (row % CHUNK_ROWS) * WORDS);
      slots[slotOfKey()] = row + 1;
      if (algorithmOf(digest) !== 'sha256') others.set(row, digest);
      return row;
    },
    digest(row) {
      const other = others.get(row);
      if (other !== undefined) return other;
      const chunk = chunks[Math.floor(row / CHUNK_ROWS)];
      if (row >= rows || !chunk) throw new RangeError(`row ${String(row)} of ${String(rows)}`);
      const bytes = Buffer.from(chunk.buffer, (row % CHUNK_ROWS) * WORDS * 4, WORDS * 4);
      return digestOf('sha256', bytes.toString('hex'));
    },
  };
}
