import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { decodeManifest } from '../bundle/decode-manifest.ts';
import type { BundleBlob } from '../bundle/manifest.ts';
import { checkerFrom } from '../bundle/sign.ts';
import { call, callWith, failureOf, scrapes, ships } from '../testing/call.ts';
import { unpacked } from '../testing/packed-bundle.ts';
import { shippingPlace, type ShippingPlace } from '../testing/shipping-place.ts';
import { listDirectory } from '../testing/tree.ts';

const byDigest = (a: BundleBlob, b: BundleBlob): number => (a.digest < b.digest ? -1 : 1);
const namesIn = async ({ cwd }: ShippingPlace): Promise<string[]> =>
  (await readdir(cwd)).filter(name => !/\.(key|pub)$|^(central|site)$/.test(name)).sort();

async function manifestIn({ at }: ShippingPlace, archive: string): Promise<Buffer> {
  const [manifest] = await unpacked(await readFile(at(archive)));
  assert.equal(manifest?.path, 'registry-scraper.json');
  return manifest.content ?? Buffer.alloc(0);
}

test('a directory, an archive of any kind, and a layout are written where they are to go', async t => {
  const place = await shippingPlace(t);
  const { pack, cwd, references, at } = place;
  for (const output of ['out', 'x.tar', 'x.tar.gz', 'x.tar.zst']) await pack(output);
  const images = references.filter(name => name.startsWith('team/'));
  await ships(cwd, ...images, '-d', 'central', '-o', 'layout', '--format', 'oci');
  await ships(cwd, ...images, '-d', 'central', '-o', 'oci.tar', '--format', 'oci');
  assert.deepEqual(await namesIn(place), [
    ...['layout', 'oci.tar', 'oci.tar.sha256', 'out'],
    ...['x.tar', 'x.tar.gz', 'x.tar.gz.sha256', 'x.tar.sha256', 'x.tar.zst', 'x.tar.zst.sha256'],
  ]);
  assert.deepEqual((await readdir(at('layout'))).sort(), ['blobs', 'index.json', 'oci-layout']);
  assert.deepEqual(await readdir(at('out')), ['docker']);
});

test('a manifest remembers what was asked for', async t => {
  const place = await shippingPlace(t);
  const { cwd, at } = place;
  await writeFile(at('list'), 'team/app:1\n');
  const selection = ['team/*:*', '--exclude', '*:10', '--tag-regex', '^[0-9a-z]+$', '--newest', '5'];
  const more = ['--newest-by', 'pushed', '--from', 'list', '--rename', 'team/=mirror/', '--prerelease'];
  const kinds = ['--platform', 'linux/amd64, linux/arm64', '--no-referrers', '--semver', '*'];
  const { code, report } = await scrapes(
    cwd,
    ...selection,
    ...more,
    ...kinds,
    '-d',
    'central',
    '-o',
    'x.tar',
  );
  assert.equal(code, 0, JSON.stringify(report.errors));
  const { selection: found } = decodeManifest(await manifestIn(place, 'x.tar'), 'x.tar');
  assert.deepEqual(found, {
    ...{ references: ['team/*:*'], from: ['list'], exclude: ['*:10'], tagRegex: '^[0-9a-z]+$', semver: '*' },
    ...{ prerelease: true, newest: 5, newestBy: 'pushed', rename: ['team/=mirror/'] },
    ...{ platforms: ['linux/amd64', 'linux/arm64'], referrers: [] },
  });
  await ships(cwd, 'team/app:1', '-d', 'central', '-o', 'y.tar');
  const plain = decodeManifest(await manifestIn(place, 'y.tar'), 'y.tar').selection;
  assert.deepEqual(plain, {
    ...{ references: ['team/app:1'], from: [], exclude: [], tagRegex: null, semver: null, prerelease: false },
    ...{ newest: null, newestBy: null, rename: [], platforms: [], referrers: null },
  });
});

test('a manifest may stand beside as well, with its signature, and never in a directory', async t => {
  const place = await shippingPlace(t);
  const { at, pack } = place;
  await pack('x.tar', '--manifest', 'm.json', '--sign', 'p256.key');
  const manifest = await readFile(at('m.json'));
  assert.deepEqual(manifest, await manifestIn(place, 'x.tar'));
  const checker = checkerFrom(await readFile(at('p256.pub')), 'p256.pub');
  checker.check(manifest, await readFile(at('m.json.sig')), 'm.json');
  await pack('out', '--manifest', 'd.json');
  assert.deepEqual(await readFile(at('d.json')), manifest);
  assert.deepEqual(await readdir(at('out')), ['docker']);
  assert.deepEqual(await namesIn(place), [
    ...['d.json', 'm.json', 'm.json.sig', 'out', 'x.tar', 'x.tar.sha256'],
  ]);
});

test('the same selection gives the same archive, whatever place or base it was made with', async t => {
  const place = await shippingPlace(t);
  const { at, cwd, pack, references } = place;
  await pack('x.tar', '--manifest', 'm.json');
  await mkdir(at('other/place'), { recursive: true });
  const again = await scrapes(at('other/place'), ...references, '-d', '../../central', '-o', 'y.tar');
  assert.equal(again.code, 0);
  assert.deepEqual(await readFile(at('other/place/y.tar')), await readFile(at('x.tar')));
  await pack('a.tar', '--base', 'x.tar');
  await pack('b.tar', '--base', 'm.json', '-j', '1');
  assert.deepEqual(await readFile(at('a.tar')), await readFile(at('b.tar')));
  await call(cwd, 'inventory', '-d', 'central', '-o', 'c.inv');
  await pack('c.tar', '--base', 'c.inv', '--base', 'x.tar');
  await pack('d.tar', '--base', 'x.tar', '--base', 'c.inv', '--base', 'c.inv');
  assert.deepEqual(await readFile(at('c.tar')), await readFile(at('d.tar')));
});

test('an existing file is replaced only by force, and then whole', async t => {
  const place = await shippingPlace(t);
  const { at, cwd, pack, references } = place;
  const again = (...argv: string[]) => scrapes(cwd, ...references, '-d', 'central', ...argv);
  await pack('x.tar', '--manifest', 'm.json');
  const before = await listDirectory(cwd);
  for (const argv of [
    ['-o', 'x.tar'],
    ['-o', 'x.tar', '-n'],
    ['-o', 'y.tar', '--manifest', 'm.json'],
    ['-o', 'out', '--manifest', 'm.json'],
  ]) {
    const refused = await again(...argv);
    assert.deepEqual([refused.code, failureOf(refused).code], [2, 'OUTPUT_EXISTS'], argv.join(' '));
    assert.match(failureOf(refused).hint ?? '', /--force/);
    assert.deepEqual(await listDirectory(cwd), before);
  }
  await writeFile(at('m.json'), 'old');
  await pack('x.tar', '--manifest', 'm.json', '--force');
  assert.deepEqual(await listDirectory(cwd), before);
  await writeFile(at('m.json'), 'old');
  await pack('out', '--manifest', 'm.json', '--force');
  assert.notEqual(await readFile(at('m.json'), 'utf8'), 'old');
});

test('of a bundle that is not whole there is no manifest', async t => {
  const place = await shippingPlace(t);
  const { cwd, registry, references, at } = place;
  const bad = registry.repository('team/app').image({ tag: 'bad', layers: [800] });
  registry.flipBit(bad.layer(0));
  await registry.write(at('central'));
  for (const output of ['x.tar', 'out']) {
    const failed = await scrapes(
      cwd,
      ...references,
      'team/app:bad',
      '-d',
      'central',
      '-o',
      output,
      '--manifest',
      'm.json',
    );
    assert.deepEqual([failed.code, failureOf(failed).code], [4, 'DIGEST_MISMATCH']);
    assert.equal(failureOf(failed).reference, 'team/app:bad');
  }
  assert.deepEqual(await namesIn(place), ['out']);
});

test('a dry run writes nothing, whatever the output, and a terminal does not matter then', async t => {
  const place = await shippingPlace(t);
  const { cwd, references } = place;
  for (const output of ['x.tar', 's.tar.zst', 'out', '-']) {
    const argv = [
      ...references,
      '-d',
      'central',
      '-o',
      output,
      '-n',
      '--sign',
      'ed.key',
      '--manifest',
      'm.json',
    ];
    const { code, stdout, stderr } = await callWith({ cwd, isTTY: true, env: { NO_COLOR: '1' } }, ...argv);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /dry run/i);
  }
  assert.deepEqual(await namesIn(place), []);
  const typed = await callWith({ cwd, isTTY: true }, ...references, '-d', 'central', '-o', '-');
  assert.equal(typed.code, 2);
  assert.match(typed.stderr, /is not written to a terminal/);
});

test('places and keys that cannot be used are told before anything is done', async t => {
  const place = await shippingPlace(t);
  const { cwd, references, at } = place;
  await writeFile(at('file'), 'x');
  await mkdir(at('dir.tar'));
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [['-o', 'central/docker/registry/v2/x.tar'], 2, 'OUTPUT_INVALID'],
    [['-o', 'central/docker/registry/x.tar'], 2, 'OUTPUT_INVALID'],
    [['-o', 'x.tar', '--manifest', 'central/docker/registry/v2/m.json'], 2, 'OUTPUT_INVALID'],
    [['-o', 'nosuch/x.tar'], 2, 'OUTPUT_INVALID'],
    [['-o', 'file/x.tar'], 2, 'OUTPUT_INVALID'],
    [['-o', 'dir.tar'], 2, 'OUTPUT_INVALID'],
    [['-o', 'x.tar', '--manifest', 'nosuch/m.json'], 2, 'OUTPUT_INVALID'],
    [['-o', 'x.tar', '--manifest', 'site'], 2, 'OUTPUT_INVALID'],
    [['-o', 'x.tar', '--sign', 'ed.pub'], 2, 'KEY_INVALID'],
    [['-o', 'x.tar', '--sign', 'file'], 2, 'KEY_INVALID'],
    [['-o', 'x.tar', '--sign', 'nosuch'], 3, 'PATH_UNKNOWN'],
    [['-o', 'x.zip'], 2, 'OUTPUT_INVALID'],
    [['-o', 'out', '--split', '1MiB'], 2, 'USAGE'],
    [['-o', 'x.tar', '--only-part', '1'], 2, 'USAGE'],
    [['-o', 'x.tar', '--link'], 2, 'USAGE'],
    [['-o', 'x.tar', '--format', 'oci', '--sign', 'ed.key'], 2, 'USAGE'],
    [['-o', 'x.tar', '--manifest', 'x.tar'], 2, 'USAGE'],
    [['-o', 'x.tar', '--compress', 'zstd'], 2, 'USAGE'],
    [['-o', 'x.tar', '--split', '1'], 2, 'USAGE'],
    [['-o', 'x.tar', '--base', 'file'], 2, 'USAGE'],
  ];
  const before = await listDirectory(cwd);
  for (const [argv, code, errorCode] of cases) {
    const refused = await scrapes(cwd, ...references, '-d', 'central', ...argv);
    assert.deepEqual([refused.code, failureOf(refused).code], [code, errorCode], argv.join(' '));
    assert.ok(failureOf(refused).message);
  }
  assert.deepEqual(await listDirectory(cwd), before);
});

test('an archive may be scraped like a directory, into anything', async t => {
  const place = await shippingPlace(t);
  const { at, cwd, pack, references } = place;
  const [first = ''] = references;
  await pack('out');
  await pack('x.tar');
  await pack('x.tar.zst');
  await ships(cwd, first, '-d', 'out', '-o', 'expected.tar');
  for (const source of ['x.tar', 'x.tar.zst']) {
    await ships(cwd, first, '-d', source, '-o', `from-${source}`);
    await ships(cwd, first, '-d', source, '-o', `dir-${source.length}`);
    const { status } =
      (await scrapes(cwd, first, '-d', source, '-o', `dir-${source.length}`)).report.images[0] ?? {};
    assert.equal(status, 'present');
  }
  assert.deepEqual(await readFile(at('from-x.tar')), await readFile(at('expected.tar')));
  assert.deepEqual(await listDirectory(at('dir-5')), await listDirectory(at('dir-9')));
  await writeFile(at('file'), '');
  const intoFile = await scrapes(cwd, first, '-d', 'x.tar', '-o', 'file');
  assert.deepEqual([intoFile.code, failureOf(intoFile).code], [2, 'OUTPUT_INVALID']);
});

test('of a delta only that can be scraped whose blobs are left out again', async t => {
  const place = await shippingPlace(t);
  const { cwd, pack, references } = place;
  const [first = ''] = references;
  await call(cwd, 'inventory', '-d', 'central', '-o', 'c.inv');
  await pack('d.tar', '--base', 'c.inv');
  for (const argv of [['-o', 'x.tar'], ['-o', 'out'], ['-n']]) {
    const refused = await scrapes(cwd, first, '-d', 'd.tar', ...argv);
    assert.deepEqual([refused.code, failureOf(refused).code], [3, 'BLOB_UNKNOWN'], argv.join(' '));
    assert.match(failureOf(refused).hint ?? '', /d\.tar is a delta, and leaves this to its base/);
  }
  assert.deepEqual(await namesIn(place), ['c.inv', 'd.tar', 'd.tar.sha256']);
  await ships(cwd, ...references, '-d', 'd.tar', '-o', 'again.tar', '--base', 'c.inv');
  const [again, delta] = await Promise.all(
    ['again.tar', 'd.tar'].map(async name => decodeManifest(await manifestIn(place, name), name)),
  );
  assert.deepEqual(again?.blobs.toSorted(byDigest), delta?.blobs.toSorted(byDigest));
  assert.deepEqual(again?.base, delta?.base);
});
