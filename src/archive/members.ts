import { constants, createGzip, createZstdCompress, type Gzip, type ZlibReset } from 'node:zlib';
import type { CompressionSetting } from './compression.ts';

/**
 * Bytes that are compressed at a time, each stretch by itself, as one member (gzip, RFC 1952 section 2.2) or frame (zstd, RFC 8878
 * section 3.1): so all cores can work, and the result is the same however many there are. zstd's own threads would give one
 * frame, but Node loses data with them: it takes an encoder that is still busy for one that is done.
 */
export const MEMBER_BYTES = 2 * 1024 * 1024;

/** Makes members, one after the other. */
export interface MemberMaker {
  /**
   * @param bytes at most {@link MEMBER_BYTES}
   * @returns the member, in pieces
   */
  compress(bytes: Uint8Array): Promise<readonly Buffer[]>;
  close(): void;
}

/** What every member of a format begins with. */
export const leads = {
  gzip: Buffer.from([0x1f, 0x8b, 8, 0]),
  zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
} as const;

type Engine = ReturnType<typeof createGzip> | ReturnType<typeof createZstdCompress>;

/** Large enough that each piece has memory of its own: see {@link freeMemory}. */
const chunkSize = 256 * 1024;

export function memberMaker({ kind, level }: Exclude<CompressionSetting, { kind: 'none' }>): MemberMaker {
  if (kind === 'zstd')
    return maker(createZstdCompress({ chunkSize, params: zstdParams(level) }), constants.ZSTD_e_end);
  const gzip = createGzip({ chunkSize, level }) as Gzip & ZlibReset;
  const { compress, close } = maker(gzip, constants.Z_FINISH);
  return {
    async compress(bytes) {
      const pieces = await compress(bytes);
      gzip.reset();
      // the system it was made on: unknown, wherever that is
      setByte(pieces, 9, 255);
      return pieces;
    },
    close,
  };
}

/** A level from which on zstd would take tables for much more than a member: over 60 MiB for each core. */
const WIDE = 9;

function zstdParams(level: number): Record<number, number> {
  return {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: 1,
    [constants.ZSTD_c_windowLog]: Math.log2(MEMBER_BYTES),
    ...(level >= WIDE && { [constants.ZSTD_c_chainLog]: 21, [constants.ZSTD_c_hashLog]: 20 }),
  };
}

function maker(engine: Engine, end: number): MemberMaker {
  let pieces: Buffer[] = [];
  engine.on('data', (piece: Buffer) => pieces.push(piece));
  return {
    compress: bytes =>
      new Promise((resolve, reject) => {
        engine.once('error', reject);
        engine.write(bytes);
        engine.flush(end, () => {
          engine.off('error', reject);
          resolve(pieces);
          pieces = [];
        });
      }),
    close: () => engine.destroy(),
  };
}

function setByte(pieces: readonly Buffer[], position: number, value: number): void {
  let start = 0;
  for (const piece of pieces) {
    if (position < start + piece.length) return void (piece[position - start] = value);
    start += piece.length;
  }
}

/**
 * Gives back the memory of a piece that is not needed any more, at once: an engine takes new memory for each 256 KiB, and until it
 * is collected there would be 60 MiB of it. Pieces that do not reach the end of their memory share it with the next one.
 */
export function freeMemory(piece: Buffer): void {
  const { buffer, byteOffset, byteLength } = piece;
  if (buffer instanceof ArrayBuffer && byteOffset + byteLength === buffer.byteLength) buffer.transfer(0);
}
