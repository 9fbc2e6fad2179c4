import { createHash } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import { inventoryBuilder } from '../inventory/builder.ts';
import { decodeInventory, encodeInventory } from '../inventory/codec.ts';
import type { Inventory, InventoryBlob, InventoryTag } from '../inventory/inventory.ts';
import { writeVarint } from '../inventory/varint.ts';
import { digestOf, type Algorithm, type Digest } from '../oci/digest.ts';
import { gather } from './gather.ts';

/** A digest like no other. */
export function digestFor(text: string | number, algorithm: Algorithm = 'sha256'): Digest {
  return digestOf(algorithm, createHash(algorithm).update(String(text)).digest('hex'));
}

/** An inventory of these, which may come in any order. */
export function inventoryOf(
  blobs: readonly InventoryBlob[] = [],
  tags: readonly InventoryTag[] = [],
): Inventory {
  const builder = inventoryBuilder();
  for (const blob of blobs.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)))
    if (!builder.add(blob)) throw new TypeError(`${blob.digest} cannot be in an inventory`);
  const key = ({ repository, tag }: InventoryTag): string => `${repository}\0${tag}`;
  for (const { repository, tag, digest } of tags.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)))
    if (!builder.addTag(repository, tag, digest))
      throw new TypeError(`${repository}:${tag} cannot be in an inventory`);
  return builder.finish();
}

export async function inventoryFile(inventory: Inventory): Promise<Buffer> {
  return Buffer.concat(await gather(encodeInventory(inventory)));
}

/** Reads a file that comes in pieces of so many bytes. */
export function readInventoryFile(
  bytes: Uint8Array,
  pieceSize = 64 * 1024,
  signal = new AbortController().signal,
): Promise<Inventory> {
  return decodeInventory(pieces(bytes, pieceSize), 'site.inv', signal);
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

/** A file around any content, with a checksum that is right. */
export function sealedInventory(
  content: Uint8Array,
  { version = 1, compressed = frameOf(content) }: { version?: number; compressed?: Uint8Array } = {},
): Buffer {
  const header = Buffer.from('\x89RSINV\r\n\0\0', 'latin1');
  header.writeUInt16BE(version, 8);
  const body = Buffer.concat([header, compressed]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/** One zstd frame that an inventory may consist of. */
export function frameOf(content: Uint8Array): Buffer {
  return zstdCompressSync(content, { params: { [constants.ZSTD_c_windowLog]: 20 } });
}

/**
 * A zstd frame of some bytes and then zeros without end, nearly: it unpacks to 30,000 times its size (RFC 8878: a header with
 * a window of 2²⁰ bytes, a raw block, then blocks that say how often a byte is repeated).
 */
export function bombOf(start: Uint8Array, zeros: number): Buffer {
  const most = 2 ** 17;
  const block = (size: number, type: number, last: boolean): Buffer => {
    const header = Buffer.alloc(3);
    header.writeUIntLE((size << 3) | (type << 1) | Number(last), 0, 3);
    return header;
  };
  const repeated = Buffer.concat([block(most, 1, false), Buffer.alloc(1)]);
  return Buffer.concat([
    Buffer.from('28b52ffd0050', 'hex'),
    block(start.length, 0, false),
    start,
    ...Array.from({ length: Math.ceil(zeros / most) }, () => repeated),
    block(0, 0, true),
  ]);
}

/** Bytes out of numbers (as varints), texts and bytes, to write content by hand. */
export function contentOf(...parts: readonly (number | string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map(part => {
      if (typeof part === 'string') return Buffer.from(part, 'latin1');
      if (typeof part !== 'number') return part;
      const bytes = Buffer.alloc(8);
      return bytes.subarray(0, writeVarint(bytes, 0, part));
    }),
  );
}
