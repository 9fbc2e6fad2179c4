import assert from 'node:assert/strict';
import { stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isScraperError } from '../errors.ts';
import { driverSuite } from '../storage/driver.suite.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { gather } from '../testing/gather.ts';
import { besides, packTree, writePacked, writeParts, writeZstd } from '../testing/packed-tree.ts';
import { plainFile, rawEntry, tarOf } from '../testing/raw-tar.ts';
import { temporaryDirectory, type Tidied } from '../testing/temporary.ts';
import { noise } from '../testing/unverified.ts';
import { archiveDriver, isPlain, type PlainArchive } from './driver.ts';
import { indexArchive } from './index-archive.ts';
import { openArchive, type OpenedArchive } from './open.ts';
import { partName } from './parts.ts';

const signal = new AbortController().signal;

async function opened(t: Tidied, path: string): Promise<OpenedArchive> {
  const archive = await openArchive(path);
  t.after(() => archive.close());
  return archive;
}

async function plain(t: Tidied, path: string): Promise<OpenedArchive & PlainArchive> {
  const archive = await opened(t, path);
  assert.ok(isPlain(archive));
  return archive;
}

async function driverOver(t: Tidied, path: string): Promise<StorageDriver> {
  return archiveDriver(await plain(t, path), signal);
}

const place = async (t: Tidied): Promise<string> => join(await temporaryDirectory(t), 'app.tar');

driverSuite('archive driver', async (t, files) => {
  const path = await place(t);
  await writePacked(packTree(files), path);
  return driverOver(t, path);
});

driverSuite('archive driver over parts', async (t, files) => {
  const path = await place(t);
  const pieces = packTree(files);
  await writeParts(pieces, 1024 ** 3, besides(path));
  const { size } = await stat(partName(path, 1));
  if (size < 1024 ** 3) await writeParts(pieces, Math.max(700, Math.ceil(size / 40)), besides(path));
  return driverOver(t, path);
});

driverSuite('driver over a compressed archive', async (t, files) => {
  const path = await place(t);
  await writeZstd(packTree(files), path);
  return indexArchive(await opened(t, path), { signal, keep: ({ size }) => size < 100_000 });
});

describe('archive driver', () => {
  test('tells where bytes are, unless they are in two parts', async t => {
    const path = await place(t);
    const pieces = packTree(
      new Map([
        ['a', noise(1000)],
        ['b', noise(3000)],
        ['empty', noise(0)],
      ]),
    );
    await writeParts(pieces, 2048, besides(path));
    const driver = await driverOver(t, path);
    assert.deepEqual(await driver.localRange?.('a'), { path: partName(path, 1), offset: 512 });
    assert.equal(await driver.localRange?.('b'), undefined);
    assert.ok(await driver.localRange?.('empty'));
    assert.ok(Buffer.concat(await gather(driver.stream('b'))).equals(noise(3000)));
  });

  test('says when a file was changed, as the archive has it', async t => {
    const path = await place(t);
    await writeFile(path, tarOf(rawEntry({ name: 'a/link', modified: 1_700_000_000 }, 'x')));
    const driver = await driverOver(t, path);
    assert.equal((await driver.stat('a/link')).modified, 1_700_000_000_000);
    assert.equal((await driver.stat('a')).modified, 0);
  });

  test('refuses an archive that must not be unpacked', async t => {
    const path = await place(t);
    await writeFile(path, tarOf(plainFile('a'), rawEntry({ name: 'b', type: '2' })));
    await assert.rejects(driverOver(t, path), error => isScraperError(error, 'ARCHIVE_INVALID'));
    await writeFile(path, tarOf(plainFile('a')).subarray(0, -1024));
    await assert.rejects(driverOver(t, path), error => isScraperError(error, 'ARCHIVE_TRUNCATED'));
  });

  test('notices that the archive became shorter', async t => {
    const path = await place(t);
    await writeFile(path, tarOf(plainFile('a', noise(5000))));
    const driver = await driverOver(t, path);
    await truncate(path, 3000);
    for (const work of [() => driver.read('a', 10_000), () => gather(driver.stream('a'))]) {
      await assert.rejects(
        work(),
        error => isScraperError(error, 'IO_ERROR') && error.message.includes('not what it was'),
      );
    }
  });

  test('stops when it is told to', async t => {
    const path = await place(t);
    await writeFile(path, tarOf(plainFile('a')));
    const archive = await plain(t, path);
    await assert.rejects(archiveDriver(archive, AbortSignal.abort(new Error('enough'))), /enough/);
  });

  test('does not read the bytes that it passes over', { timeout: 20_000 }, async t => {
    const path = await place(t);
    const size = 10 * 1024 ** 3;
    await writePacked(
      packTree(new Map(Array.from({ length: 100 }, (_, at) => [String(at), { zeros: size }]))),
      path,
    );
    const driver = await driverOver(t, path);
    assert.equal((await driver.stat('99')).size, size);
  });
});

test('an archive that is compressed is not plain', async t => {
  const path = await place(t);
  await writeFile(path, gzipSync(tarOf(plainFile('a'))));
  assert.equal(isPlain(await opened(t, path)), false);
});
