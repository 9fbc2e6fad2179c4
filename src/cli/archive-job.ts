import type { ArchiveItem } from '../archive/item.ts';
import { compressedOutput } from '../archive/compressed-output.ts';
import { parseCompression, type CompressionSetting } from '../archive/compression.ts';
import { fileOutput } from '../archive/file-output.ts';
import { onePartOutput } from '../archive/one-part-output.ts';
import type { ArchiveOutput } from '../archive/output.ts';
import { parsePartSize } from '../archive/part-size.ts';
import { standardOutput } from '../archive/stream-output.ts';
import { checkTarget } from '../archive/target.ts';
import { threadedProver } from '../archive/threaded-prover.ts';
import { writeArchive, type WrittenArchive } from '../archive/write-tar.ts';
import { spawnProvingWorker } from '../transfer/spawn.ts';
import type { ArchiveArguments } from './archive-options.ts';
import type { ArchiveDestination } from './destination.ts';
import { usageError } from './usage-error.ts';

/** How an archive's items get to where they belong. */
export type ArchiveWriter = (
  items: Iterable<ArchiveItem>,
  context: { readonly signal: AbortSignal; readonly onBytes: (count: number) => void },
) => Promise<WrittenArchive>;

/**
 * Makes ready to write an archive; nothing is written before the returned function is called.
 * @throws ScraperError `USAGE`, `OUTPUT_EXISTS`, `OUTPUT_INVALID`
 */
export async function archiveWriter(
  destination: ArchiveDestination,
  given: ArchiveArguments,
  { concurrency, sync, tty }: { readonly concurrency: number; readonly sync: boolean; readonly tty: boolean },
): Promise<ArchiveWriter> {
  const compression = compressionFor(destination, given.compress);
  const { path } = destination;
  const partBytes = given.split === undefined ? undefined : parsePartSize(given.split);
  const { force, onlyPart } = given;
  if (path === undefined && tty) {
    throw usageError(
      'an archive is not written to a terminal',
      'send it on: registry-scraper … -o - | ssh site tar -x -C /var/lib/registry, or name a file',
    );
  }
  if (path !== undefined && onlyPart === undefined) await checkTarget({ path, force });

  async function output(): Promise<ArchiveOutput> {
    if (path === undefined)
      return standardOutput({ fd: 1, stream: () => process.stdout, name: 'standard output' });
    const options = { path, force, sync, now: () => Date.now() };
    if (partBytes === undefined) return fileOutput(options);
    if (onlyPart === undefined) return fileOutput({ ...options, partBytes });
    return onePartOutput({ ...options, partBytes, onlyPart });
  }

  return async (items, { signal, onBytes }) =>
    writeArchive({
      items,
      output: compressedOutput(await output(), compression, concurrency),
      prover: threadedProver({ concurrency, spawn: spawnProvingWorker }),
      signal,
      onBytes,
    });
}

/** What the name and the option say together. */
function compressionFor(
  { path, compression, given }: ArchiveDestination,
  asked: string | undefined,
): CompressionSetting {
  const byName = parseCompression(compression);
  if (asked === undefined) return byName;
  const setting = parseCompression(asked);
  if (path === undefined || setting.kind === compression) return setting;
  throw usageError(
    `--compress ${asked} and the name "${given}" do not fit`,
    'the name says how an archive is compressed; --compress only gives the level, as in --compress zstd:19',
  );
}
