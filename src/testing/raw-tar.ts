import { paxRecord } from '../archive/pax.ts';
import { endOfArchive, entryHeader, paddingFor } from '../archive/tar.ts';

/** Fields of a header block that says whatever a test wants it to say. */
export interface RawHeader {
  readonly name?: string | Buffer;
  readonly prefix?: string;
  /** Type flag; `0`, a plain file, if absent. */
  readonly type?: string;
  /** What the size field says: a number in octal, or the field's very bytes. The size of the body if absent. */
  readonly size?: number | Buffer;
  /** Magic and version, 8 bytes; those of ustar if absent. */
  readonly magic?: string;
  readonly linkName?: string;
  /** Seconds since the epoch. */
  readonly modified?: number;
  /** What the checksum field says instead of the truth. */
  readonly checksum?: string;
}

/** Magic of the formats. */
export const magics = { ustar: 'ustar\x0000', gnu: 'ustar  \0', v7: '\0\0\0\0\0\0\0\0' } as const;

/** A header block, its body and the padding. */
export function rawEntry(fields: RawHeader, body: string | Uint8Array = ''): Buffer {
  const bytes = Buffer.from(body);
  const { name = 'file', prefix = '', type = '0', size = bytes.length, magic = magics.ustar } = fields;
  const block = Buffer.alloc(512);
  Buffer.from(name).copy(block, 0, 0, 100);
  for (const at of [100, 108, 116]) block.write('0000644\0', at);
  if (typeof size === 'number') block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else size.copy(block, 124, 0, 12);
  block.write(`${(fields.modified ?? 0).toString(8).padStart(11, '0')}\0`, 136);
  block.write(type, 156, 'latin1');
  block.write(fields.linkName ?? '', 157, 100);
  block.write(magic, 257);
  block.write(prefix, 345, 155);
  block.write(' '.repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(fields.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([block, bytes, Buffer.alloc(paddingFor(bytes.length))]);
}

/** A pax header for the next entry, or with type `g` for all that follow. */
export function paxHeader(records: Readonly<Record<string, string>> | Buffer, type: 'x' | 'g' = 'x'): Buffer {
  const body = Buffer.isBuffer(records)
    ? records
    : Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)));
  return rawEntry({ name: '././@PaxHeader', type }, body);
}

/** A GNU header with a long name for the next entry. */
export function longName(name: string | Buffer, size?: number): Buffer {
  const body = Buffer.concat([Buffer.from(name), Buffer.alloc(1)]);
  return rawEntry(
    { name: '././@LongLink', type: 'L', magic: magics.gnu, ...(size !== undefined && { size }) },
    body,
  );
}

/** A sound file. */
export function plainFile(path: string, body: string | Uint8Array = 'content'): Buffer {
  const bytes = Buffer.from(body);
  const header = entryHeader({ path, kind: 'file', size: bytes.length });
  return Buffer.concat([header, bytes, Buffer.alloc(paddingFor(bytes.length))]);
}

/** A sound directory. */
export function plainDirectory(path: string): Buffer {
  return entryHeader({ path, kind: 'directory', size: 0 });
}

/** An archive of these entries, with its end. */
export function tarOf(...entries: readonly Buffer[]): Buffer {
  return Buffer.concat([...entries, endOfArchive]);
}
