import { open, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { zstdCompressSync } from 'node:zlib';
import { partName } from '../archive/parts.ts';
import { endOfArchive, entryHeader, paddingFor } from '../archive/tar.ts';
import type { TreeEntry } from './tree.ts';

/** Bytes of an archive, or a number of zeros, for which there need not be memory. */
type Piece = Buffer | number;

const sizeOf = (piece: Piece): number => (typeof piece === 'number' ? piece : piece.length);

/** A tree as an archive of ours, piece by piece. */
export function packTree(tree: ReadonlyMap<string, TreeEntry>): Piece[] {
  const pieces: Piece[] = [];
  for (const [path, entry] of tree) {
    if (entry === 'fifo' || (typeof entry === 'object' && 'symlink' in entry)) {
      throw new TypeError(`${path} is nothing that an archive holds`);
    }
    const kind = entry === 'directory' ? 'directory' : 'file';
    const body: Piece = entry === 'directory' ? 0 : 'zeros' in entry ? entry.zeros : Buffer.from(entry);
    const size = sizeOf(body);
    pieces.push(entryHeader({ path, kind, size }), body, paddingFor(size));
  }
  return [...pieces, endOfArchive];
}

/** Writes an archive to one file; zeros become holes. */
export async function writePacked(pieces: readonly Piece[], path: string): Promise<void> {
  await writeParts(pieces, Infinity, () => path);
}

/** Writes an archive to parts of this size, with their usual names. */
export async function writeParts(
  pieces: readonly Piece[],
  partSize: number,
  nameOf: (number: number) => string,
): Promise<void> {
  const total = pieces.reduce<number>((sum, piece) => sum + sizeOf(piece), 0);
  const parts: FileHandle[] = [];
  for (let start = 0; start < total; start += partSize) {
    const path = nameOf(parts.length + 1);
    await writeFile(path, '');
    await truncate(path, Math.min(partSize, total - start));
    parts.push(await open(path, 'r+'));
  }
  let position = 0;
  for (const piece of pieces) {
    if (typeof piece !== 'number') await writeAt(parts, partSize, piece, position);
    position += sizeOf(piece);
  }
  await Promise.all(parts.map(part => part.close()));
}

async function writeAt(
  parts: readonly FileHandle[],
  partSize: number,
  bytes: Buffer,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const index = parts.length === 1 ? 0 : Math.floor((position + done) / partSize);
    const at = position + done - (index === 0 ? 0 : index * partSize);
    const count = Math.min(bytes.length - done, partSize - at);
    await parts[index]?.write(bytes, done, count, at);
    done += count;
  }
}

/** The names of parts for {@link writeParts}, beside `path`. */
export function besides(path: string): (number: number) => string {
  return number => partName(path, number);
}

/** Zeros in one frame, at most. */
const FRAME = 64 * 1024 * 1024;

/** Writes an archive in many zstd frames. */
export async function writeZstd(pieces: readonly Piece[], path: string): Promise<void> {
  const zeros = zstdCompressSync(Buffer.alloc(FRAME));
  const file = await open(path, 'w');
  for (const piece of pieces) {
    if (typeof piece === 'number') {
      for (let left = piece; left >= FRAME; left -= FRAME) await file.write(zeros);
      await file.write(zstdCompressSync(Buffer.alloc(piece % FRAME)));
    } else await file.write(zstdCompressSync(piece));
  }
  await file.close();
}
