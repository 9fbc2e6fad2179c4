import type { Archive, ArchiveEntry } from '../archive/archive.ts';
import { ALWAYS_KEPT, indexArchive } from '../archive/index-archive.ts';
import { ScraperError, type Warning } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { parsePathBelow } from '../registry/below.ts';
import { pathFor } from '../registry/layout.ts';
import type { Sink } from '../sink/sink.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { pathUnknown } from '../storage/failures.ts';

export interface ReceiveOptions {
  /** Checked while it is read; see `checkedArchive`. */
  readonly archive: Archive;
  readonly sink: Sink;
  /** Write nothing, and keep what has to be looked at. */
  readonly dryRun: boolean;
  /** Whether a blob is known to be a manifest. */
  readonly isManifest: (digest: Digest) => boolean;
  readonly verifyExisting: boolean;
  readonly signal: AbortSignal;
  readonly onBytes: (count: number) => void;
  /** Told the size of each blob that was written. */
  readonly onWritten: (size: number) => void;
  readonly warn: (warning: Warning) => void;
}

/** Most manifests and configs are not longer than this, in bytes. */
const SMALL = 64 * 1024;

/**
 * Reads an archive that passes by once, or is compressed: blobs are proved and written where they belong while they come, links
 * are kept. A blob that no link leads to is invisible to a registry, so what is cut off here has done no harm.
 * @returns the links; and after a dry run everything else as far as it has to be looked at
 */
export async function receiveArchive(options: ReceiveOptions): Promise<StorageDriver> {
  const { archive, sink, dryRun, verifyExisting, signal, onBytes, onWritten, warn } = options;

  async function bring(digest: Digest, size: number, stream: () => AsyncIterable<Uint8Array>): Promise<void> {
    const path = pathFor({ kind: 'blob', digest });
    const blob = { path, digests: [digest], size, origin: `${archive.name}:${path}`, stream };
    const there = (await sink.size(path)) === size;
    if (there && (!verifyExisting || (await sink.verify(blob)))) return;
    await sink.writeBlob(blob);
    onWritten(size);
    if (!there) return;
    const message = 'the output held a damaged blob under this name; it was replaced';
    warn({ code: 'EXISTING_BLOB_REPLACED', message, digest });
  }

  if (dryRun) {
    // layers are not looked at: whoever wants them proved without writing them verifies the bundle
    const keep = ({ path, size }: ArchiveEntry): boolean => {
      const spec = parsePathBelow(path);
      return size <= SMALL || (spec?.kind === 'blob' && options.isManifest(spec.digest));
    };
    return indexArchive(archive, { signal, keep });
  }
  try {
    await sink.open({ signal, onBytes, onWarning: warn });
    const driver = await indexArchive(archive, {
      signal,
      async take(entry) {
        const spec = parsePathBelow(entry.path);
        if (spec?.kind === 'blob') await bring(spec.digest, entry.size, () => entry.chunks());
      },
    });
    return withoutTaken(driver);
  } finally {
    await sink.close();
  }
}

/** Blobs that were written are to be read where they are now; the smallest were kept. */
function withoutTaken(driver: StorageDriver): StorageDriver {
  const stat: StorageDriver['stat'] = async path => {
    const info = await driver.stat(path);
    if (info.size > ALWAYS_KEPT && parsePathBelow(path)?.kind === 'blob')
      throw pathUnknown(driver.describe(path));
    return info;
  };
  return {
    name: driver.name,
    describe: driver.describe,
    list: path => driver.list(path),
    stat,
    async read(path, limit) {
      await stat(path);
      return driver.read(path, limit);
    },
    async *stream(path) {
      await stat(path);
      yield* driver.stream(path);
    },
  };
}

/** What must hold before the first byte of a bundle is written, as far as its manifest tells. */
export async function checkRoom(
  sink: Sink,
  blobs: readonly { digest: Digest; size: number }[],
): Promise<void> {
  let needed = 0;
  for (const { digest, size } of blobs)
    if ((await sink.size(pathFor({ kind: 'blob', digest }))) !== size) needed += size;
  const free = needed === 0 ? undefined : await sink.freeBytes();
  if (free === undefined || free >= needed) return;
  throw new ScraperError(
    'NO_SPACE',
    `${sink.name} has ${String(free)} bytes free, ${String(needed)} are needed; nothing was written`,
    {
      path: sink.name,
      hint: 'free some space, or ship less: scrape --base leaves out what is there already',
    },
  );
}
