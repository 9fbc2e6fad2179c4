import assert from 'node:assert/strict';
import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { OpenedArchive } from '../archive/open.ts';
import { isScraperError, type ErrorCode } from '../errors.ts';
import { gather } from '../testing/gather.ts';
import { once, packed } from '../testing/packed-bundle.ts';
import { shippingPlace, type ShippingPlace } from '../testing/shipping-place.ts';
import type { Tidied } from '../testing/temporary.ts';
import { openNamedArchive, readKey, readVerifyKey } from './named-archive.ts';

const signal = new AbortController().signal;

async function place(
  t: Tidied,
): Promise<ShippingPlace & { open(...names: string[]): Promise<OpenedArchive> }> {
  const found = await shippingPlace(t);
  await found.pack('x.tar');
  await found.pack('s.tar', '--split', '64KiB');
  await symlink('.', found.at('link'));
  return {
    ...found,
    async open(...names) {
      const archive = await openNamedArchive(
        names.map(name => found.at(name)),
        { signal, stdin: () => once(Buffer.alloc(0)) },
      );
      t.after(() => archive.close());
      return archive;
    },
  };
}

async function refused(opening: Promise<unknown>, code: ErrorCode, says: RegExp): Promise<void> {
  await assert.rejects(opening, (error: unknown) => {
    assert.ok(isScraperError(error, code), String(error));
    assert.match(error.message, says);
    return true;
  });
}

test('parts are named in any order, some or all of them, with their sums file or the whole name', async t => {
  const { open, at } = await place(t);
  for (const names of [
    ['s.tar.001', 's.tar.002'],
    ['s.tar.002', 's.tar.001', 's.tar.sha256'],
    ['s.tar.sha256', 's.tar.002'],
    ['s.tar', 's.tar.001'],
    ['s.tar.002'],
    ['s.tar.001', 's.tar.001'],
  ]) {
    const archive = await open(...names);
    assert.equal(archive.name, at('s.tar'));
    assert.deepEqual(
      archive.files.map(({ path }) => path),
      [at('s.tar.001'), at('s.tar.002')],
    );
  }
});

test('parts may be reached by way of symbolic links', async t => {
  const { open, at } = await place(t);
  const archive = await open('link/s.tar.001', 'link/s.tar.002', 'link/s.tar.sha256');
  assert.deepEqual(
    archive.files.map(({ path }) => path),
    [at('s.tar.001'), at('s.tar.002')],
  );
  assert.equal((await open('link/s.tar.001', 's.tar.002')).files.length, 2);
});

test('what is no part of the first one is refused by its name', async t => {
  const { open, at, pack } = await place(t);
  await mkdir(at('other'));
  await pack('other/s.tar', '--split', '64KiB');
  await refused(open('s.tar.001', 'x.tar'), 'PART_INVALID', /x\.tar is no part of .*s\.tar$/);
  await refused(open('x.tar', 's.tar.001'), 'PART_INVALID', /s\.tar\.001 is no part of .*x\.tar$/);
  await refused(open('s.tar.001', 'other/s.tar.002'), 'PART_INVALID', /other\/s\.tar\.002 is no part of /);
  await refused(open('s.tar.001', 's.tar.007'), 'PART_INVALID', /s\.tar\.007 is no part of /);
  await copyFile(at('s.tar.002'), at('s.tar.003'));
  await refused(open('s.tar.001', 's.tar.003'), 'PART_INVALID', /does not list s\.tar\.003/);
  await rm(at('s.tar.003'));
  await rm(at('s.tar.002'));
  await refused(open('s.tar.001'), 'PART_MISSING', /a part is missing: s\.tar\.002 \(of 2\)/);
});

test('a hyphen is standard input', async () => {
  const stdin = () => once(packed([{ path: 'a', content: Buffer.from('x') }]));
  const archive = await openNamedArchive(['-'], { signal, stdin });
  assert.deepEqual([archive.name, archive.files, archive.rewindable], ['standard input', [], false]);
  assert.deepEqual(
    (await gather(archive.entries(signal))).map(({ path }) => path),
    ['a'],
  );
});

test('nobody types an archive', async () => {
  const stdin = () => ({ isTTY: true, [Symbol.asyncIterator]: () => once(Buffer.alloc(0)) });
  await refused(openNamedArchive(['-'], { signal, stdin }), 'USAGE', /not read from a terminal/);
});

test('keys are read, and what is none is told', async t => {
  const { at } = await place(t);
  assert.equal((await readVerifyKey(at('ed.pub'))).kind, 'Ed25519');
  assert.equal((await readVerifyKey(at('p256.pub'))).kind, 'P-256');
  assert.match(Buffer.from(await readKey(at('ed.key'))).toString(), /PRIVATE KEY/);
  await writeFile(at('junk'), 'hello');
  await refused(readVerifyKey(at('junk')), 'KEY_INVALID', /junk/);
  await refused(readVerifyKey(at('nosuch')), 'PATH_UNKNOWN', /nosuch/);
  await refused(readVerifyKey(at('site')), 'NOT_A_FILE', /site/);
});
