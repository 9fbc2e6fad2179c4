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
  /** A whole small file. Reads at most `limit` bytes and throws `SIZE_INVALID` when there are more. */
  read(path: string, limit: number): Promise<Uint8Array>;
  /** A file's bytes from the start, in chunks of any size. */
  stream(path: string): AsyncIterable<Uint8Array>;
  /**
   * Only on drivers over local files: where the file really is, with every symbolic link resolved and checked, so that a
   * sink may read, clone or hard-link it without going through this process' streams.
   */
  localPath?(path: string): Promise<string>;
}
