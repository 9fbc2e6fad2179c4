/**
 * Builds registry storage for tests and for the demo: the same seed and the same calls give the same tree, in memory or
 * on disk. What a call leaves is what a stock registry leaves after the same push.
 *
 *     const registry = buildRegistry();
 *     const team = registry.repository('team/app');
 *     const image = team.image({ tag: '1.2', layers: [4000, 2000] });
 *     registry.flipBit(image.layer(1));
 *     const driver = registry.driver();          // or: await registry.write(directory)
 */
import { pathFor } from '../registry/layout.ts';
import type { StorageDriver } from '../storage/driver.ts';
import type { MemoryOptions } from '../storage/memory.ts';
import { breakers, type Breakers } from './breakers.ts';
import { blobOf, type Blob, type Contents } from './contents.ts';
import { seededRandom, uuid, type Random } from './random.ts';
import { repositoryBuilder, type RepositoryBuilder } from './repository.ts';
import { driverOf, listTree, writeTree, type Listing, type Tree } from './tree.ts';

export interface RegistryBuilder extends Breakers {
  /** Everything built so far, by path from the registry's root directory. May be changed by hand. */
  readonly tree: Tree;
  readonly random: Random;
  /** The repository of this name; nothing of it is in the tree before something is pushed. */
  repository(name: string): RepositoryBuilder;
  /** Stores a blob that no repository links: an orphan. */
  orphan(contents?: Contents): Blob;
  /** Makes it look like GitLab's registry with its metadata database. */
  databaseInUse(): void;
  /** What a registry leaves behind that died while it wrote: temporary files beside a blob. */
  litter(blob: Blob): void;
  /** A driver over the tree as it is now. */
  driver(options?: MemoryOptions): StorageDriver;
  /** Puts the tree as it is now below `directory`, which then is the registry's root directory. */
  write(directory: string): Promise<void>;
  /** The tree as text, to compare it with another. */
  listing(): Listing;
}

export function buildRegistry(seed: string | number = 1): RegistryBuilder {
  const tree: Tree = new Map();
  const random = seededRandom(seed);
  const store = (blob: Blob): Blob => {
    tree.set(pathFor({ kind: 'blob', digest: blob.stored }), blob.contents);
    return blob;
  };
  return {
    ...breakers(tree),
    tree,
    random,
    repository: name => repositoryBuilder({ tree, random, store }, name),
    orphan: (contents = 100) => store(blobOf(random, contents)),
    databaseInUse: () => void tree.set(pathFor({ kind: 'databaseInUse' }), new Uint8Array()),
    litter: blob => {
      const name = `${pathFor({ kind: 'blob', digest: blob.stored })}.${uuid(random)}.tmp`;
      tree.set(name, random.bytes(50));
    },
    driver: options => driverOf(tree, options),
    write: directory => writeTree(tree, directory),
    listing: () => listTree(tree),
  };
}
