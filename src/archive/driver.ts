import type { StorageDriver } from '../storage/driver.ts';
import type { Archive } from './archive.ts';
import { pathTree } from './path-tree.ts';
import { treeDriver } from './tree-driver.ts';

/** An archive whose bytes can be had from anywhere in it. */
export type PlainArchive = Archive & Required<Pick<Archive, 'range' | 'localRange'>>;

/** Whether an archive is uncompressed, and no stream. */
export function isPlain(archive: Archive): archive is PlainArchive {
  return archive.range !== undefined && archive.localRange !== undefined;
}

/**
 * A driver over an uncompressed archive, as if it were unpacked: reads all headers once, and bytes only when they are asked
 * for. Paths start at the archive's root. The archive stays open as long as the driver is used.
 * @throws ScraperError what reading the entries throws
 */
export async function archiveDriver(archive: PlainArchive, signal: AbortSignal): Promise<StorageDriver> {
  const tree = pathTree();
  for await (const { path, kind, size, offset, modified = 0 } of archive.entries(signal)) {
    tree.add(path, { kind, size, offset, modified });
  }
  return treeDriver({
    archive: archive.name,
    tree,
    bytes: (_path, { offset, size }) => archive.range(offset, size),
    localRange: ({ offset, size }) => archive.localRange(offset, size),
  });
}
