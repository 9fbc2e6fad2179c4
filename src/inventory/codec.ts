/**
 * The inventory file, both ways. It holds nothing but blobs and tags: no times, hosts or paths; the same blobs and tags give
 * the same content, and from the same version of the program the same bytes.
 *
 *     8 bytes    89 52 53 49 4e 56 0d 0a: "RSINV" between bytes that a transfer as text would change
 *     2 bytes    schema version, the high byte first: 1
 *     ...        the content, compressed: one zstd frame whose window is at most 2²⁰ bytes
 *     32 bytes   SHA-256 of everything before it
 *
 * The first ten bytes and the last 32 are the same in every version, so that a damaged file is told from a newer one. Content
 * of version 1 (varint: see varint.ts):
 *
 *     three tables, for SHA-256, SHA-384 and SHA-512:
 *       varint   how many blobs
 *       records  bytes of the digest (32, 48, 64) · varint: size; digests ascending, so none stands there twice
 *     tags, in ascending order (see tag-records.ts for name and target):
 *       for each repository: its name · for each tag its name and target · 0
 *       0
 *     totals: varint: blobs · varint: their bytes · varint: repositories · varint: tags
 *
 * A blob of less than 2 MiB takes 35 bytes, one of less than 32 GiB 37. What cannot be a whole blob is not in it: size 0 is
 * for the digest of nothing only.
 */
import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { ScraperError } from '../errors.ts';
import type { Damaged } from './cursor.ts';
import type { Inventory } from './inventory.ts';
import { parseContent } from './parse-content.ts';

const MAGIC = Buffer.from('\x89RSINV\r\n', 'latin1');
const VERSION = 1;
const HEADER = MAGIC.length + 2;
const CHECKSUM = 32;

/** Small enough for any reader's memory; more would not make it smaller, since digests do not compress. */
const WINDOW_LOG = 20;
const CHUNK = 256 * 1024;

/** Whether something begins like an inventory. @param first its first bytes, at least 8 */
export function beginsLikeInventory(first: Uint8Array): boolean {
  return MAGIC.equals(first.subarray(0, MAGIC.length));
}

/** The file, in pieces. */
export async function* encodeInventory(inventory: Inventory): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const sealed = (bytes: Buffer): Buffer => {
    hash.update(bytes);
    return bytes;
  };
  const version = Buffer.alloc(2);
  version.writeUInt16BE(VERSION);
  yield sealed(Buffer.concat([MAGIC, version]));
  const compressed = createZstdCompress({
    chunkSize: CHUNK,
    params: {
      [constants.ZSTD_c_compressionLevel]: 3,
      [constants.ZSTD_c_windowLog]: WINDOW_LOG,
    },
  });
  // what goes wrong shows where it is read
  const fed = feed(compressed, inventory).catch(() => undefined);
  for await (const chunk of compressed) yield sealed(chunk as Buffer);
  await fed;
  yield hash.digest();
}

/** One piece after the other, each when the one before is done with: then one buffer does for all. */
async function feed(compressed: Writable, inventory: Inventory): Promise<void> {
  for (const piece of inventory.content()) {
    await new Promise<void>((resolve, reject) => {
      compressed.write(piece, error => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
  compressed.end();
}

/**
 * Reads a file back. Nothing in it is trusted: memory grows with what is really there, and the first thing that cannot be
 * ends it.
 * @param chunks the file
 * @param name the file as the operator would name it
 * @throws ScraperError `INVENTORY_INVALID` (not an inventory, or damaged), `UNSUPPORTED` (a newer one), what `chunks` throws,
 *   and the signal's reason
 */
export async function decodeInventory(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  signal: AbortSignal,
): Promise<Inventory> {
  const damaged: Damaged = why =>
    invalid(
      name,
      `inventory ${name} is damaged: ${why}`,
      'copy it again, or take a new one where it comes from',
    );
  const seal: Seal = { sound: false, compressed: 0 };
  const pieces = unsealed(chunks, name, damaged, seal);
  const header = (await pieces.next()).value ?? Buffer.alloc(0);
  const version = header.readUInt16BE(MAGIC.length);
  if (version !== VERSION) {
    for await (const _ of pieces) signal.throwIfAborted();
    if (version < VERSION) throw damaged('its schema version is 0');
    throw new ScraperError(
      'UNSUPPORTED',
      `cannot read inventory ${name}: its schema version is ${String(version)}, expected ${String(VERSION)}`,
      {
        path: name,
        hint: 'read it with a newer registry-scraper, or take the inventory again with this one',
      },
    );
  }
  const params = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG };
  const decompressed = createZstdDecompress({ chunkSize: CHUNK, params });
  let inventory: Inventory | undefined;
  try {
    await pipeline(
      pieces,
      decompressed,
      async (content: AsyncIterable<Uint8Array>) => {
        inventory = await parseContent(content, damaged);
      },
      { signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    throw isCompressionError(error) ? damaged('it cannot be decompressed') : error;
  }
  // what follows the frame, the decompressor leaves alone
  if (!inventory || !seal.sound || decompressed.bytesWritten !== seal.compressed)
    throw damaged('more follows where it should end');
  return inventory;
}

interface Seal {
  /** The checksum was found right. */
  sound: boolean;
  /** Bytes between header and checksum. */
  compressed: number;
}

/** First the header, then the content as it is compressed, in pieces. The checksum at the end is kept back, and must be right. */
async function* unsealed(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  damaged: Damaged,
  seal: Seal,
): AsyncGenerator<Buffer, undefined> {
  const hash = createHash('sha256');
  let kept: Buffer = Buffer.alloc(0);
  let begun = false;
  const passed = (count: number): Buffer => {
    const bytes = kept.subarray(0, count);
    kept = kept.subarray(count);
    hash.update(bytes);
    return bytes;
  };
  for await (const chunk of chunks) {
    kept = Buffer.concat([kept, chunk]);
    if (!begun) {
      if (!kept.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, kept.length))) throw notOne(name);
      if (kept.length < HEADER + CHECKSUM) continue;
      begun = true;
      yield passed(HEADER);
    }
    const more = kept.length - CHECKSUM;
    if (more <= 0) continue;
    seal.compressed += more;
    yield passed(more);
  }
  if (kept.length === 0) throw invalid(name, `${name} is empty, an inventory was expected`);
  if (!begun) throw damaged('it ends too early');
  if (!hash.digest().equals(kept)) throw damaged('it ends too early, or a part of it was changed');
  seal.sound = true;
  return undefined;
}

function notOne(name: string): ScraperError {
  return invalid(
    name,
    `${name} is not an inventory: it begins with other bytes`,
    'take one where the other registry is: registry-scraper inventory -d DIR -o FILE',
  );
}

function invalid(path: string, message: string, hint?: string): ScraperError {
  return new ScraperError('INVENTORY_INVALID', message, { path, ...(hint !== undefined && { hint }) });
}

/** Node names the errors of its compressors after the libraries. */
function isCompressionError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z(STD)?_/.test(String(error.code));
}
