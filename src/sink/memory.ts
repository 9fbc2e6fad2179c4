import { isScraperError, ScraperError } from '../errors.ts';
import { verifier } from '../transfer/verifier.ts';
import type { Sink, SinkSession, UnverifiedBlob } from './sink.ts';

/** What a memory sink writes into: files and directories by path. Parents of an entry need none of their own. */
export type MemoryOutput = Map<string, Uint8Array | 'directory'>;

/** Longest content that {@link Sink.readLink} takes for a link, in bytes. */
const MOST_LINK_BYTES = 256;

/** A sink into a map, for tests and for callers that want the result in memory. Holds whole blobs. */
export function memorySink(output: MemoryOutput, { name = 'memory' }: { readonly name?: string } = {}): Sink {
  const place = (path: string): string => `${name}:${path}`;
  const fileAt = (path: string): Uint8Array | undefined => {
    const entry = output.get(path);
    return entry === 'directory' ? undefined : entry;
  };
  const read = (path: string, maxBytes: number): Uint8Array | undefined => {
    const bytes = fileAt(path);
    return bytes && bytes.length <= maxBytes ? bytes : undefined;
  };
  let session: SinkSession | undefined;
  const opened = (): SinkSession => {
    if (session === undefined) throw new TypeError(`the sink ${name} is not open`);
    return session;
  };
  const hasDirectory = (path: string): boolean =>
    path === '' ||
    output.get(path) === 'directory' ||
    [...output.keys()].some(key => key.startsWith(`${path}/`));

  function put(path: string, entry: Uint8Array | 'directory'): void {
    const inTheWay = entry === 'directory' ? fileAt(path) !== undefined : hasDirectory(path);
    if (inTheWay || parentsOf(path).some(parent => fileAt(parent) !== undefined)) {
      throw new ScraperError(
        'IO_ERROR',
        `writing ${place(path)}: a file and a directory cannot have the same place`,
        {
          path: place(path),
        },
      );
    }
    output.set(path, entry);
  }

  return {
    name,
    inFlight: 4,
    size: path => Promise.resolve(fileAt(path)?.length),
    readLink: path => {
      const bytes = read(path, MOST_LINK_BYTES);
      return Promise.resolve(bytes && Buffer.from(bytes).toString());
    },
    read: (path, maxBytes) => Promise.resolve(read(path, maxBytes)),
    hasDirectory: path => Promise.resolve(hasDirectory(path)),
    freeBytes: () => Promise.resolve(undefined),
    open: started => {
      session = started;
      return Promise.resolve();
    },
    verify: async blob => {
      const bytes = fileAt(blob.path);
      if (bytes === undefined) return false;
      try {
        await prove({ ...blob, stream: () => once(bytes) }, opened());
        return true;
      } catch (error) {
        if (isScraperError(error, 'SIZE_INVALID', 'DIGEST_MISMATCH')) return false;
        throw error;
      }
    },
    writeBlob: async blob => {
      put(blob.path, await prove(blob, opened()));
      return 'copied';
    },
    publish: async (directories, files) => {
      const { signal } = opened();
      for (const directory of directories) {
        signal.throwIfAborted();
        put(directory, 'directory');
        await Promise.resolve();
      }
      for (const { path, content } of files) {
        signal.throwIfAborted();
        put(path, Buffer.from(content));
        await Promise.resolve();
      }
    },
    close: () => {
      session = undefined;
      return Promise.resolve();
    },
  };
}

/** @throws ScraperError `SIZE_INVALID`, `DIGEST_MISMATCH`, or whatever the source throws */
async function prove(blob: UnverifiedBlob, { signal, onBytes }: SinkSession): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const proof = verifier(blob);
  signal.throwIfAborted();
  for await (const chunk of blob.stream()) {
    signal.throwIfAborted();
    proof.update(chunk);
    chunks.push(Buffer.from(chunk));
    onBytes(chunk.length);
  }
  signal.throwIfAborted();
  proof.finish();
  return Buffer.concat(chunks);
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield await Promise.resolve(value);
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
