import { ScraperError } from '../errors.ts';
import type { FileInfo, LocalRange, StorageDriver } from '../storage/driver.ts';
import { notADirectory, notAFile, pathUnknown, tooLong } from '../storage/failures.ts';
import { checkPath } from '../storage/path.ts';
import type { PathTree, TreeNode } from './path-tree.ts';

/** What a driver over an archive is made of. */
export interface TreeDriverParts {
  /** The archive, as the operator named it. */
  readonly archive: string;
  readonly tree: PathTree;
  /** The bytes of a file in the tree. */
  readonly bytes: (path: string, node: TreeNode) => AsyncIterable<Uint8Array>;
  readonly localRange?: (node: TreeNode) => LocalRange | undefined;
}

/** The storage driver's contract over an index in memory. */
export function treeDriver({ archive, tree, bytes, localRange }: TreeDriverParts): StorageDriver {
  const describe = (path: string): string => `${archive}:${path}`;

  function find(path: string): TreeNode {
    checkPath(path, describe);
    const node = tree.get(path);
    if (node === undefined) throw pathUnknown(describe(path));
    return node;
  }

  function findFile(path: string): TreeNode {
    const node = find(path);
    if (node.kind === 'directory') throw notAFile(describe(path), 'a directory');
    return node;
  }

  async function* stream(path: string): AsyncGenerator<Uint8Array> {
    const node = findFile(path);
    let left = node.size;
    for await (const chunk of bytes(path, node)) {
      left -= chunk.length;
      yield chunk;
    }
    if (left !== 0) throw changed(describe(path));
  }

  return {
    name: 'archive',
    describe,
    stat: path =>
      attempt((): FileInfo => {
        const { kind, size, modified } = find(path);
        return { kind, size, modified };
      }),
    async *list(path) {
      const { kind } = await attempt(() => find(path));
      if (kind === 'file') throw notADirectory(describe(path));
      yield* tree.list(path) ?? [];
    },
    async read(path, limit) {
      const { size } = findFile(path);
      if (size > limit) throw tooLong(describe(path), limit, size);
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream(path)) chunks.push(chunk);
      return chunks.length === 1 ? (chunks[0] ?? empty) : Buffer.concat(chunks);
    },
    stream,
    ...(localRange && { localRange: (path: string) => attempt(() => localRange(findFile(path))) }),
  };
}

const empty = Buffer.alloc(0);

async function attempt<T>(work: () => T): Promise<T> {
  return await Promise.resolve().then(work);
}

function changed(path: string): ScraperError {
  return new ScraperError(
    'IO_ERROR',
    `cannot read ${path}: the archive is not what it was when it was opened`,
    {
      path,
      hint: 'let nothing write to the archive while it is read, and run the same command again',
    },
  );
}
