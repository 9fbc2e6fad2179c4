import { CHUNK_ROWS, digestTable, type DigestTable } from './digest-table.ts';

/** What is known of a blob. */
export const marks = {
  /** It stands in the storage, sound or not. */
  stored: 1,
  /** It is known to be elsewhere, in what a delta was made against. */
  based: 2,
  /** It was looked for and is in neither place. */
  absent: 4,
  /** A manifest that garbage collection goes by names it, or it is such a manifest. */
  kept: 8,
  /** Something damaged names it, which will need it when it is mended. */
  held: 16,
  /** A worker hashes it, or has done so, or it was read whole and hashed. */
  hashed: 32,
  /** Something is wrong with it, which was said. */
  bad: 64,
  /** A manifest wants it, whether it is there or not. */
  wanted: 128,
  /** Something that is served leads to it, but nothing that garbage collection goes by. */
  doomed: 256,
} as const;

/** Every blob that was seen or spoken of, in 50 bytes each: some registries have millions. */
export interface BlobIndex extends DigestTable {
  has(row: number, mark: number): boolean;
  mark(row: number, mark: number): void;
  unmark(row: number, mark: number): void;
  /** Bytes. */
  size(row: number): number;
  setSize(row: number, size: number): void;
  /** Whether the repository of this number, which counts from 1, links it as a layer. */
  isLayerOf(row: number, repository: number): boolean;
  setLayerOf(row: number, repository: number): void;
  /** Whether the repository has it as a revision. */
  isRevisionOf(row: number, repository: number): boolean;
  setRevisionOf(row: number, repository: number): void;
}

export function blobIndex(): BlobIndex {
  const table = digestTable();
  const state = column(rows => new Uint16Array(rows));
  const sizes = column(rows => new Float64Array(rows));
  // of all repositories only the one that is being looked at matters, so a number does instead of a set for each
  const layers = column(rows => new Uint32Array(rows));
  const revisions = column(rows => new Uint32Array(rows));
  return {
    get rows() {
      return table.rows;
    },
    find: digest => table.find(digest),
    add: digest => table.add(digest),
    digest: row => table.digest(row),
    has: (row, mark) => (state.get(row) & mark) !== 0,
    mark: (row, mark) => {
      state.set(row, state.get(row) | mark);
    },
    unmark: (row, mark) => {
      state.set(row, state.get(row) & ~mark);
    },
    size: row => sizes.get(row),
    setSize: (row, size) => {
      sizes.set(row, size);
    },
    isLayerOf: (row, repository) => layers.get(row) === repository,
    setLayerOf: (row, repository) => {
      layers.set(row, repository);
    },
    isRevisionOf: (row, repository) => revisions.get(row) === repository,
    setRevisionOf: (row, repository) => {
      revisions.set(row, repository);
    },
  };
}

type Numbers = Uint16Array | Uint32Array | Float64Array;

/** Rows of some blobs, the largest first. */
export function rowsBySize(blobs: BlobIndex, wanted: (row: number) => boolean): Uint32Array {
  const rows = new Uint32Array(blobs.rows);
  let count = 0;
  for (let row = 0; row < blobs.rows; row += 1) {
    if (!wanted(row)) continue;
    rows[count] = row;
    count += 1;
  }
  return rows.subarray(0, count).sort((a, b) => blobs.size(b) - blobs.size(a));
}

interface Column {
  get(row: number): number;
  set(row: number, value: number): void;
}

/** Numbers by row, 0 where none was set, in chunks that are made when they are first written to. */
function column(make: (rows: number) => Numbers): Column {
  const chunks: Numbers[] = [];
  return {
    get: row => chunks[Math.floor(row / CHUNK_ROWS)]?.[row % CHUNK_ROWS] ?? 0,
    set(row, value) {
      const place = Math.floor(row / CHUNK_ROWS);
      while (chunks.length <= place) chunks.push(make(CHUNK_ROWS));
      const chunk = chunks[place];
      if (chunk) chunk[row % CHUNK_ROWS] = value;
    },
  };
}
