import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isScraperError } from '../errors.ts';
import { gather } from '../testing/gather.ts';
import { plainDirectory, plainFile, rawEntry, tarOf } from '../testing/raw-tar.ts';
import { temporaryDirectory, type Tidied } from '../testing/temporary.ts';
import { noise } from '../testing/unverified.ts';
import { indexArchive } from './index-archive.ts';
import { openArchive, streamArchive, type OpenedArchive } from './open.ts';

const signal = new AbortController().signal;
const link = noise(71);
const manifest = noise(3000);
const layer = noise(500_000);
const packed = tarOf(
  plainFile('blobs/layer', layer),
  plainFile('blobs/manifest', manifest),
  plainFile('link', link),
  plainDirectory('uploads'),
  plainFile('blobs/other', layer),
);

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

const stream = (bytes: Uint8Array = packed): Promise<OpenedArchive> => streamArchive('stdin', once(bytes));

async function file(t: Tidied): Promise<OpenedArchive> {
  const path = join(await temporaryDirectory(t), 'app.tgz');
  await writeFile(path, gzipSync(packed));
  const archive = await openArchive(path);
  t.after(() => archive.close());
  return archive;
}

const keep = ({ path }: { readonly path: string }): boolean => path.endsWith('manifest');

describe('the index of an archive that passes by', () => {
  test('knows all entries', async () => {
    const driver = await indexArchive(await stream(), { signal });
    const names = await gather(driver.list('blobs'));
    assert.deepEqual(names.map(({ name }) => name).sort(), ['layer', 'manifest', 'other']);
    assert.equal((await driver.stat('blobs/layer')).size, layer.length);
    assert.equal((await driver.stat('uploads')).kind, 'directory');
    assert.equal(driver.localRange, undefined);
  });

  test('keeps links, and what it is told to keep', async () => {
    const driver = await indexArchive(await stream(), { signal, keep });
    assert.deepEqual(await driver.read('link', 256), link);
    assert.deepEqual(await driver.read('blobs/manifest', 4000), manifest);
    assert.deepEqual(Buffer.concat(await gather(driver.stream('blobs/manifest'))), manifest);
  });

  test('hands on everything else, in its order, taken or not', async () => {
    const taken: string[] = [];
    const driver = await indexArchive(await stream(), {
      signal,
      keep,
      async take(entry) {
        taken.push(entry.path);
        if (entry.path === 'blobs/layer') {
          assert.ok(Buffer.concat(await gather(entry.chunks())).equals(layer));
        }
      },
    });
    assert.deepEqual(taken, ['blobs/layer', 'blobs/other']);
    assert.deepEqual(await driver.read('link', 256), link);
  });

  test('cannot give what it did not keep of a stream', async () => {
    const driver = await indexArchive(await stream(), { signal });
    await assert.rejects(
      gather(driver.stream('blobs/layer')),
      error =>
        isScraperError(error, 'IO_ERROR') &&
        error.message.includes('stdin:blobs/layer: a stream cannot be read again'),
    );
  });

  test('reads again what it did not keep of a file', async t => {
    const driver = await indexArchive(await file(t), { signal });
    assert.ok(Buffer.concat(await gather(driver.stream('blobs/other'))).equals(layer));
    assert.deepEqual(await driver.read('blobs/manifest', 4000), manifest);
  });

  test('keeps no more than its limit', async () => {
    const keeping = { signal, keep, keepLimit: manifest.length + link.length };
    await indexArchive(await stream(), keeping);
    await assert.rejects(
      indexArchive(await stream(), { ...keeping, keepLimit: keeping.keepLimit - 1 }),
      error => isScraperError(error, 'ARCHIVE_INVALID') && error.message.endsWith('up to link'),
    );
  });

  test('keeps files of all sizes apart', async () => {
    const sizes = [0, 1, 200, 65_535, 65_536, 65_537, 1_000_000, 1_048_576, 2_000_000, 7];
    const entries = sizes.map(size => plainFile(String(size), noise(size)));
    const driver = await indexArchive(await stream(tarOf(...entries)), { signal, keep: () => true });
    for (const size of sizes)
      assert.ok(Buffer.from(await driver.read(String(size), 1e7)).equals(noise(size)));
  });

  test('fails as its archive and its user do', async () => {
    const hostile = await stream(tarOf(plainFile('a'), rawEntry({ name: '../b' })));
    await assert.rejects(indexArchive(hostile, { signal }), error =>
      isScraperError(error, 'ARCHIVE_INVALID'),
    );
    const cut = await stream(packed.subarray(0, 100_000));
    await assert.rejects(indexArchive(cut, { signal }), error => isScraperError(error, 'ARCHIVE_TRUNCATED'));
    const take = (): Promise<void> => Promise.reject(new Error('no room'));
    await assert.rejects(indexArchive(await stream(), { signal, take }), /no room/);
  });
});
