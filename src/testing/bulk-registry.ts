import { mkdir, rename, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { seededRandom } from './random.ts';
import { buildRegistry, type RegistryBuilder } from './registry.ts';
import { tar } from './tar.ts';

/** A registry of many images that share base layers, as teams' registries do. Sizes are in bytes. */
export interface BulkShape {
  readonly images: number;
  /** How many neighbouring images share the same base layers. */
  readonly sharedBy: number;
  readonly sharedLayers: number;
  readonly sharedSize: number;
  readonly ownLayers: number;
  readonly ownSize: number;
}

const MiB = 2 ** 20;
const BATCH_BYTES = 64 * MiB;
const smallBlobs = { sharedBy: 8, sharedLayers: 0, sharedSize: 0, ownLayers: 99, ownSize: 2048 };
const sharedBlobs = { sharedBy: 2000, sharedLayers: 95, ownLayers: 2, sharedSize: 2048, ownSize: 2048 };
const layers = { sharedBy: 8, sharedLayers: 2, ownLayers: 3 };

export const bulkShapes = {
  /** 2 GiB in 240 blobs. */
  full: { ...layers, images: 40, sharedSize: 10 * MiB, ownSize: 16 * MiB },
  /** 104 MiB in 48 blobs. */
  quick: { ...layers, images: 8, sharedSize: 4 * MiB, ownSize: 4 * MiB },
  /** 20,000 blobs of 4 KiB on the disk, in 200 repositories. */
  manySmall: { ...smallBlobs, images: 200 },
  /** A twentieth of that. */
  fewSmall: { ...smallBlobs, images: 10 },
  /** 200,000 links to 6,300 blobs. */
  manyLinks: { ...sharedBlobs, images: 2000 },
  /** A hundredth of the links. */
  fewLinks: { ...sharedBlobs, images: 20 },
  /** 14 MiB in 96 blobs, each of more than one block of 256 KiB. */
  many: { ...layers, images: 16, sharedSize: 272 * 1024, ownSize: 272 * 1024 },
  /** 13 MiB. */
  small: { ...layers, images: 8, sharedSize: MiB / 2, ownSize: MiB / 2 },
} as const satisfies Record<string, BulkShape>;

export interface BulkRegistry {
  /** The registry's root directory. */
  readonly root: string;
  /** One for each image, `repository:tag`. */
  readonly references: readonly string[];
}

/**
 * The registry of this shape below `parent`, always with the same bytes. It is made when it is not there yet, and left
 * for the next time. Three images in four stand behind an index of one platform, as BuildKit pushes them; half of the
 * images are Docker schema2, half OCI.
 */
export async function bulkRegistry(shape: BulkShape, parent: string): Promise<BulkRegistry> {
  const references = Array.from({ length: shape.images }, (_, image) => `${repositoryOf(shape, image)}:1.0`);
  return { root: await madeOnce(parent, nameOf(shape), root => writeImages(shape, root)), references };
}

/** A registry with one image of one layer, which is a hole of `size` bytes in the disk, and takes no room there. */
export async function hugeBlobRegistry(size: number, parent: string): Promise<BulkRegistry> {
  const root = await madeOnce(parent, `huge-${String(size)}`, async directory => {
    const registry = buildRegistry('huge');
    registry.repository('huge').image({ tag: '1.0', layers: [{ zeros: size }], compression: 'none' });
    await registry.write(directory);
  });
  return { root, references: ['huge:1.0'] };
}

/** Throws unless the file system of `directory` has `bytes` to spare. */
export async function assertFreeSpace(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= bytes) return;
  const [needed, free] = [bytes, bavail * bsize].map(count => `${(count / 2 ** 30).toFixed(1)} GiB`);
  throw new Error(
    `${directory} needs ${String(needed)} of free space and has ${String(free)}: set TMPDIR to a larger disk`,
  );
}

const nameOf = (shape: BulkShape): string => `bulk-${Object.values(shape).join('-')}`;
const repositoryOf = ({ sharedBy }: BulkShape, image: number): string =>
  `team-${String(Math.floor(image / sharedBy) + 1)}/app-${String((image % sharedBy) + 1)}`;

/** Makes a directory whole or not at all. */
export async function madeOnce(
  parent: string,
  name: string,
  make: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = path.join(parent, name);
  const found = await stat(directory).catch(() => undefined);
  if (found !== undefined) return directory;
  const partial = `${directory}.${String(process.pid)}.partial`;
  await mkdir(parent, { recursive: true });
  try {
    await make(partial);
    await rename(partial, directory);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return directory;
}

/** Some at a time: so many that each blob is written but a few times, and so few that memory can hold them. */
async function writeImages(shape: BulkShape, root: string): Promise<void> {
  const size = shape.sharedLayers * shape.sharedSize + shape.ownLayers * shape.ownSize;
  const atOnce = Math.max(1, Math.floor(BATCH_BYTES / size));
  for (let first = 0; first < shape.images; first += atOnce) {
    const registry = buildRegistry(first);
    for (let image = first; image < Math.min(first + atOnce, shape.images); image++)
      addImage(registry, shape, image);
    await registry.write(root);
  }
}

function addImage(registry: RegistryBuilder, shape: BulkShape, image: number): void {
  const repository = registry.repository(repositoryOf(shape, image));
  const format = image % 2 === 0 ? 'docker' : 'oci';
  const group = Math.floor(image / shape.sharedBy);
  const shared = Array.from({ length: shape.sharedLayers }, (_, n) =>
    layer(`shared ${group}/${n}`, shape.sharedSize),
  );
  const own = Array.from({ length: shape.ownLayers }, (_, n) => layer(`own ${image}/${n}`, shape.ownSize));
  const tag = '1.0';
  if (image % 4 === 3) repository.image({ tag, format, layers: [...shared, ...own] });
  else repository.index([repository.image({ format, layers: [...shared, ...own] })], { tag, format });
}

/** A real layer, but packed without looking for patterns: there are none, and a client sees gzip all the same. */
function layer(seed: string, size: number): Buffer {
  return gzipSync(tar({ 'data.bin': seededRandom(seed).bytes(size) }), { level: 0 });
}
