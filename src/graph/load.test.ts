import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registrySource } from '../registry/source.ts';
import { attendedDriver } from '../testing/attended.ts';
import { buildRegistry } from '../testing/registry.ts';
import type { Manifest } from '../testing/repository.ts';
import { manifestLoader } from './load.ts';

test('remembers the manifests read last, as far as it may, and reads the others again', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const manifests = ['0', '1', '2', '3', '4', '5'].map(name => app.index([], { annotations: { name } }));
  const [{ size } = { size: NaN }] = manifests;
  assert.ok(manifests.every(manifest => manifest.size === size));
  // so many of them: as much as may be, and one byte less than one more
  for (const [most, kept] of [
    [0, 0],
    [size, 1],
    [2 * size - 1, 1],
    [2 * size, 2],
    [4 * size - 1, 3],
  ] as const) {
    const asked: string[] = [];
    const driver = attendedDriver(registry.driver(), path => void asked.push(path));
    const load = manifestLoader(
      registrySource(driver, () => undefined),
      most,
    );
    const isRead = async ({ digest }: Manifest): Promise<boolean> => {
      const before = asked.length;
      assert.equal((await load(digest, digest)).digest, digest);
      return asked.length > before;
    };
    for (const [at, manifest] of manifests.entries()) {
      assert.ok(await isRead(manifest));
      const last = manifests.slice(0, at + 1).slice(kept === 0 ? at + 1 : -kept);
      for (const one of last) assert.ok(!(await isRead(one)), `${String(most)} ${String(at)}`);
    }
    // again and again it is the same number
    for (const manifest of [...manifests, ...manifests]) await isRead(manifest);
    const read: boolean[] = [];
    for (const manifest of manifests.toReversed()) read.push(await isRead(manifest));
    assert.deepEqual(read.slice(0, kept), Array(kept).fill(false), String(most));
    assert.ok(read.slice(kept).every(Boolean), String(most));
    const [first] = manifests;
    assert.ok(first);
  }
});
