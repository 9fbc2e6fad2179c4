import type { StorageDriver } from '../storage/driver.ts';
import type { RegistryBuilder } from './registry.ts';

/** When a registry changes, and how: after that path was first read or looked at. */
export interface Change {
  readonly after: string;
  readonly change: () => void;
}

/** A driver that shows `registry` as it is at each call, changed by what was due; each change is made once. */
export function livingDriver(
  registry: Pick<RegistryBuilder, 'driver'>,
  changes: readonly Change[] = [],
): StorageDriver {
  const due = new Set(changes);
  async function after<T>(path: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } finally {
      for (const one of [...due].filter(change => change.after === path)) {
        due.delete(one);
        one.change();
      }
    }
  }
  return {
    name: 'living',
    describe: path => registry.driver().describe(path),
    stat: path => after(path, registry.driver().stat(path)),
    list: path => registry.driver().list(path),
    read: (path, limit) => after(path, registry.driver().read(path, limit)),
    stream: path => registry.driver().stream(path),
  };
}
