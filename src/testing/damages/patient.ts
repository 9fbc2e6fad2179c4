import { STORAGE_ROOT } from '../../registry/layout.ts';
import type { FindingKind } from '../../verify/kinds.ts';
import type { Image } from '../image.ts';
import { buildRegistry, type RegistryBuilder } from '../registry.ts';
import type { Manifest, RepositoryBuilder } from '../repository.ts';
import type { TreeEntry } from '../tree.ts';

/** A small sound registry, before anything happens to it. */
export interface Patient {
  readonly registry: RegistryBuilder;
  /** `team/app`, which holds all that follows but the last. */
  readonly app: RepositoryBuilder;
  /** Tagged `1.0`. */
  readonly image: Image;
  /** For two platforms, behind `index`. */
  readonly children: readonly [Image, Image];
  /** Tagged `multi`. */
  readonly index: Manifest;
  /** No tag points to it. */
  readonly untagged: Image;
  /** `zed:1.0`, which shares nothing with the others. */
  readonly other: Image;
  /** Puts something at a path below the storage. */
  readonly put: (path: string, entry: TreeEntry) => string;
}

export function patient(): Patient {
  const registry = buildRegistry('patient');
  const app = registry.repository('team/app');
  const image = app.image({ tag: '1.0', layers: [1000, 500] });
  const children = [
    app.image({ layers: [300] }),
    app.image({ platform: 'linux/arm64', layers: [301] }),
  ] as const;
  const index = app.index(children, { tag: 'multi' });
  const untagged = app.image({ layers: [77] });
  const other = registry.repository('zed').image({ tag: '1.0', layers: [99] });
  const put: Patient['put'] = (path, entry) => {
    const whole = `${STORAGE_ROOT}/${path}`;
    registry.tree.set(whole, entry);
    return whole;
  };
  return { registry, app, image, children, index, untagged, other, put };
}

/** One way in which storage goes wrong, or is odd, and what has to be said of it. */
export interface Damage {
  readonly name: string;
  /** May return the path that the finding has to name. */
  readonly make: (patient: Patient) => unknown;
  /** What is found, in the order of the kinds' names. */
  readonly kinds: readonly FindingKind[];
  /** Images that the finding names, besides; those of the first one that names any. */
  readonly references?: readonly string[];
  /** Needs a real file system: pipes and circles of links. */
  readonly onDisk?: true;
  /** Why a stock registry does not mind, where it should. */
  readonly unlikeRegistry?: string;
}

/** Puts something else in the place of what is there. */
export function putInPlace(registry: RegistryBuilder, path: string, entry: TreeEntry): string {
  registry.tree.delete(path);
  registry.tree.set(path, entry);
  return path;
}
