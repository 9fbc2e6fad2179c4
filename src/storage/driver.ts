/** One entry of a directory. `other` is anything that is neither: a socket, a device, a link that leads nowhere. */
export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
}

export interface FileInfo {
  readonly kind: 'file' | 'directory';
  /** In bytes; 0 for a directory. */
  readonly size: number;
  /** Last modification, milliseconds since the epoch. */
  readonly modified: number;
}

/** What stands under a certain name in a directory. */
export interface Leaf {
  /** Of the directory. */
  readonly name: string;
  /** Bytes of the file. Undefined for anything but a plain file in a plain directory: {@link StorageDriver.stat} tells what. */
  readonly size: number | undefined;
}

/** Where bytes are on this machine. */
export interface LocalRange {
  /** A plain file, with every symbolic link resolved and checked. */
  readonly path: string;
  /** Set when they are a stretch of the file, not all of it: where they begin, in bytes. */
  readonly offset?: number;
}

/**
 * Read-only access to the storage behind a registry. Paths are relative, with `/`, and start at the registry's root
 * directory (`docker/registry/v2/…`); object stores map them to keys. Every driver passes the suite in driver.suite.ts.
 *
 * All methods throw ScraperError: `PATH_UNKNOWN` (nothing there), `NOT_A_FILE` (a directory, device or other thing where a
 * file was asked for), `OUTSIDE_ROOT` (a symbolic link that leaves the root, or a path with `..`), `ACCESS_DENIED`,
 * `IO_ERROR`; each with `details.path` set to {@link describe}(path).
 */
export interface StorageDriver {
  /** Kind of storage: `filesystem`, `memory`, … */
  readonly name: string;
  /** The place as an operator would name it, for messages. */
  describe(path: string): string;
  stat(path: string): Promise<FileInfo>;
  /** Direct children of a directory, in no particular order. */
  list(path: string): AsyncIterable<Entry>;
  /**
   * Only on drivers that can do it several times faster than by {@link list} and {@link stat}: what is called `leaf` in each
   * of the directories directly below `path`, in no particular order. Directories without it are left out. Fails as `list`
   * does, and with `ACCESS_DENIED` or `IO_ERROR`.
   */
  leaves?(path: string, leaf: string): Promise<readonly Leaf[]>;
  /** A whole small file. Reads at most `limit` bytes and throws `SIZE_INVALID` when there are more. */
  read(path: string, limit: number): Promise<Uint8Array>;
  /** A file's bytes from the start, in chunks of any size. */
  stream(path: string): AsyncIterable<Uint8Array>;
  /**
   * Only on drivers over local files: where the bytes really are, so that a sink may read, clone or hard-link them without going
   * through this process' streams; undefined where they are not in one piece.
   */
  localRange?(path: string): Promise<LocalRange | undefined>;
}
