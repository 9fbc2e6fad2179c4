import { createHash, type Hash } from 'node:crypto';
import { digestOf } from '../oci/digest.ts';
import { inventoryBuilder, type InventoryBuilder } from './builder.ts';
import { contentReader, type ContentReader, type Damaged } from './cursor.ts';
import type { DigestTable } from './digest-table.ts';
import type { Inventory } from './inventory.ts';
import { MOST_NAME_BYTES, MOST_TARGET_BYTES, readName, readTarget } from './tag-records.ts';
import { MOST_VARINT_BYTES } from './varint.ts';

/**
 * Reads what stands in an inventory file once it is decompressed (codec.ts says what that is).
 * @throws what `damaged` makes, at the first thing that cannot be, so that no content takes more memory than it is long
 */
export async function parseContent(chunks: AsyncIterable<Uint8Array>, damaged: Damaged): Promise<Inventory> {
  const hash = createHash('sha256');
  const reader = contentReader(hashing(chunks, hash), damaged);
  const builder = inventoryBuilder();
  for (const table of builder.tables) await readBlobs(reader, builder, table, damaged);
  await readTags(reader, builder, damaged);
  await reader.ready(4 * MOST_VARINT_BYTES + 1);
  const found = [reader.varint(), reader.varint(), reader.varint(), reader.varint()];
  if (reader.available() > 0) throw damaged('more follows where it should end');
  const inventory = builder.finish(digestOf('sha256', hash.digest('hex')));
  const { blobs, bytes, repositories, tags } = inventory.totals;
  if ([blobs, bytes, repositories, tags].some((total, index) => found[index] !== total))
    throw damaged('its totals are not those of what it holds');
  return inventory;
}

async function* hashing(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

async function readBlobs(
  reader: ContentReader,
  builder: InventoryBuilder,
  table: DigestTable,
  damaged: Damaged,
): Promise<void> {
  await reader.ready(MOST_VARINT_BYTES);
  for (let left = reader.varint(); left > 0; left -= 1) {
    const wait = reader.ready(table.width + MOST_VARINT_BYTES);
    if (wait) await wait;
    const digest = reader.bytes(table.width);
    if (!builder.addBlob(table, digest, reader.varint()))
      throw damaged('its blobs are not in order, or have sizes that no blob has');
  }
}

async function readTags(reader: ContentReader, builder: InventoryBuilder, damaged: Damaged): Promise<void> {
  let repository: string | undefined = '';
  for (;;) {
    await reader.ready(MOST_NAME_BYTES);
    repository = readName(reader, repository, damaged);
    if (repository === undefined) return;
    let tag: string | undefined = '';
    for (;;) {
      const wait = reader.ready(MOST_NAME_BYTES + MOST_TARGET_BYTES);
      if (wait) await wait;
      tag = readName(reader, tag, damaged);
      if (tag === undefined) break;
      if (!builder.addTag(repository, tag, readTarget(reader, damaged)))
        throw damaged('its tags are not in order, have no valid names, or point to no blob');
    }
  }
}
