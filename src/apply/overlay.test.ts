import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError, ScraperError } from '../errors.ts';
import { pathFor } from '../registry/layout.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { memoryDriver, type MemoryEntry } from '../storage/memory.ts';
import { gather } from '../testing/gather.ts';
import { digestFor } from '../testing/inventory.ts';
import { overlayDriver } from './overlay.ts';

const [mine, both, theirs, none] = ['mine', 'both', 'theirs', 'none'].map(name =>
  pathFor({ kind: 'blob', digest: digestFor(name) }),
) as [string, string, string, string];
const tag = pathFor({ kind: 'tagLink', repository: 'app', tag: '1' });
const entries = (which: string, ...paths: readonly string[]): Map<string, MemoryEntry> =>
  new Map(paths.map(path => [path, Buffer.from(`${which} bytes`)]));
const upper = memoryDriver(entries('upper', mine, both), { prefix: 'upper:' });
const lower = memoryDriver(entries('lower', both, theirs, tag), { prefix: 'lower:' });
const driver = overlayDriver(upper, lower);
const unknown = (error: unknown): boolean => isScraperError(error, 'PATH_UNKNOWN');

async function textAt(path: string): Promise<string[]> {
  const streamed = Buffer.concat(await gather(driver.stream(path))).toString();
  const { size } = await driver.stat(path);
  return [streamed, Buffer.from(await driver.read(path, size)).toString()];
}

test('a blob is that of the upper one, and where it has none that of the lower one', async () => {
  assert.deepEqual(await textAt(mine), ['upper bytes', 'upper bytes']);
  assert.deepEqual(await textAt(both), ['upper bytes', 'upper bytes']);
  assert.deepEqual(await textAt(theirs), ['lower bytes', 'lower bytes']);
  await assert.rejects(textAt(none), unknown);
});

test('links and lists are those of the upper one alone', async () => {
  await assert.rejects(driver.stat(tag), unknown);
  await assert.rejects(driver.read(tag, 100), unknown);
  await assert.rejects(gather(driver.stream(tag)), unknown);
  await assert.rejects(gather(driver.list('docker/registry/v2/repositories')), unknown);
  assert.deepEqual(await gather(driver.list('docker/registry/v2')), [{ name: 'blobs', kind: 'directory' }]);
});

test('messages name the place that a blob was found in', async () => {
  const fresh = overlayDriver(upper, lower);
  for (const path of [mine, both, theirs, none, tag])
    assert.equal(fresh.describe(path), upper.describe(path));
  for (const path of [mine, both, theirs]) await fresh.stat(path);
  await assert.rejects(fresh.stat(none), unknown);
  assert.equal(fresh.describe(theirs), 'lower:' + theirs);
  for (const path of [mine, both, none]) assert.equal(fresh.describe(path), upper.describe(path));
});

test('a failure of the upper one is one, and the lower one is not asked', async () => {
  const denied = (): Promise<never> => Promise.reject(new ScraperError('ACCESS_DENIED', 'denied'));
  const failing = overlayDriver({ ...upper, stat: denied, read: denied }, lower);
  await assert.rejects(failing.stat(both), error => isScraperError(error, 'ACCESS_DENIED'));
  await assert.rejects(failing.read(both, 9), error => isScraperError(error, 'ACCESS_DENIED'));
});

test('where on disk a blob is, is told by whichever has it', async () => {
  const local = (one: StorageDriver, path: string): StorageDriver => ({
    ...one,
    async localRange(asked) {
      await one.stat(asked);
      return { path };
    },
  });
  const found = async (one: StorageDriver, path: string): Promise<unknown> => one.localRange?.(path);
  const onDisk = overlayDriver(local(upper, '/upper'), local(lower, '/lower'));
  assert.deepEqual(await found(onDisk, both), { path: '/upper' });
  assert.deepEqual(await found(onDisk, theirs), { path: '/lower' });
  await assert.rejects(found(onDisk, none), unknown);
  const streamed = overlayDriver(upper, local(lower, '/lower'));
  assert.equal(await found(streamed, both), undefined);
  assert.deepEqual(await found(streamed, theirs), { path: '/lower' });
});
