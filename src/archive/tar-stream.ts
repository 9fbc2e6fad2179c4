import type { ArchiveOutput } from './output.ts';
import { BLOCK, endOfArchive, entryHeader, paddingFor, type EntryHeader } from './tar.ts';

/** Small pieces are put together up to this many bytes; larger ones go out as they are. */
const HELD_BYTES = 64 * 1024;

/** A tar that is being written. */
export interface TarStream {
  /** Bytes so far. */
  readonly length: number;
  /** Whether anything was put together and did not go out yet. */
  readonly holding: boolean;
  begin(header: EntryHeader): Promise<void>;
  /** Bytes of the entry that was begun. */
  add(bytes: Uint8Array): Promise<void>;
  /** The entry has all its bytes. */
  end(): Promise<void>;
  /** Sends out what was put together so far. */
  flush(): Promise<void>;
  /** The end of the archive. */
  finish(): Promise<void>;
  /** What has to follow so that no reader takes the archive for whole. */
  cut(): Uint8Array;
}

export function tarStream(output: Pick<ArchiveOutput, 'write'>): TarStream {
  const buffer = Buffer.allocUnsafeSlow(HELD_BYTES);
  let held = 0;
  let length = 0;
  /** Bytes of content, and of padding after it, that the entry lacks. */
  let lacking = 0;
  let padding = 0;

  async function flush(): Promise<void> {
    const bytes = buffer.subarray(0, held);
    held = 0;
    if (bytes.length > 0) await output.write(bytes);
  }

  async function put(bytes: Uint8Array): Promise<void> {
    if (held + bytes.length > HELD_BYTES) await flush();
    if (bytes.length > HELD_BYTES) await output.write(bytes);
    else {
      buffer.set(bytes, held);
      held += bytes.length;
    }
    length += bytes.length;
  }

  return {
    get length() {
      return length;
    },
    get holding() {
      return held > 0;
    },
    async begin(header) {
      await put(entryHeader(header));
      lacking = header.size;
      padding = paddingFor(header.size);
    },
    async add(bytes) {
      if (bytes.length > lacking) throw new RangeError('an entry was given more bytes than its header says');
      await put(bytes);
      lacking -= bytes.length;
    },
    async end() {
      if (lacking > 0) throw new RangeError('an entry was given fewer bytes than its header says');
      if (padding > 0) await put(zeros.subarray(0, padding));
      padding = 0;
    },
    flush,
    async finish() {
      await put(endOfArchive);
      await flush();
    },
    cut() {
      const rest = buffer.subarray(0, held);
      return Buffer.concat(lacking > 0 ? [rest] : [rest, zeros.subarray(0, padding), torn]);
    },
  };
}

const zeros = Buffer.alloc(BLOCK);

/**
 * The header of an extended header that never comes. Some tars take an archive that just stops between two entries for whole,
 * in spite of the end that it lacks; here all of them miss something, and none makes a file of it.
 */
const torn = entryHeader({ path: 'x'.repeat(300), kind: 'file', size: 0 }).subarray(0, BLOCK);
