import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from './end-to-end/inspect.ts';
import { applies, call, callWith, failureOf } from './testing/call.ts';
import { resizeDisk, smallDisk } from './testing/disks.ts';
import { asOrdinaryUser } from './testing/ordinary-user.ts';
import { buildRegistry } from './testing/registry.ts';
import { mustRun } from './testing/run.ts';
import { plainShipment, shippingPlace, type ShippingPlace } from './testing/shipping-place.ts';
import type { Tidied } from './testing/temporary.ts';
import { listDirectory, type Listing } from './testing/tree.ts';

const forms = ['x.tar', 'x.tar.gz', 'x.tar.zst', 's.tar', 'out'] as const;

interface Place extends ShippingPlace {
  /** What a site holds in the end. */
  readonly expected: Listing;
}

async function place(t: Tidied, shipped = plainShipment()): Promise<Place> {
  const found = await shippingPlace(t, shipped);
  for (const form of forms) await found.pack(form, ...(form === 's.tar' ? ['--split', '64KiB'] : []));
  await chmod(found.cwd, 0o755);
  return { ...found, expected: await listDirectory(found.at('out')) };
}

/** Whatever a registry would see in a directory is whole; returns its tags. */
async function tagsIn(directory: string): Promise<number> {
  const { tags, problems } = await inspect(directory);
  assert.deepEqual(problems, []);
  return tags.length;
}

async function assertNoScratch(directory: string): Promise<void> {
  const names = await readdir(directory);
  assert.deepEqual(
    names.filter(name => name !== 'docker' && name !== 'lost+found'),
    [],
  );
}

test('a target without enough room is told before anything is written', async t => {
  const registry = buildRegistry('large');
  registry.repository('app').image({ tag: '1', layers: [900_000, 500_000] });
  const { cwd, references } = await place(t, { registry, references: ['app:1'] });
  const disk = await smallDisk(t, 1024 * 1024);
  if (disk === undefined) {
    t.diagnostic('this user may not mount a small disk');
    return;
  }
  assert.deepEqual(references, ['app:1']);
  for (const form of forms) {
    const refused = await applies(cwd, form, '-d', disk);
    assert.deepEqual([refused.code, failureOf(refused).code], [1, 'NO_SPACE'], form);
    assert.match(failureOf(refused).message, /has \d+ bytes free, \d+ are needed; nothing was written$/);
    assert.deepEqual(await readdir(disk), []);
  }
});

test('a target that fills up half-way keeps what it serves, and the same again goes on', async t => {
  // each of many links takes a page of the disk, which no sum of bytes tells
  const registry = buildRegistry('links');
  const references = Array.from({ length: 12 }, (_, index) => `app:${String(index)}`);
  for (const name of references)
    registry.repository('app').image({ tag: name.slice(4), layers: [700, 800, 900] });
  const { cwd, expected, at } = await place(t, { registry, references });
  for (const form of forms) {
    const disk = await smallDisk(t, 340 * 1024);
    if (disk === undefined) {
      t.diagnostic('this user may not mount a small disk');
      return;
    }
    const before = buildRegistry('site');
    before.repository('own').image({ tag: '1' });
    await before.write(disk);
    const refused = await applies(cwd, form, '-d', disk, '-j', '1');
    assert.deepEqual([refused.code, failureOf(refused).code], [1, 'NO_SPACE'], form);
    assert.match(failureOf(refused).message, /the disk is full/);
    assert.ok((await tagsIn(disk)) >= 1);
    await assertNoScratch(disk);
    await resizeDisk(disk, 4 * 1024 * 1024);
    const again = await applies(cwd, form, '-d', disk, '-j', '1');
    assert.equal(again.code, 0, JSON.stringify(again.report.errors));
    assert.equal(await tagsIn(disk), references.length + 1);
    const found = await listDirectory(path.join(disk, 'docker/registry/v2/repositories/app'));
    assert.deepEqual(found, await listDirectory(at('out/docker/registry/v2/repositories/app')));
    assert.ok(expected.size > 0);
  }
});

test('a target that is mounted read-only is told', async t => {
  const { cwd } = await place(t);
  const disk = await smallDisk(t, 4 * 1024 * 1024);
  if (disk === undefined) {
    t.diagnostic('this user may not mount a small disk');
    return;
  }
  await buildRegistry('site').write(disk);
  await mkdir(path.join(disk, 'docker/registry/v2/repositories'), { recursive: true });
  await mustRun('mount', ['-o', 'remount,ro', disk]);
  for (const form of forms) {
    const refused = await applies(cwd, form, '-d', disk);
    assert.deepEqual([refused.code, failureOf(refused).code], [1, 'ACCESS_DENIED'], form);
    assert.match(failureOf(refused).message, /the file system is mounted read-only/);
    assert.equal((await applies(cwd, form, '-d', disk, '-n')).code, 0, form);
  }
});

test('a target of another user, in which this one may not write, is left as it is', async t => {
  const { cwd, at } = await place(t);
  const site = buildRegistry('site');
  site.repository('own').image({ tag: '1' });
  await site.write(at('site'));
  const before = await listDirectory(at('site'));
  for (const closed of ['', 'docker/registry/v2/blobs/sha256', 'docker/registry/v2/repositories'])
    for (const form of forms) {
      if (closed !== '') await chmod(at('site'), 0o777);
      await chmod(at('site', closed), 0o555);
      const refused = await asOrdinaryUser(() => applies(cwd, form, '-d', 'site'));
      await chmod(at('site', closed), 0o755);
      assert.deepEqual([refused.code, failureOf(refused).code], [1, 'ACCESS_DENIED'], `${form} ${closed}`);
      assert.match(failureOf(refused).message, new RegExp(`cannot write ${at('site')}`));
      assert.equal(await tagsIn(at('site')), 1);
      await rm(at('site'), { recursive: true });
      await site.write(at('site'));
    }
  assert.deepEqual(await listDirectory(at('site')), before);
});

test('what root applies belongs to whom the target belongs to, in whatever form it came', async t => {
  if (process.getuid?.() !== 0) {
    t.diagnostic('only root may give files away');
    return;
  }
  const { cwd, at, expected } = await place(t);
  for (const form of [...forms, '-']) {
    await rm(at('site'), { recursive: true });
    await mkdir(at('site'));
    await chown(at('site'), 1234, 2345);
    await chmod(at('site'), 0o2750);
    const stdin = await readFile(at('x.tar.zst'));
    const { code, stderr } = await callWith({ cwd, stdin }, 'apply', form, '-d', 'site', '--no-fsync');
    assert.equal(code, 0, `${form}: ${stderr}`);
    for (const entry of await readdir(at('site'), { recursive: true, withFileTypes: true })) {
      const { uid, gid, mode } = await stat(path.join(entry.parentPath, entry.name));
      assert.deepEqual(
        [uid, gid, mode & 0o7777],
        [1234, 2345, entry.isDirectory() ? 0o2750 : 0o640],
        entry.name,
      );
    }
    assert.deepEqual(await listDirectory(at('site')), expected, form);
  }
});

test('a target that is no registry, or stands in the way of itself, is refused', async t => {
  const { cwd, at } = await place(t);
  await mkdir(at('letters'));
  await writeFile(at('letters/one'), '');
  await mkdir(at('elsewhere'));
  await mkdir(at('linked/docker/registry/v2'), { recursive: true });
  await mkdir(at('linked/docker/registry/v2/repositories'));
  await symlink(at('elsewhere'), at('linked/docker/registry/v2/blobs'));
  for (const form of forms) {
    for (const [target, code, errorCode] of [
      ['nosuch', 1, 'DATA_DIR_UNKNOWN'],
      ['letters', 1, 'NOT_A_REGISTRY'],
      ['letters/one', 1, 'DATA_DIR_UNKNOWN'],
      ['linked', 2, 'OUTPUT_INVALID'],
    ] as const) {
      const refused = await applies(cwd, form, '-d', target);
      assert.deepEqual([refused.code, failureOf(refused).code], [code, errorCode], `${form} ${target}`);
    }
    assert.deepEqual(await readdir(at('elsewhere')), []);
    assert.deepEqual(await readdir(at('letters')), ['one']);
  }
});

test('tags that point elsewhere are moved, kept or in the way, in whatever form it comes', async t => {
  const { cwd, at } = await place(t);
  const site = buildRegistry('site');
  const older = site.repository('team/app').image({ tag: '1' });
  const link = at('site', site.repository('team/app').tagLink('1'));
  for (const form of forms) {
    await rm(at('site'), { recursive: true });
    await site.write(at('site'));
    const before = await listDirectory(at('site'));
    const refused = await applies(cwd, form, '-d', 'site', '--on-existing-tag', 'fail');
    assert.deepEqual([refused.code, failureOf(refused).code], [1, 'TAG_EXISTS'], form);
    assert.deepEqual(await listDirectory(at('site')), before, form);
    const kept = await applies(cwd, form, '-d', 'site', '--on-existing-tag', 'keep');
    assert.deepEqual([kept.code, kept.report.movedTags.map(one => one.kept)], [0, [true]], form);
    assert.equal(await readFile(link, 'utf8'), older.digest);
    const moved = await applies(cwd, form, '-d', 'site');
    assert.deepEqual(
      [moved.code, moved.report.movedTags.map(one => [one.tag, one.before])],
      [0, [['1', older.digest]]],
    );
    assert.notEqual(await readFile(link, 'utf8'), older.digest);
    assert.ok((await tagsIn(at('site'))) > 3);
  }
});

test('what is larger than a blob that is there is written anew, also from what passes by once', async t => {
  const { cwd, at, expected } = await place(t);
  const [blob = ''] = [...expected.keys()].filter(name => name.endsWith('/data'));
  for (const form of forms) {
    await rm(at('site'), { recursive: true });
    await mkdir(path.dirname(at('site', blob)), { recursive: true });
    await writeFile(at('site', blob), '');
    assert.equal((await applies(cwd, form, '-d', 'site')).code, 0, form);
    assert.deepEqual(await listDirectory(at('site')), expected, form);
  }
});

test('several may apply the same at once', async t => {
  const { cwd, at, expected } = await place(t);
  const calls = await Promise.all(forms.map(form => applies(cwd, form, '-d', 'site')));
  assert.deepEqual(
    calls.flatMap(({ report }) => report.errors),
    [],
  );
  assert.deepEqual(await listDirectory(at('site')), expected);
});

test('an output on a full disk is no archive, and leaves nothing behind', async t => {
  const { cwd, references } = await place(t);
  const disk = await smallDisk(t, 64 * 1024);
  if (disk === undefined) {
    t.diagnostic('this user may not mount a small disk');
    return;
  }
  for (const argv of [['x.tar'], ['x.tar', '--force'], ['s.tar', '--split', '64KiB']]) {
    const [name = '', ...flags] = argv;
    const { code, stderr } = await call(
      cwd,
      ...references,
      '-d',
      'central',
      '-o',
      path.join(disk, name),
      ...flags,
    );
    assert.equal(code, 1, stderr);
    assert.match(stderr, /NO_SPACE/);
    assert.deepEqual(await readdir(disk), []);
  }
});
