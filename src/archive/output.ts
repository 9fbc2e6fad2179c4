/** A file that was written. */
export interface WrittenFile {
  /** Where it stands, as the operator would name it. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of its bytes, 64 lower-case hex digits. */
  readonly sha256: string;
}

/** What became of an output. */
export interface Written {
  /** The archive, or its parts in their order; none for a stream. */
  readonly files: readonly WrittenFile[];
  /** The file with their checksums, written with them or compared with; absent where there is none. */
  readonly sums?: string;
}

/** Thrown by an output that has all it wants before the archive is at its end: no failure. */
export class Complete extends Error {
  readonly written: Written;

  constructor(written: Written) {
    super('the output wants no more');
    this.written = written;
  }
}

/**
 * Where an archive's bytes go, one piece after the other. Methods throw ScraperError: `NO_SPACE`, `ACCESS_DENIED`, `IO_ERROR`, and
 * what the kind of output adds.
 */
export interface ArchiveOutput {
  /**
   * Resolves when the memory of `bytes` may be used again and more is wanted. One call at a time.
   * @throws Complete when nothing more is wanted
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Lets nothing wait for more to come. Only on outputs that hold anything back. */
  flush?(): Promise<void>;
  /** The archive is complete: gives it its name, where it has one. */
  finish(): Promise<Written>;
  /**
   * There will be no more, and what was written so far must not be taken for an archive: files are removed. A stream, which can
   * take nothing back, gets `rest`, which shows its readers that it was cut. Always settles, and never throws.
   */
  abort(rest: Uint8Array): Promise<void>;
}

/** Milliseconds that the reader of a stream is given to take in that it was cut. */
export const LAST_WORDS = 500;
