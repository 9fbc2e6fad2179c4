import type { Archive, OpenEntry } from './archive.ts';
import { storedReader, streamReader, type ByteReader } from './byte-reader.ts';
import { decompress } from './decompress.ts';
import { findFiles } from './find-files.ts';
import { compressionOf } from './magic.ts';
import { readPipe } from './pipe.ts';
import { pushBack, type PushBack } from './push-back.ts';
import { readTar } from './read-tar.ts';
import { storedBytes, type StoredBytes, type StoredFile } from './stored.ts';
import { BLOCK } from './tar.ts';
import { stoppableWaits } from './waiting.ts';

export interface OpenOptions {
  /** Stops the wait for a stream's first bytes. */
  readonly signal?: AbortSignal;
  /** Most files and directories, those on the way to others among them. */
  readonly entryLimit?: number;
}

/** An archive, and the files it is in. */
export interface OpenedArchive extends Archive {
  /** In their order; none for a stream. */
  readonly files: readonly StoredFile[];
  /** Path of the archive, without a part's number; undefined for a stream. */
  readonly base?: string;
  /** Path of the file with its checksums, whether there is one or not; undefined for a stream. */
  readonly sums?: string;
}

/**
 * Opens what an operator names: a tar, plain or compressed; the parts of one, by any of them, by the name of the whole or by
 * their sums file; a pipe or `/dev/stdin`. What is in it is looked at only when its entries are read.
 * @throws ScraperError `PATH_UNKNOWN`, `NOT_A_FILE`, `PART_MISSING` naming each part that is missing, `PART_INVALID` naming each
 *   part that does not fit the others, `ACCESS_DENIED`, `IO_ERROR`
 */
export async function openArchive(path: string, options: OpenOptions = {}): Promise<OpenedArchive> {
  const found = await findFiles(path);
  if (found.kind === 'stream')
    return await streamArchive(path, pipe(path, found.waits, options.signal), options);
  const { kind, base, files, sums } = found;
  const stored = storedBytes(files);
  const head = Buffer.alloc(BLOCK);
  const compression = compressionOf(head.subarray(0, await stored.read(0, head)));
  const partAt = kind === 'parts' ? stored.fileAt : undefined;

  function entries(signal: AbortSignal): AsyncIterable<OpenEntry> {
    const { reader, stands } =
      compression === 'none' ? inPlace(stored, signal) : unpacked(stored, compression, signal);
    const part = (which: 'current' | 'last'): string | undefined =>
      partAt?.(which === 'last' ? Infinity : stands())?.path;
    return readTar(reader, { ...options, name: base, part, sums });
  }

  return {
    name: base,
    base,
    files,
    sums,
    compression,
    rewindable: true,
    entries,
    ...(compression === 'none' && {
      localRange: stored.localRange,
      range: (offset: number, size: number) => stored.range(offset, size),
    }),
    ...(partAt && { partAt }),
    close: () => {
      stored.close();
      return Promise.resolve();
    },
  };
}

/** A reader, and how far into the stored bytes it has come. */
interface Standing {
  readonly reader: ByteReader;
  stands(): number;
}

function inPlace(stored: StoredBytes, signal: AbortSignal): Standing {
  const reader = storedReader(stored, signal);
  return { reader, stands: () => reader.position() };
}

function unpacked(stored: StoredBytes, compression: 'gzip' | 'zstd', signal: AbortSignal): Standing {
  let read = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stored.range(0, stored.size, signal)) {
      read += chunk.length;
      yield chunk;
    }
  }
  const reader = streamReader(decompress(counted(), compression), signal);
  return { reader, stands: () => Math.max(0, read - 1) };
}

/** Bytes that come once, from somewhere that can be told to stop. */
export type ByteStream = AsyncIterable<Uint8Array> & { destroy?(): unknown };

/**
 * An archive that can be read once, from begin to end, such as standard input. Waits for the first bytes.
 * @param name as the operator would call it
 */
export async function streamArchive(
  name: string,
  stream: ByteStream,
  { signal = never(), entryLimit }: OpenOptions = {},
): Promise<OpenedArchive> {
  const input = pushBack(stream);
  const head = await gatherHead(input, signal);
  const compression = compressionOf(head);
  input.back(head);
  let used = false;
  return {
    name,
    files: [],
    compression,
    rewindable: false,
    entries(signal) {
      if (used) throw new Error(`${name} can be read only once`);
      used = true;
      const bytes = all(input);
      const reader = streamReader(compression === 'none' ? bytes : decompress(bytes, compression), signal);
      return readTar(reader, { name, ...(entryLimit !== undefined && { entryLimit }) });
    },
    close: async () => {
      stream.destroy?.();
      await input.close();
    },
  };
}

/** The first block, and what came with it. */
async function gatherHead(input: PushBack, signal: AbortSignal): Promise<Buffer> {
  const waits = stoppableWaits(signal);
  const chunks: Uint8Array[] = [];
  try {
    for (let size = 0; size < BLOCK;) {
      const chunk = await waits.wait(() => input.next());
      if (chunk === undefined) break;
      chunks.push(chunk);
      size += chunk.length;
    }
  } finally {
    waits.end();
  }
  return Buffer.concat(chunks);
}

async function* all(input: PushBack): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = await input.next(); chunk !== undefined; chunk = await input.next()) yield chunk;
  } finally {
    await input.close();
  }
}

function pipe(path: string, waits: boolean, signal: AbortSignal = never()): ByteStream {
  const closing = new AbortController();
  const bytes = readPipe(path, waits, AbortSignal.any([signal, closing.signal]));
  return {
    [Symbol.asyncIterator]: () => bytes,
    destroy: () => {
      closing.abort();
    },
  };
}

function never(): AbortSignal {
  return new AbortController().signal;
}
