import { createHash } from 'node:crypto';
import { algorithmOf, digestOf, encodedOf, type Digest } from '../oci/digest.ts';
import { digestTable, type DigestTable, type Room } from './digest-table.ts';
import type { Inventory, InventoryBlob, InventoryTotals } from './inventory.ts';
import { tagList } from './tag-list.ts';
import { digestWidths, type TagTarget } from './tag-records.ts';
import { MOST_VARINT_BYTES, writeVarint } from './varint.ts';

/** Puts an inventory together: first all blobs, then all tags. What is refused is left out. */
export interface InventoryBuilder {
  /** One for each algorithm. */
  readonly tables: readonly DigestTable[];
  /**
   * @param digest its bytes
   * @returns false, and nothing is added, unless it comes after the one before in its table, the size is a whole number, 0
   *   only for the digest of nothing, and all sizes together are below 2⁵³
   */
  addBlob(table: DigestTable, digest: Uint8Array, size: number): boolean;
  /** The same for a digest as text. */
  add(blob: InventoryBlob): boolean;
  /**
   * @param target a digest stands for the blob that has it, where there is one
   * @returns false, and nothing is added, unless the names are valid and come after the ones before, and a blob of that
   *   number is there
   */
  addTag(repository: string, tag: string, target: TagTarget): boolean;
  /** @param digest of the content, where that was read; otherwise it is found out */
  finish(digest?: Digest): Inventory;
}

export function inventoryBuilder(): InventoryBuilder {
  const tables = digestWidths.map(({ algorithm, width }) => digestTable(algorithm, width));
  const empty = new Map(tables.map(table => [table, createHash(table.algorithm).digest()]));
  const scratch = Buffer.alloc(Math.max(...tables.map(({ width }) => width)));
  const list = tagList();
  let bytes = 0;

  const blobCount = (): number => tables.reduce((sum, table) => sum + table.count(), 0);

  /** Position counted through all tables, -1 where there is none. */
  function positionOf(digest: Digest): number {
    let before = 0;
    for (const table of tables) {
      const position = table.positionOf(digest);
      if (position !== -1) return before + position;
      before += table.count();
    }
    return -1;
  }

  function placeOf(position: number): { readonly table: DigestTable; readonly at: number } {
    let at = position;
    for (const table of tables) {
      if (at < table.count()) return { table, at };
      at -= table.count();
    }
    throw new RangeError(`there is no blob ${String(position)}`);
  }

  function digestAt(target: TagTarget): Digest {
    if (typeof target !== 'number') return target;
    const { table, at } = placeOf(target);
    return table.digestAt(at);
  }

  function sizeOf(digest: Digest): number | undefined {
    const position = positionOf(digest);
    if (position === -1) return undefined;
    const { table, at } = placeOf(position);
    return table.sizeAt(at);
  }

  function totals(): InventoryTotals {
    return { blobs: blobCount(), bytes, repositories: list.repositories(), tags: list.tags() };
  }

  function* content(room: Room): Generator<Uint8Array> {
    for (const table of tables) {
      yield varints(table.count());
      yield* table.records(room);
    }
    yield* list.records();
    const { blobs, repositories, tags } = totals();
    yield varints(blobs, bytes, repositories, tags);
  }

  function addBlob(table: DigestTable, digest: Uint8Array, size: number): boolean {
    const sound = size > 0 || (size === 0 && empty.get(table)?.equals(digest.subarray(0, table.width)));
    if (sound !== true || !Number.isSafeInteger(bytes + size) || !table.append(digest, size)) return false;
    bytes += size;
    return true;
  }

  return {
    tables,
    addBlob,
    add({ digest, size }) {
      const table = tables.find(({ algorithm }) => algorithm === algorithmOf(digest));
      if (!table) return false;
      scratch.write(encodedOf(digest), 'hex');
      return addBlob(table, scratch, size);
    },
    addTag(repository, tag, target) {
      const position = typeof target === 'number' ? target : positionOf(target);
      if (position >= blobCount()) return false;
      return list.append({ repository, tag, target: position === -1 ? target : position });
    },
    finish(digest) {
      return {
        digest: digest ?? hashed(content(reusedRoom())),
        totals: totals(),
        has: (digest, size) => sizeOf(digest) === size,
        sizeOf,
        *blobs() {
          for (const table of tables) {
            for (let at = 0; at < table.count(); at += 1)
              yield { digest: table.digestAt(at), size: table.sizeAt(at) };
          }
        },
        *tags() {
          for (const { repository, tag, target } of list.entries())
            yield { repository, tag, digest: digestAt(target) };
        },
        content: () => content(reusedRoom()),
      };
    },
  };
}

function varints(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * MOST_VARINT_BYTES);
  return bytes.subarray(
    0,
    values.reduce((at, value) => writeVarint(bytes, at, value), 0),
  );
}

function hashed(pieces: Iterable<Uint8Array>): Digest {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return digestOf('sha256', hash.digest('hex'));
}

/** One buffer for all pieces, for whoever is done with one before asking for the next. */
function reusedRoom(): Room {
  let buffer = Buffer.alloc(0);
  return size => {
    if (buffer.length < size) buffer = Buffer.allocUnsafeSlow(size);
    return buffer;
  };
}
