import type { Digest } from '../oci/digest.ts';

/** What is compared of a registry, a bundle or an inventory. */
export interface Contents {
  /** In the order of their digests. */
  blobs(): Iterable<Blob>;
  /** In the order of repositories, and of tags within one. */
  tags(): Iterable<Tag>;
}

interface Blob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

interface Tag {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
}

/** A tag that is not the same on both sides. `before` is null where it is new, `after` where it is gone. */
export interface TagDifference {
  readonly repository: string;
  readonly tag: string;
  readonly before: Digest | null;
  readonly after: Digest | null;
}

/** Blobs of one kind, counted. */
export interface BlobCount {
  readonly blobs: number;
  readonly bytes: number;
}

/** How `B` differs from `A`. */
export interface Difference {
  /** By repository and tag. */
  readonly tags: readonly TagDifference[];
  readonly added: BlobCount;
  readonly removed: BlobCount;
  readonly common: BlobCount;
  /** The same digest with another size: one of the two is damaged. By digest. */
  readonly resized: readonly { readonly digest: Digest; readonly before: number; readonly after: number }[];
  readonly commonTags: number;
  readonly same: boolean;
}

/** Compares two registries by their tags and blobs, side by side, so that it takes no memory but for what differs. */
export function diff(a: Contents, b: Contents): Difference {
  const tags: TagDifference[] = [];
  let commonTags = 0;
  const byName = (x: Tag, y: Tag): number => compare(x.repository, y.repository) || compare(x.tag, y.tag);
  walk(a.tags(), b.tags(), byName, (before, after) => {
    const { repository = '', tag = '' } = before ?? after ?? {};
    if (before?.digest === after?.digest) commonTags += 1;
    else tags.push({ repository, tag, before: before?.digest ?? null, after: after?.digest ?? null });
  });
  const [added, removed, common] = [emptyCount(), emptyCount(), emptyCount()];
  const resized: { digest: Digest; before: number; after: number }[] = [];
  const byDigest = (x: Blob, y: Blob): number => compare(x.digest, y.digest);
  walk(a.blobs(), b.blobs(), byDigest, (before, after) => {
    if (!before) count(added, after);
    else if (!after) count(removed, before);
    else if (before.size === after.size) count(common, after);
    else resized.push({ digest: after.digest, before: before.size, after: after.size });
  });
  const same = tags.length === 0 && added.blobs + removed.blobs + resized.length === 0;
  return { tags, added, removed, common, resized, commonTags, same };
}

const emptyCount = (): { blobs: number; bytes: number } => ({ blobs: 0, bytes: 0 });

function count(sum: { blobs: number; bytes: number }, blob: Blob | undefined): void {
  sum.blobs += 1;
  sum.bytes += blob?.size ?? 0;
}

/** Goes through two sorted lists at once and calls `visit` with what is equal, or on one side only. */
function walk<T>(
  left: Iterable<T>,
  right: Iterable<T>,
  order: (a: T, b: T) => number,
  visit: (left: T | undefined, right: T | undefined) => void,
): void {
  const [a, b] = [left[Symbol.iterator](), right[Symbol.iterator]()];
  let [x, y] = [a.next(), b.next()];
  while (x.done !== true || y.done !== true) {
    const side = x.done === true ? 1 : y.done === true ? -1 : order(x.value, y.value);
    visit(side <= 0 ? (x.value as T) : undefined, side >= 0 ? (y.value as T) : undefined);
    if (side <= 0) x = a.next();
    if (side >= 0) y = b.next();
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
