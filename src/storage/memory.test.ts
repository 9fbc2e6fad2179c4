import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { gather } from '../testing/gather.ts';
import { driverOf } from '../testing/tree.ts';
import { driverSuite, specialEntriesSuite } from './driver.suite.ts';
import { memoryDriver, type MemoryEntry } from './memory.ts';

for (const suite of [driverSuite, specialEntriesSuite]) {
  suite('memory driver', (_, files) => Promise.resolve(driverOf(files)));
}

describe('memory driver', () => {
  test('fails at a path, and below it, as it was told to', async () => {
    const driver = memoryDriver(
      new Map<string, MemoryEntry>([['a/secret', { fails: 'ACCESS_DENIED', as: 'directory' }]]),
    );
    for (const path of ['a/secret', 'a/secret/below']) {
      await assert.rejects(driver.stat(path), error => isScraperError(error, 'ACCESS_DENIED'));
    }
    assert.deepEqual(await gather(driver.list('a')), [{ name: 'secret', kind: 'directory' }]);
  });

  test('lists its root', async () => {
    const driver = memoryDriver(new Map([['a/b', new Uint8Array(1)]]));
    assert.deepEqual(await gather(driver.list('')), [{ name: 'a', kind: 'directory' }]);
    assert.equal((await driver.stat('')).kind, 'directory');
  });

  test('refuses a tree in which a file has files below it', () => {
    const entries = new Map([
      ['a', new Uint8Array()],
      ['a/b', new Uint8Array()],
    ]);
    assert.throws(() => memoryDriver(entries), TypeError);
  });

  test('yields chunks of the size it was told', async () => {
    const driver = memoryDriver(new Map([['a', new Uint8Array(10)]]), { chunkSize: 4 });
    const chunks = await gather(driver.stream('a'));
    assert.deepEqual(
      chunks.map(chunk => chunk.length),
      [4, 4, 2],
    );
  });
});
