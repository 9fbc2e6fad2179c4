import type { Warning } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { LocalRange } from '../storage/driver.ts';

/** Bytes that are still to be proved: what they must hash to, how long they must be, and where they can be had. */
export interface UnverifiedBlob {
  /** Path in the output, relative to the registry's root directory. */
  readonly path: string;
  /** All must hold for the same bytes (a blob referenced by sha512 is stored under its sha256). */
  readonly digests: readonly Digest[];
  /** Bytes. */
  readonly size: number;
  /** Where the bytes come from, for messages. */
  readonly origin: string;
  readonly stream: () => AsyncIterable<Uint8Array>;
  /** Set when the bytes may be in a local file, which some sinks can take faster than a stream. */
  readonly localRange?: () => Promise<LocalRange | undefined>;
}

/** A small file whose content is known: a link. */
export interface SinkFile {
  readonly path: string;
  readonly content: string;
}

/** One run of writing. */
export interface SinkSession {
  /** Stops every write under way; each then throws the signal's reason. */
  readonly signal: AbortSignal;
  /** Called now and then with the number of bytes proved since the last call. */
  readonly onBytes: (count: number) => void;
  readonly onWarning: (warning: Warning) => void;
}

/** How a blob got there. `copied` covers a sink that was asked to hard-link and could not. */
export type WriteOutcome = 'copied' | 'linked';

/**
 * Where a smaller registry is written. Paths are those of the storage layout, the same for every kind of sink.
 * A path shows up complete or not at all. A blob is published only after its bytes were proved; otherwise the sink throws
 * `DIGEST_MISMATCH` or `SIZE_INVALID` and nothing of it remains. Other failures: `NO_SPACE`, `ACCESS_DENIED`, `IO_ERROR`,
 * `PATH_UNKNOWN` (the source vanished), and the signal's reason when it was aborted.
 */
export interface Sink {
  /** The place as an operator would name it. */
  readonly name: string;
  /** How many writes it can usefully have under way at once. */
  readonly inFlight: number;
  /** What it has done when a method resolves outlasts a power failure; not so if absent. */
  readonly durable?: boolean;
  /** Size of the file at `path`, or undefined when there is none. */
  size(path: string): Promise<number | undefined>;
  /** Content of a small file, or undefined when there is none (or it is longer than a link can be). */
  readLink(path: string): Promise<string | undefined>;
  /** Content of the file at `path`, not proved, or undefined when there is none (or it has more than `maxBytes`). */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Whether the directory is there; the empty path is the registry's root directory. */
  hasDirectory(path: string): Promise<boolean>;
  /** Free bytes, or undefined where that has no meaning. */
  freeBytes(): Promise<number | undefined>;
  /** Makes ready for writing (a scratch place, leftovers of runs that died). Nothing is written before this. */
  open(session: SinkSession): Promise<void>;
  /** Whether the file at `blob.path` is what `blob` says; not when there is none. */
  verify(blob: UnverifiedBlob): Promise<boolean>;
  writeBlob(blob: UnverifiedBlob): Promise<WriteOutcome>;
  /** Makes directories and then writes files, in the given order: each shows up complete before the next one is begun. */
  publish(directories: readonly string[], files: readonly SinkFile[]): Promise<void>;
  /** Lets go of everything and removes what was scratch. Always called after {@link open}, also when that failed. */
  close(): Promise<void>;
}
