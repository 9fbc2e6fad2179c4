import type { Blob } from './contents.ts';
import type { Image } from './image.ts';
import { buildRegistry, type RegistryBuilder } from './registry.ts';
import type { Manifest, RepositoryBuilder } from './repository.ts';

export interface SharingImages {
  readonly registry: RegistryBuilder;
  /** `team/app` */
  readonly app: RepositoryBuilder;
  /** 3000 bytes, in both images. */
  readonly base: Blob;
  /** Tagged `1`; its other layer has 700 bytes. */
  readonly first: Image;
  /** Tagged `2`, for linux/arm64; its other layer has 500 bytes. */
  readonly second: Image;
  /** Of the two images, tagged `both`. */
  readonly index: Manifest;
}

/** Two images with one layer in common, each with one of its own, and an index of both. */
export function sharingImages(): SharingImages {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  const base = app.blob(3000);
  const first = app.image({ tag: '1', layers: [base, 700] });
  const second = app.image({ tag: '2', layers: [base, 500], platform: 'linux/arm64' });
  return { registry, app, base, first, second, index: app.index([first, second], { tag: 'both' }) };
}

/** Bytes of an image's blobs, its manifest among them. */
export function sizeOf({ size, config, layers }: Image): number {
  return [{ size }, config, ...layers].reduce((sum, blob) => sum + blob.size, 0);
}
