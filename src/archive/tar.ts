import { isUtf8 } from 'node:buffer';
import { paxRecord } from './pax.ts';

/** Bytes of a block; a tar is made of them. */
export const BLOCK = 512;

/** 1980-01-01T00:00:00Z, in seconds: the earliest time that every file system can hold; zero makes some tars warn. */
const MODIFIED = 315_532_800;

/** Largest number that the 11 octal digits of a ustar size hold. */
const MAX_OCTAL = 0o77777777777;

/** What an archive of ours says of one entry. Nothing else about it is recorded: equal contents make equal archives. */
export interface EntryHeader {
  /** Relative, with `/`, without a slash at its end. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** Bytes; 0 for a directory. */
  readonly size: number;
}

/** Two blocks of zeros: what tells an archive's end from a cut (POSIX.1-2017 pax, "ustar Interchange Format"). */
export const endOfArchive: Buffer = Buffer.alloc(2 * BLOCK);

/** Zero bytes (0 to 511) that follow `size` bytes of content. */
export function paddingFor(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/**
 * What stands before an entry's bytes: a ustar header, and before that, only where ustar is too narrow, the whole path or size
 * in the two ways that tars know: a pax header for those that follow POSIX, and a GNU long name and a binary size for those
 * that skip pax headers, as busybox does.
 * @returns whole blocks
 */
export function entryHeader({ path, kind, size }: EntryHeader): Buffer {
  const name = Buffer.from(kind === 'directory' ? `${path}/` : path);
  const split = splitName(name);
  const records = [
    ...(split === undefined ? [paxRecord('path', name.toString())] : []),
    ...(size > MAX_OCTAL ? [paxRecord('size', String(size))] : []),
  ];
  const long = split === undefined ? Buffer.concat([name, Buffer.alloc(1)]) : undefined;
  return Buffer.concat([
    ...(records.length === 0 ? [] : extension('././@PaxHeader', 'x', Buffer.concat(records))),
    ...(long === undefined ? [] : extension('././@LongLink', 'L', long)),
    header({
      ...(split ?? { prefix: none, name: name.subarray(0, 100) }),
      type: kind === 'directory' ? '5' : '0',
      mode: kind === 'directory' ? 0o755 : 0o644,
      size,
    }),
  ]);
}

const none = Buffer.alloc(0);

interface SplitName {
  readonly prefix: Buffer;
  readonly name: Buffer;
}

/** Divides a path at a slash into the 155 bytes and the 100 bytes that ustar has for it; undefined when that can't be. */
function splitName(path: Buffer): SplitName | undefined {
  if (path.length <= 100) return { prefix: none, name: path };
  const slash = path.indexOf('/', path.length - 101);
  if (slash < 1 || slash > 155 || slash === path.length - 1) return undefined;
  return { prefix: path.subarray(0, slash), name: path.subarray(slash + 1) };
}

/** An entry that says something about the next one. */
function extension(name: string, type: string, body: Buffer): Buffer[] {
  const head = header({ prefix: none, name: Buffer.from(name), type, mode: 0o644, size: body.length });
  return [head, body, Buffer.alloc(paddingFor(body.length))];
}

function header(
  fields: SplitName & { readonly type: string; readonly mode: number; readonly size: number },
): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.set(fields.name, 0);
  block.write(octal(fields.mode, 8) + octal(0, 8) + octal(0, 8), 100);
  if (fields.size <= MAX_OCTAL) block.write(octal(fields.size, 12), 124);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(fields.size), 128);
  }
  block.write(octal(MODIFIED, 12), 136);
  block.write(fields.type, 156);
  block.write('ustar\x0000', 257);
  block.write(octal(0, 8) + octal(0, 8), 329);
  block.set(fields.prefix, 345);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** What a header block says, before anything that extends it. */
export interface Header {
  /** As it stands there, prefix and name joined; undefined when it is not UTF-8. */
  readonly path: string | undefined;
  /** The type flag; NUL counts as `0`, as it did before POSIX. */
  readonly type: string;
  /** Bytes that follow, without their padding. */
  readonly size: number;
  /** Last modification, milliseconds since the epoch; 0 when it says none. */
  readonly modified: number;
}

/**
 * Reads a block that stands where a header may stand: of POSIX (ustar, pax), of GNU, or of the time before them.
 * @param block 512 bytes
 * @returns `zeros` for an empty block; a text that completes `the header …` when it is none
 */
export function parseHeader(block: Buffer): Header | 'zeros' | { readonly problem: string } {
  const stored = parseNumber(block, 148, 8);
  if (stored === undefined && isZeros(block)) return 'zeros';
  const sum = checksum(block);
  if (stored !== sum && stored !== signedChecksum(block, sum)) {
    return { problem: `is damaged: its bytes add up to ${sum}, it says ${stored ?? 'no number'}` };
  }
  const magic = block.toString('latin1', 257, 263);
  if (magic !== 'ustar\0' && magic !== 'ustar ' && magic !== '\0\0\0\0\0\0') {
    return { problem: `is of an unknown kind: it says ${JSON.stringify(magic)}, "ustar" was expected` };
  }
  const size = parseNumber(block, 124, 12);
  if (size === undefined) {
    const field = JSON.stringify(block.toString('latin1', 124, 136));
    return { problem: `has no valid size: expected a number from 0 to 2^53 - 1, found ${field}` };
  }
  return {
    path: pathOf(block, magic),
    type: block[156] === 0 ? '0' : block.toString('latin1', 156, 157),
    size,
    modified: (parseNumber(block, 136, 12) ?? 0) * 1000,
  };
}

/** GNU has other things where POSIX has the prefix. */
function pathOf(block: Buffer, magic: string): string | undefined {
  const name = text(block, 0, 100);
  const prefix = magic === 'ustar\0' ? text(block, 345, 155) : '';
  if (name === undefined || prefix === undefined) return undefined;
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** A field that ends at its first NUL, or is full. */
function text(block: Buffer, at: number, width: number): string | undefined {
  const nul = block.indexOf(0, at);
  const field = block.subarray(at, nul === -1 ? at + width : Math.min(nul, at + width));
  return isUtf8(field) ? field.toString() : undefined;
}

/** Octal digits between optional spaces, ended by a space, NUL or the field's end; or, after a set highest bit, binary (GNU). */
function parseNumber(block: Buffer, at: number, width: number): number | undefined {
  const end = at + width;
  let value = 0;
  if ((block[at] ?? 0) & 0x80) {
    if ((block[at] ?? 0) & 0x40) return undefined;
    for (let byte = at; byte < end; byte++)
      value = value * 256 + ((block[byte] ?? 0) & (byte === at ? 0x3f : 0xff));
    return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
  }
  let next = at;
  while (next < end && block[next] === SPACE) next += 1;
  const first = next;
  for (; next < end && ((block[next] ?? 0) & 0xf8) === ZERO; next++)
    value = value * 8 + ((block[next] ?? 0) & 7);
  if (next === first) return undefined;
  for (; next < end; next++) if (block[next] !== SPACE && block[next] !== 0) return undefined;
  return value;
}

const SPACE = 0x20;
const ZERO = 0x30;

export function isZeros(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte === 0);
}

/**
 * Sum of a header's bytes, its own field (148 to 155) taken as spaces. Four bytes at a time, in two sums of 16 bits, which
 * 512 bytes cannot overflow.
 */
function checksum(block: Buffer): number {
  const words = new DataView(block.buffer, block.byteOffset, BLOCK);
  let sums = 0;
  for (let at = 0; at < BLOCK; at += 4) {
    const word = at === 148 || at === 152 ? 0x20202020 : words.getUint32(at);
    sums += (word & 0xff00ff) + ((word >>> 8) & 0xff00ff);
  }
  return (sums & 0xffff) + (sums >>> 16);
}

/** Some tars of old added up signed bytes. */
function signedChecksum(block: Uint8Array, sum: number): number {
  let high = 0;
  for (let at = 0; at < BLOCK; at++) if ((at < 148 || at > 155) && (block[at] ?? 0) > 127) high += 1;
  return sum - 256 * high;
}
