import type { ArchiveItem } from './item.ts';
import { Complete, type ArchiveOutput, type Written } from './output.ts';
import type { ProvedBytes, Prover } from './prover.ts';
import { pullAhead } from './pull-ahead.ts';
import { tarStream } from './tar-stream.ts';
import { settlesAtOnce, stoppableWaits } from './waiting.ts';

/** Items known before they are written, so that blobs can be read ahead. */
const AHEAD = 32;

export interface WriteOptions {
  /** In the order of the archive; taken as they are needed, and a few ahead. */
  readonly items: Iterable<ArchiveItem> | AsyncIterable<ArchiveItem>;
  /** Finished or aborted here. */
  readonly output: ArchiveOutput;
  /** Closed here. */
  readonly prover: Prover;
  readonly signal: AbortSignal;
  /** Called with the number of blobs' bytes that went out since the last call. */
  readonly onBytes?: (count: number) => void;
}

export interface WrittenArchive extends Written {
  /** Bytes of the tar before compression, as far as it was wanted. */
  readonly tarBytes: number;
}

interface PreparedBlob {
  readonly kind: 'blob';
  readonly path: string;
  readonly size: number;
  readonly bytes: ProvedBytes;
}
type Prepared = Exclude<ArchiveItem, { kind: 'blob' }> | PreparedBlob;

/**
 * Writes an archive as a stream: nothing is kept but a few blocks, and what is there goes out at once. Of a blob that is not what
 * it should be, the last bytes never go out; nor does the archive's end, so that no reader takes it for whole.
 * @throws ScraperError what a blob, the output or the items failed with; the signal's reason
 */
export async function writeArchive(options: WriteOptions): Promise<WrittenArchive> {
  const { output, prover, onBytes } = options;
  const waits = stoppableWaits(options.signal);
  const tar = tarStream({ write: bytes => waits.wait(() => output.write(bytes)) });
  const items = pullAhead(options.items, AHEAD, item => prepare(item, prover));

  /** Waits for what is still to come, and lets nothing that is there already wait with it. */
  async function upcoming<T>(coming: Promise<T>): Promise<T> {
    if (tar.holding && !(await settlesAtOnce(coming))) await tar.flush();
    return await waits.wait(() => coming);
  }

  async function writeBlob({ path, size, bytes }: PreparedBlob): Promise<void> {
    await tar.begin({ path, kind: 'file', size });
    for (;;) {
      const chunk = await upcoming(bytes.next());
      if (chunk === undefined) break;
      await tar.add(chunk);
      onBytes?.(chunk.length);
    }
    await tar.end();
  }

  async function write(item: Exclude<Prepared, PreparedBlob>): Promise<void> {
    const content = item.kind === 'file' ? item.content : none;
    await tar.begin({ path: item.path, kind: item.kind, size: content.length });
    await tar.add(content);
    await tar.end();
  }

  try {
    let blobs = 0;
    for (let item; (item = await upcoming(items.next())) !== undefined;) {
      if (item.kind !== 'blob') {
        await write(item);
        continue;
      }
      // whoever reads along gets the small files that come first before the first blob is there
      if (blobs === 0) await flushAll();
      blobs += 1;
      await writeBlob(item);
    }
    await tar.finish();
    const written = await waits.wait(() => output.finish());
    return { ...written, tarBytes: tar.length };
  } catch (error) {
    if (error instanceof Complete) return { ...error.written, tarBytes: tar.length };
    await output.abort(tar.cut());
    throw error;
  } finally {
    waits.end();
    items.stop();
    await prover.close();
  }

  /** At the same place whatever the speed, because it shows in what a compressor makes. */
  async function flushAll(): Promise<void> {
    if (!output.flush) return;
    await tar.flush();
    await waits.wait(async () => output.flush?.());
  }
}

const none = new Uint8Array(0);

function prepare(item: ArchiveItem, prover: Prover): Prepared {
  if (item.kind !== 'blob') return item;
  const { path, size } = item.blob;
  return { kind: 'blob', path, size, bytes: prover.announce(item.blob) };
}
