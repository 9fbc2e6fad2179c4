import { pathFor } from '../registry/layout.ts';
import type { Blob } from './contents.ts';
import type { Tree, TreeEntry } from './tree.ts';

/** What is to be damaged: a path from the registry's root directory, or the data of a blob. */
export type Target = string | Pick<Blob, 'stored'>;

/** Ways in which storage goes wrong. Each returns the path it damaged. */
export interface Breakers {
  /** Flips one bit; the size stays. @param bit counted from the file's first byte, the middle byte's lowest if absent */
  flipBit(target: Target, bit?: number): string;
  /** Keeps only the first `size` bytes. */
  truncate(target: Target, size: number): string;
  /** Puts `bytes` behind the end. */
  append(target: Target, bytes: string | Uint8Array): string;
  /** Sets the size to zero. */
  makeEmpty(target: Target): string;
  /** Removes a file, or a directory with everything in it; its parent stays, maybe empty. */
  remove(target: Target): string;
  /** Puts something else there: a text, or any entry of a tree (`'directory'` and `'fifo'` mean these, not a text). */
  replace(target: Target, entry: Exclude<TreeEntry, 'directory' | 'fifo'> | string): string;
  /** Where the data of a blob is. */
  pathOf(target: Target): string;
}

export function breakers(tree: Tree): Breakers {
  const pathOf = (target: Target): string =>
    typeof target === 'string' ? target : pathFor({ kind: 'blob', digest: target.stored });

  /** Damages a copy: other blobs may share the bytes. */
  const edit = (target: Target, change: (bytes: Buffer) => Uint8Array): string => {
    const path = pathOf(target);
    const entry = tree.get(path);
    if (!(entry instanceof Uint8Array)) throw new TypeError(`${path} is no file that can be changed`);
    tree.set(path, change(Buffer.from(entry)));
    return path;
  };

  return {
    pathOf,
    flipBit: (target, bit) =>
      edit(target, bytes => {
        const position = bit ?? Math.floor(bytes.length / 2) * 8;
        const index = Math.floor(position / 8);
        bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << (position % 8)), index);
        return bytes;
      }),
    truncate: (target, size) => edit(target, bytes => bytes.subarray(0, size)),
    append: (target, bytes) => edit(target, before => Buffer.concat([before, Buffer.from(bytes)])),
    makeEmpty: target => edit(target, () => new Uint8Array()),
    remove: target => removeFrom(tree, pathOf(target)),
    replace: (target, entry) => {
      const path = removeFrom(tree, pathOf(target));
      tree.set(
        path,
        typeof entry === 'string' && entry !== 'directory' && entry !== 'fifo' ? Buffer.from(entry) : entry,
      );
      return path;
    },
  };
}

/** Takes away `path` and all below it. What it stood in stays as a directory, as it does on disk. */
export function removeFrom(tree: Tree, path: string): string {
  const doomed = [...tree.keys()].filter(name => name === path || name.startsWith(`${path}/`));
  if (doomed.length === 0) throw new RangeError(`${path} is not in the tree`);
  for (const name of doomed) tree.delete(name);
  const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
  if (parent !== '') tree.set(parent, 'directory');
  return path;
}
