import assert from 'node:assert/strict';
import { readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isScraperError, type ErrorCode } from '../errors.ts';
import { pathFor } from '../registry/layout.ts';
import { registrySource } from '../registry/source.ts';
import { call } from '../testing/call.ts';
import { gather } from '../testing/gather.ts';
import { packed, unpacked } from '../testing/packed-bundle.ts';
import { shippingPlace } from '../testing/shipping-place.ts';
import { readVerifyKey } from './named-archive.ts';
import { isArchive, openRegistry } from './open-registry.ts';
import type { OpenedRegistry, OpenRegistryOptions } from './opened-registry.ts';

const signal = new AbortController().signal;
const repositories = ['other', 'team/app'];

async function tagsOf({ driver }: OpenedRegistry): Promise<readonly string[]> {
  const source = registrySource(driver, () => undefined);
  assert.deepEqual((await gather(source.repositories())).sort(), repositories);
  return (await gather(source.tags('team/app'))).sort();
}

async function refused(opening: Promise<unknown>, code: ErrorCode, says: RegExp): Promise<void> {
  await assert.rejects(opening, (error: unknown) => {
    assert.ok(isScraperError(error, code), String(error));
    assert.match(error.message, says);
    return true;
  });
}

test('a directory and archives of every form are the same registry', async t => {
  const { at, pack } = await shippingPlace(t);
  const outputs = ['out', 'x.tar', 'x.tar.gz', 'x.tar.zst'];
  for (const output of outputs) await pack(output);
  await pack('s.tar', '--split', '64KiB');
  const seen: (readonly string[])[] = [];
  for (const name of [...outputs, 's.tar', 's.tar.001', 's.tar.sha256']) {
    const opened = await openRegistry(at(name), { signal });
    seen.push(await tagsOf(opened));
    assert.equal(opened.place?.root, name === 'out' ? at('out') : undefined);
    assert.equal(opened.archive === undefined, name === 'out');
    assert.equal(opened.manifest?.images.length, name === 'out' ? undefined : 7);
    await opened.close();
  }
  for (const tags of seen) assert.deepEqual(tags, seen[0]);
});

test('what a compressed archive holds is read once, and large blobs are shown while they pass', async t => {
  const { at, pack, registry } = await shippingPlace(t);
  const large = registry.repository('team/app').image({ tag: '1', layers: [100_000] });
  await registry.write(at('central'));
  await pack('x.tar.gz');
  const seen: string[] = [];
  const options: OpenRegistryOptions = {
    signal,
    async onBlob(digest, entry) {
      seen.push(digest);
      assert.equal(Buffer.concat(await gather(entry.chunks())).length, entry.size);
    },
  };
  const opened = await openRegistry(at('x.tar.gz'), options);
  assert.deepEqual(seen, [large.layer(0).digest]);
  const manifest = pathFor({ kind: 'blob', digest: large.digest });
  assert.deepEqual(Buffer.from(await opened.driver.read(manifest, 1e6)), large.bytes);
  await opened.close();
});

test('blobs that a delta leaves to its base are there to be looked at, and not to be read', async t => {
  const { at, cwd, pack } = await shippingPlace(t);
  await call(cwd, 'inventory', '-d', 'central', '-o', 'site.inv');
  await pack('d.tar', '--base', 'site.inv');
  const opened = await openRegistry(at('d.tar'), { signal });
  const [left] = opened.manifest?.base?.blobs ?? [];
  assert.ok(left);
  const path = pathFor({ kind: 'blob', digest: left.digest });
  assert.equal((await opened.driver.stat(path)).size, left.size);
  await refused(opened.driver.read(path, 1e6), 'PATH_UNKNOWN', /d\.tar:docker/);
  await refused(opened.own.stat(path), 'PATH_UNKNOWN', /d\.tar:docker/);
  await opened.close();
});

test('an archive is checked like any other: its signature, its entries, its end', async t => {
  const { at, pack } = await shippingPlace(t);
  await pack('x.tar', '--sign', at('ed.key'));
  const opened = await openRegistry(at('x.tar'), { signal, checker: await readVerifyKey(at('ed.pub')) });
  await tagsOf(opened);
  await opened.close();
  const checker = await readVerifyKey(at('p256.pub'));
  await refused(openRegistry(at('x.tar'), { signal, checker }), 'SIGNATURE_INVALID', /P-256 key/);

  const entries = await unpacked(await readFile(at('x.tar')));
  await writeFile(at('less.tar'), packed(entries.slice(0, -1)));
  await refused(openRegistry(at('less.tar'), { signal }), 'BUNDLE_INVALID', /lacks 1 of the entries/);
  await truncate(at('x.tar'), 20_000);
  await refused(openRegistry(at('x.tar'), { signal }), 'ARCHIVE_TRUNCATED', /x\.tar/);
});

test('what is told before anything is read may refuse it', async t => {
  const { at, pack } = await shippingPlace(t);
  await pack('x.tar');
  const names: string[] = [];
  const opened = await openRegistry(at('x.tar'), {
    signal,
    onOpened: archive => (names.push(archive.name), Promise.resolve()),
  });
  await opened.close();
  assert.deepEqual(names, [at('x.tar')]);
  const onOpened = (): Promise<void> => Promise.reject(new Error('no'));
  await assert.rejects(openRegistry(at('x.tar'), { signal, onOpened }), /^Error: no$/);
});

test('what is there is told by what it is, what is not by its name', async t => {
  const { at, pack } = await shippingPlace(t);
  await pack('x.tar');
  await rename(at('x.tar'), at('renamed'));
  assert.equal(await isArchive(at('renamed')), true);
  assert.equal(await isArchive(at('central')), false);
  for (const name of [
    'gone.tar',
    'gone.TAR',
    'gone.tar.gz',
    'gone.tgz',
    'gone.tar.zst',
    'gone.tzst',
    'gone.tar.002',
  ])
    assert.equal(await isArchive(at(name)), true, name);
  for (const name of ['gone', 'gone.gz', 'tar', 'gone.inv'])
    assert.equal(await isArchive(at(name)), false, name);
  await refused(openRegistry(at('gone.tar'), { signal }), 'PATH_UNKNOWN', /gone\.tar/);
  await refused(openRegistry(at('gone'), { signal }), 'DATA_DIR_UNKNOWN', /gone/);
  await refused(openRegistry(at('gone'), { signal, option: '' }), 'PATH_UNKNOWN', /gone/);
});
