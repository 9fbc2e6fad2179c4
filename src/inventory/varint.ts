/**
 * Whole numbers from 0 to 2⁵³ − 1 in as few bytes as they need: seven bits a byte, the lowest first, the top bit set in all
 * but the last byte (LEB128, unsigned).
 */

/** Bytes that the largest number takes. */
export const MOST_VARINT_BYTES = 8;

/**
 * Writes a number.
 * @returns the position behind it
 */
export function writeVarint(into: Uint8Array, at: number, value: number): number {
  let position = at;
  let rest = value;
  // numbers past 31 bits are beyond the bit operators
  while (rest >= 0x80) {
    into[position] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
    position += 1;
  }
  into[position] = rest;
  return position + 1;
}

/** A number read, and the position behind it. */
export interface ReadVarint {
  value: number;
  next: number;
}

/**
 * Reads a number into `result`, so that a million of them make no garbage.
 * @returns whether there was one: not where the bytes end within it, and not where it is larger than 2⁵³ − 1
 */
export function readVarint(from: Uint8Array, at: number, result: ReadVarint): boolean {
  let value = 0;
  let factor = 1;
  for (let position = at; position < at + MOST_VARINT_BYTES; position += 1) {
    const byte = from[position];
    if (byte === undefined) return false;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) {
      result.value = value;
      result.next = position + 1;
      return value <= Number.MAX_SAFE_INTEGER;
    }
    factor *= 0x80;
  }
  return false;
}
