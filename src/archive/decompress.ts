import { createGunzip, createZstdDecompress } from 'node:zlib';
import { DataFault } from './failures.ts';
import { pushBack, type PushBack } from './push-back.ts';
import { isZeros } from './tar.ts';
import { errnoOf } from '../storage/errno.ts';

export type Compression = 'gzip' | 'zstd';

type Engine = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

/** Bytes that an engine gives at once. */
const CHUNK = 128 * 1024;

/** Frames in a row that may hold nothing: some packers note things in such frames, nobody needs thousands. */
const MOST_EMPTY = 1000;

/**
 * Decompresses a stream: all members (gzip, RFC 1952) or frames (zstd, RFC 8878) of it, one after the other. Takes the same
 * memory whatever comes out, up to 128 MiB for zstd's window. Zeros behind gzip data are padding, as gzip has it.
 * @throws DataFault when the data are cut, damaged, or followed by something else; and what the source throws
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  const input = pushBack(source);
  let empty = 0;
  try {
    do {
      let size = 0;
      for await (const chunk of oneRun(input, compression)) {
        size += chunk.length;
        yield chunk;
      }
      empty = size === 0 ? empty + 1 : 0;
      if (empty > MOST_EMPTY)
        throw new DataFault('damaged', `the ${compression} data go on without any content`);
    } while (await more(input, compression));
  } finally {
    await input.close();
  }
}

/** From where an engine starts to where it wants no more; what it left goes back into the input. */
async function* oneRun(input: PushBack, compression: Compression): AsyncGenerator<Uint8Array> {
  const engine =
    compression === 'gzip' ? createGunzip({ chunkSize: CHUNK }) : createZstdDecompress({ chunkSize: CHUNK });
  let fault: unknown;
  const fed = feed(engine, input).catch((error: unknown) => {
    fault = error;
    engine.destroy();
  });
  try {
    for await (const chunk of engine) yield chunk as Buffer;
  } catch (error) {
    if (fault === undefined) throw worded(error, compression);
  } finally {
    engine.destroy();
  }
  await fed;
  if (fault !== undefined) throw fault as Error;
}

async function feed(engine: Engine, input: PushBack): Promise<void> {
  const write = writing(engine);
  for (;;) {
    const chunk = await input.next();
    if (chunk === undefined) {
      engine.end();
      return;
    }
    const before = engine.bytesWritten;
    if (!(await write(chunk))) return;
    const used = engine.bytesWritten - before;
    if (used < chunk.length) {
      input.back(chunk.subarray(used));
      return;
    }
  }
}

/** Writes a chunk and waits until the engine used of it what it wants; false when it failed or was given up meanwhile. */
type Write = (chunk: Uint8Array) => Promise<boolean>;

function writing(engine: Engine): Write {
  let release: (taken: boolean) => void = () => undefined;
  // an engine that is given up while nobody reads from it never answers
  engine.once('close', () => {
    release(false);
  });
  return chunk =>
    new Promise(resolve => {
      release = resolve;
      if (engine.destroyed) resolve(false);
      else engine.write(chunk, error => resolve(!error));
    });
}

/** Whether other data follow where an engine wanted no more. */
async function more(input: PushBack, compression: Compression): Promise<boolean> {
  let chunk = await input.next();
  if (chunk === undefined) return false;
  input.back(chunk);
  if (compression === 'zstd' || chunk[0] !== 0) return true;
  while ((chunk = await input.next()) !== undefined) {
    if (!isZeros(chunk)) throw new DataFault('damaged', 'other bytes than zeros follow the gzip data');
  }
  return false;
}

function worded(error: unknown, compression: Compression): DataFault {
  const code = errnoOf(error) ?? '';
  if (code === 'Z_BUF_ERROR') return new DataFault('cut', `its ${compression} data end in the middle`);
  if (code === 'ZSTD_error_frameParameter_windowTooLarge') {
    const hint = 'decompress it first: zstd -d --long=31 FILE';
    return new DataFault('damaged', 'the zstd data need more than 128 MiB to be decompressed', hint);
  }
  const why = error instanceof Error ? error.message : String(error);
  return new DataFault('damaged', `the ${compression} data are damaged (${why})`);
}
