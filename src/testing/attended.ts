import type { StorageDriver } from '../storage/driver.ts';

/** A driver that tells each path that it is asked about, and answers when what `onAsk` returns is done. */
export function attendedDriver(
  driver: StorageDriver,
  onAsk: (path: string) => Promise<void> | undefined,
): StorageDriver {
  const answer = async <T>(path: string, ask: () => Promise<T>): Promise<T> => {
    await onAsk(path);
    return ask();
  };
  async function* each<T>(path: string, items: () => AsyncIterable<T>): AsyncGenerator<T> {
    await onAsk(path);
    yield* items();
  }
  return {
    name: driver.name,
    describe: path => driver.describe(path),
    stat: path => answer(path, () => driver.stat(path)),
    read: (path, limit) => answer(path, () => driver.read(path, limit)),
    list: path => each(path, () => driver.list(path)),
    stream: path => each(path, () => driver.stream(path)),
  };
}
