import type { StorageDriver } from '../storage/driver.ts';

export interface LateDriver extends StorageDriver {
  /** All paths that were asked for so far, each once. */
  readonly asked: ReadonlySet<string>;
}

/** A driver that answers about `late` only when everything else that could be done meanwhile is done. */
export function lateDriver(driver: StorageDriver, late?: string): LateDriver {
  const asked = new Set<string>();
  const answer = async <T>(path: string, ask: () => Promise<T>): Promise<T> => {
    asked.add(path);
    if (path === late) await new Promise(resolve => setTimeout(resolve, 5));
    return ask();
  };
  async function* each<T>(path: string, items: () => AsyncIterable<T>): AsyncGenerator<T> {
    yield* await answer(path, () => Promise.resolve(items()));
  }
  return {
    asked,
    name: driver.name,
    describe: path => driver.describe(path),
    stat: path => answer(path, () => driver.stat(path)),
    read: (path, limit) => answer(path, () => driver.read(path, limit)),
    list: path => each(path, () => driver.list(path)),
    stream: path => each(path, () => driver.stream(path)),
  };
}
