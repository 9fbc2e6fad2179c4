import type { Digest } from '../oci/digest.ts';

/** A blob that a site has. */
export interface InventoryBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface InventoryTag {
  readonly repository: string;
  readonly tag: string;
  /** What the tag points to, whether the site has that blob or not. */
  readonly digest: Digest;
}

export interface InventoryTotals {
  readonly blobs: number;
  /** Bytes of all blobs. */
  readonly bytes: number;
  /** Repositories with tags. */
  readonly repositories: number;
  readonly tags: number;
}

/** What a site has: its blobs with their sizes, and its tags. Takes 40 bytes of memory for a blob. */
export interface Inventory {
  /** SHA-256 of the content: the same for the same blobs and tags, however they are compressed. */
  readonly digest: Digest;
  readonly totals: InventoryTotals;
  /** Whether there is a blob of this digest and of this size in bytes. */
  has(digest: Digest, size: number): boolean;
  /** Bytes; undefined for a blob that is not there. */
  sizeOf(digest: Digest): number | undefined;
  /** By algorithm, and then in ascending order. */
  blobs(): Iterable<InventoryBlob>;
  /** In ascending order of repository and tag. */
  tags(): Iterable<InventoryTag>;
  /** What stands in the file, before compression (see codec.ts), in pieces, of which each is overwritten by the next. */
  content(): Iterable<Uint8Array>;
}
