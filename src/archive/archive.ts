import type { LocalRange } from '../storage/driver.ts';

/** One entry of an archive. Everything else that tar knows (links, devices, …) is refused when it is met. */
export interface ArchiveEntry {
  /** Relative, with `/`, without `.`, `..` or empty components, without a slash at its end. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** Bytes; 0 for a directory. */
  readonly size: number;
  /** Where its bytes begin in the tar, once that is decompressed. */
  readonly offset: number;
  /** Last modification, milliseconds since the epoch, where the archive says it. */
  readonly modified?: number;
}

/** An entry whose bytes are next. */
export interface OpenEntry extends ArchiveEntry {
  /** The bytes, once, before the next entry is asked for; what is not read is skipped. */
  chunks(): AsyncIterable<Uint8Array>;
}

/**
 * A tar to read: a file, parts of one, or a stream. Nothing in it is trusted.
 * Reading throws ScraperError: `ARCHIVE_INVALID` (not a tar, or one that must not be unpacked), `ARCHIVE_TRUNCATED` (it ends too
 * early), `PART_MISSING`, `ACCESS_DENIED`, `IO_ERROR`, and the signal's reason.
 */
export interface Archive {
  /** As the operator would name it. */
  readonly name: string;
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** Whether {@link entries} can be called more than once: not for a stream. */
  readonly rewindable: boolean;
  /** All entries from the first to the last, in the archive's order, checked as they come. */
  entries(signal: AbortSignal): AsyncIterable<OpenEntry>;
  /** Only for uncompressed files: where on disk a stretch of the tar is; undefined when parts of it are in different files. */
  localRange?(offset: number, size: number): LocalRange | undefined;
  /** Only for uncompressed files: a stretch of the tar. */
  range?(offset: number, size: number): AsyncIterable<Uint8Array>;
  /** Which part, counted from 1, holds a byte of the tar file as it is stored; undefined where there are no parts. */
  partAt?(position: number): { readonly number: number; readonly path: string } | undefined;
  close(): Promise<void>;
}
