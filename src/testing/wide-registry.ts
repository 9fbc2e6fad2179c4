import { buildRegistry } from './registry.ts';
import { madeOnce, type BulkRegistry } from './bulk-registry.ts';
import { writeTree, type Tree } from './tree.ts';

/** A registry of very many names. */
export interface WideShape {
  readonly repositories: number;
  readonly tags: number;
}

/** Repositories written at once, so that memory holds no more than those. */
const BATCH = 500;

/** Name of the repository at a position; ten of them share a path. */
export const wideRepository = (position: number): string =>
  `group-${String(Math.floor(position / 10))}/app-${String(position)}`;

/**
 * A registry of this shape below `parent`, made when it is not there yet. All tags point to the same small image, which
 * keeps it to a minimum of blobs: what it has many of is directories and links, as far as a registry reads them.
 */
export async function wideRegistry({ repositories, tags }: WideShape, parent: string): Promise<BulkRegistry> {
  const root = await madeOnce(parent, `wide-${String(repositories)}x${String(tags)}`, async directory => {
    for (let from = 0; from < repositories; from += BATCH) {
      const tree: Tree = new Map();
      for (let position = from; position < Math.min(from + BATCH, repositories); position++) {
        const registry = buildRegistry('wide');
        const repository = registry.repository(wideRepository(position));
        const image = repository.image({ layers: [200] });
        for (let tag = 0; tag < tags; tag++) repository.tag(`1.${String(tag)}.0`, image);
        for (const [path, entry] of registry.tree) if (!path.includes('/index/')) tree.set(path, entry);
      }
      await writeTree(tree, directory);
    }
  });
  return { root, references: [`${wideRepository(repositories - 1)}:1.0.0`] };
}

/** A registry below `parent` with one image and `manifests` others in its repository, every hundredth about that image. */
export async function crowdedRegistry(manifests: number, parent: string): Promise<BulkRegistry> {
  const root = await madeOnce(parent, `crowded-${String(manifests)}`, async directory => {
    const first = buildRegistry('crowded');
    const image = first.repository('crowded').image({ tag: '1.0', layers: [200] });
    await first.write(directory);
    for (let from = 0; from < manifests; from += BATCH) {
      const registry = buildRegistry(`crowded ${String(from)}`);
      const repository = registry.repository('crowded');
      for (let position = from; position < Math.min(from + BATCH, manifests); position++) {
        if (position % 100 === 0) repository.artifact({ subject: image, layers: ['report'] });
        else repository.artifact({ layers: ['report'], annotations: { position: String(position) } });
      }
      await registry.write(directory);
    }
  });
  return { root, references: ['crowded:1.0'] };
}
