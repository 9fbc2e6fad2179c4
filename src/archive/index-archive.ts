import { ScraperError } from '../errors.ts';
import type { StorageDriver } from '../storage/driver.ts';
import type { Archive, ArchiveEntry, OpenEntry } from './archive.ts';
import { keptBytes, type KeptBytes } from './kept-bytes.ts';
import { pathTree } from './path-tree.ts';
import { treeDriver } from './tree-driver.ts';

export interface IndexOptions {
  readonly signal: AbortSignal;
  /** Whether a file is kept in memory; links are always. By default no other is. */
  readonly keep?: (entry: ArchiveEntry) => boolean;
  /** Gets the other files as they pass, and may take their bytes before it resolves. */
  readonly take?: (entry: OpenEntry) => Promise<void>;
  /** Most bytes kept. */
  readonly keepLimit?: number;
}

/** Files up to this size, in bytes, are links, or as small: they are kept in any case. */
export const ALWAYS_KEPT = 256;
const KEEP_LIMIT = 64 * 1024 * 1024;
/** What stands for the place of bytes that were not kept. */
const GONE = -1;

/**
 * Reads an archive once, from begin to end: for those that are compressed or come as a stream.
 * @returns a driver that knows all entries and holds the bytes of those that were kept. Others it reads again from the begin,
 *   which takes as long as that takes, and fails with `IO_ERROR` for a stream
 * @throws ScraperError what reading the entries and `take` throw; `ARCHIVE_INVALID` when more is to be kept than the limit
 */
export async function indexArchive(archive: Archive, options: IndexOptions): Promise<StorageDriver> {
  const { signal, keep = () => false, take = () => Promise.resolve(), keepLimit = KEEP_LIMIT } = options;
  const tree = pathTree();
  const kept = keptBytes();
  for await (const entry of archive.entries(signal)) {
    const { path, kind, size, modified = 0 } = entry;
    const keeping = kind === 'file' && (size <= ALWAYS_KEPT || keep(entry));
    if (keeping && kept.total + size > keepLimit) throw tooMuch(archive, entry, keepLimit);
    const offset = keeping ? await keepBytes(entry, kept) : GONE;
    if (kind === 'file' && !keeping) await take(entry);
    tree.add(path, { kind, size, offset, modified });
  }
  return treeDriver({
    archive: archive.name,
    tree,
    bytes: (path, { offset, size }) =>
      offset === GONE ? readAgain(archive, path, signal) : once(Buffer.from(kept.at(offset, size))),
  });
}

async function keepBytes(entry: OpenEntry, kept: KeptBytes): Promise<number> {
  const position = kept.reserve(entry.size);
  const into = kept.at(position, entry.size);
  let filled = 0;
  for await (const chunk of entry.chunks()) {
    into.set(chunk, filled);
    filled += chunk.length;
  }
  return position;
}

async function* readAgain(archive: Archive, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (!archive.rewindable) {
    throw new ScraperError('IO_ERROR', `cannot read ${archive.name}:${path}: a stream cannot be read again`, {
      path: `${archive.name}:${path}`,
      hint: 'save the stream to a file first, and name that',
    });
  }
  for await (const entry of archive.entries(signal)) {
    if (entry.path !== path) continue;
    yield* entry.chunks();
    return;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield await Promise.resolve(bytes);
}

function tooMuch(archive: Archive, { path }: ArchiveEntry, limit: number): ScraperError {
  const most = `${Math.floor(limit / (1024 * 1024))} MiB`;
  return new ScraperError(
    'ARCHIVE_INVALID',
    `cannot read ${archive.name}: its links and manifests take more than ${most}, up to ${path}`,
    {
      path: archive.name,
      hint: 'decompress it into a file first and name that: an uncompressed archive is read in place, without this limit',
    },
  );
}
