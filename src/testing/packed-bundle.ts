import { endOfArchive, entryHeader, paddingFor } from '../archive/tar.ts';
import { streamArchive } from '../archive/open.ts';
import { bundleItems } from '../bundle/items.ts';
import { planShipment, type PlannedShipment } from './bundle.ts';
import { gather } from './gather.ts';
import { memoryOutput, write } from './writing.ts';

/** A file or directory of an archive, to be changed and packed again. */
export interface PackedEntry {
  readonly path: string;
  /** null: a directory. */
  readonly content: Buffer | null;
}

export interface PackedBundle extends PlannedShipment {
  readonly entries: readonly PackedEntry[];
}

/**
 * A bundle as the program makes it, entry by entry.
 * @param planned what it holds; images of every kind if absent
 * @param sign makes a signature of the manifest
 */
export async function packedBundle(
  planned?: PlannedShipment,
  sign?: (manifest: Uint8Array) => Uint8Array,
): Promise<PackedBundle> {
  const shipment = planned ?? (await planShipment());
  const { plan, registry, bytes } = shipment;
  const signature = sign?.(bytes);
  const output = memoryOutput();
  const input = { plan, driver: registry.driver(), manifest: bytes, ...(signature && { signature }) };
  await write(bundleItems(input), output);
  return { ...shipment, entries: await unpacked(output.bytes()) };
}

/** What an archive holds, in its order. */
export async function unpacked(archive: Uint8Array): Promise<PackedEntry[]> {
  const { entries } = await streamArchive('archive', once(archive));
  const found: PackedEntry[] = [];
  for await (const { path, kind, chunks } of entries(new AbortController().signal)) {
    const content = kind === 'directory' ? null : Buffer.concat(await gather(copies(chunks())));
    found.push({ path, content });
  }
  return found;
}

/** An archive of these entries, one after the other, as the program writes them. */
export function packed(entries: readonly PackedEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, content }) => {
    const size = content?.length ?? 0;
    const header = entryHeader({ path, kind: content ? 'file' : 'directory', size });
    return [header, content ?? Buffer.alloc(0), Buffer.alloc(paddingFor(size))];
  });
  return Buffer.concat([...blocks, endOfArchive]);
}

/** Bytes that come in one piece, as from standard input. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield await Promise.resolve(bytes);
}

/** The memory of a chunk is only ours until the next one comes. */
async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}
