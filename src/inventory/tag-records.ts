import { algorithmOf, digestOf, encodedOf, type Algorithm, type Digest } from '../oci/digest.ts';
import { MAX_REPOSITORY_LENGTH } from '../oci/reference.ts';
import type { Cursor, Damaged } from './cursor.ts';
import { MOST_VARINT_BYTES, writeVarint } from './varint.ts';

/**
 * How names and what tags point to are written. Names come in ascending order, so most begin like the one before:
 *
 *     name    varint: bytes that are its own, never 0 · varint: bytes that it shares with the name before · its own bytes
 *     target  varint: 1 + the position of a blob, counted through all tables
 *             or 0 · varint: number of an algorithm · the bytes of a digest that is no blob's
 */

/** Position of a blob, or a digest that no blob of the inventory has. */
export type TagTarget = number | Digest;

/** Bytes that a name or a target takes at most. */
export const MOST_NAME_BYTES = MAX_REPOSITORY_LENGTH + 2 * MOST_VARINT_BYTES;
export const MOST_TARGET_BYTES = 64 + 2 * MOST_VARINT_BYTES;

/** Bytes of a digest, by the number of its algorithm, which is its place in this list. */
export const digestWidths: readonly {
  readonly algorithm: Algorithm;
  readonly width: number;
}[] = [
  { algorithm: 'sha256', width: 32 },
  { algorithm: 'sha384', width: 48 },
  { algorithm: 'sha512', width: 64 },
];

/** @returns the position behind it */
export function writeName(into: Buffer, at: number, name: string, before: string): number {
  let shared = 0;
  while (shared < before.length && before.charCodeAt(shared) === name.charCodeAt(shared)) shared += 1;
  const own = name.slice(shared);
  const start = writeVarint(into, writeVarint(into, at, own.length), shared);
  return start + into.write(own, start, 'latin1');
}

/** The next name, or undefined for the 0 that stands after the last one. */
export function readName(cursor: Cursor, before: string, damaged: Damaged): string | undefined {
  const own = cursor.varint();
  if (own === 0) return undefined;
  const shared = cursor.varint();
  if (shared > before.length || shared + own > MAX_REPOSITORY_LENGTH)
    throw damaged('a name in it is too long');
  return before.slice(0, shared) + cursor.bytes(own).toString('latin1');
}

/** @returns the position behind it */
export function writeTarget(into: Buffer, at: number, target: TagTarget): number {
  if (typeof target === 'number') return writeVarint(into, at, target + 1);
  const algorithm = digestWidths.findIndex(known => known.algorithm === algorithmOf(target));
  const start = writeVarint(into, writeVarint(into, at, 0), algorithm);
  return start + into.write(encodedOf(target), start, 'hex');
}

export function readTarget(cursor: Cursor, damaged: Damaged): TagTarget {
  const position = cursor.varint() - 1;
  if (position >= 0) return position;
  const known = digestWidths[cursor.varint()];
  if (!known) throw damaged('a tag in it has a digest of an unknown algorithm');
  return digestOf(known.algorithm, cursor.bytes(known.width).toString('hex'));
}
