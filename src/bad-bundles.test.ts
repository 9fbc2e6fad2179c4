import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { BundleManifest } from './bundle/manifest.ts';
import { MANIFEST_PATH, SIGNATURE_PATH } from './bundle/manifest.ts';
import { pathFor } from './registry/layout.ts';
import { refusesToApply, appliesAnew, verifies } from './testing/applied.ts';
import { applies, call, callWith } from './testing/call.ts';
import { hostileTars } from './testing/hostile-tar.ts';
import { packed, unpacked, type PackedEntry } from './testing/packed-bundle.ts';
import { plainFile, rawEntry, tarOf } from './testing/raw-tar.ts';
import { plainShipment, shippingPlace, type ShippingPlace } from './testing/shipping-place.ts';
import type { Tidied } from './testing/temporary.ts';

interface Opened extends ShippingPlace {
  readonly entries: readonly PackedEntry[];
  /** Packs these instead and expects that everybody refuses the archive, compressed or not; returns what was said. */
  refusesEntries(entries: readonly PackedEntry[], ...argv: readonly string[]): Promise<string>;
}

async function place(t: Tidied): Promise<Opened> {
  const found = await shippingPlace(t, plainShipment());
  const { at, pack } = found;
  await pack('x.tar', '--sign', 'ed.key');
  return {
    ...found,
    entries: await unpacked(await readFile(at('x.tar'))),
    async refusesEntries(entries, ...argv) {
      await writeFile(at('bad.tar'), packed(entries));
      await writeFile(at('bad.tar.gz'), gzipSync(packed(entries)));
      const failures = [
        await refusesToApply(found, 4, 'bad.tar', ...argv),
        await refusesToApply(found, 4, 'bad.tar.gz', ...argv),
      ];
      const [{ message = '', hint } = {}] = failures;
      assert.ok(hint);
      for (const name of ['bad.tar', 'bad.tar.gz']) {
        const verified = await verifies(found, name, ...argv);
        assert.equal(verified.code, 4, verified.text);
        assert.equal((await call(found.cwd, 'ls', '-d', name)).code, argv.length > 0 ? 0 : 4);
      }
      assert.equal(failures[1]?.code, failures[0]?.code);
      return message;
    },
  };
}

test('entries that the manifest does not announce are refused', async t => {
  const { entries, refusesEntries } = await place(t);
  const tag = pathFor({ kind: 'tagLink', repository: 'team/app', tag: 'evil' });
  const digest = Buffer.from(`sha256:${'0'.repeat(64)}`);
  for (const stranger of [
    { path: tag, content: digest },
    { path: 'docker/registry/v2/repositories/evil/_layers', content: null },
    { path: '.profile', content: Buffer.from('echo') },
  ]) {
    const says = new RegExp(`${stranger.path.replaceAll('.', '\\.')}.* is not announced by its manifest`);
    assert.match(await refusesEntries([...entries, stranger]), says);
    assert.match(await refusesEntries(entries.toSpliced(3, 0, stranger)), says);
  }
});

test('announced entries that are missing are refused', async t => {
  const { entries, refusesEntries } = await place(t);
  for (const pattern of [
    /\/blobs\//,
    /_layers/,
    /revisions/,
    /current\/link$/,
    /index\/sha256/,
    /_uploads$/,
  ]) {
    const index = entries.findIndex(({ path }) => pattern.test(path));
    assert.notEqual(index, -1, String(pattern));
    const message = await refusesEntries(entries.toSpliced(index, 1));
    assert.match(message, /lacks 1 of the entries that its manifest announces: docker\/registry/);
  }
});

test('links that hold something else are refused', async t => {
  const { entries, refusesEntries } = await place(t);
  const digests = entries.flatMap(({ path }) => /\/([0-9a-f]{64})\/data$/.exec(path)?.[1] ?? []);
  for (const pattern of [/_layers.*link$/, /revisions.*link$/, /current\/link$/]) {
    const index = entries.findIndex(({ path }) => pattern.test(path));
    const before = entries[index]?.content?.toString() ?? '';
    const other = digests.find(digest => !before.endsWith(digest)) ?? '';
    for (const content of [`sha256:${other}`, `${before.slice(0, -1)}\n`, before.toUpperCase()]) {
      const changed = { path: entries[index]?.path ?? '', content: Buffer.from(content) };
      const message = await refusesEntries(entries.with(index, changed));
      assert.match(message, /is not what its manifest says: expected sha256:/);
    }
  }
});

test('a manifest that says something else than the archive is refused, whatever it changes', async t => {
  const { entries, refusesEntries } = await place(t);
  const document = JSON.parse(entries[0]?.content?.toString() ?? '') as BundleManifest;
  const with_ = (changes: object): readonly PackedEntry[] =>
    entries.with(0, {
      path: MANIFEST_PATH,
      content: Buffer.from(JSON.stringify({ ...document, ...changes })),
    });
  const [repository, ...others] = document.repositories;
  assert.ok(repository);
  const [tag = ''] = Object.keys(repository.tags);
  const elsewhere = {
    ...repository.tags,
    [tag]: repository.revisions.find(one => one !== repository.tags[tag]),
  };
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ blobs: document.blobs.slice(1) }, /cannot be used/],
    [{ blobs: document.blobs.toReversed() }, /cannot be used/],
    [{ totals: { ...document.totals, bytes: 1 } }, /totals\.bytes: expected \d+, found 1/],
    [{ repositories: others }, /cannot be used/],
    [{ repositories: [{ ...repository, tags: elsewhere }, ...others] }, /./],
    [{ schemaVersion: '1' }, /schemaVersion/],
    [{ tool: { name: 'other', version: '1' } }, /tool\.name/],
  ];
  for (const [changes, says] of cases) assert.match(await refusesEntries(with_(changes)), says);
});

test('a bundle of a newer schema is not understood, and that is said', async t => {
  const found = await place(t);
  const { entries, at, cwd } = found;
  const manifest = Buffer.from(
    '{"schemaVersion": 2, "tool": {"name": "registry-scraper", "version": "3.0.0"}}',
  );
  await writeFile(at('newer.tar'), packed(entries.with(0, { path: MANIFEST_PATH, content: manifest })));
  const { code, message, hint } = await refusesToApply(found, 3, 'newer.tar');
  assert.equal(code, 'UNSUPPORTED');
  assert.match(message, /made by registry-scraper "3\.0\.0": expected schema version 1, found 2/);
  assert.match(hint ?? '', /at least as new/);
  assert.equal((await verifies(found, 'newer.tar')).code, 3);
  for (const argv of [
    ['ls', '-d', 'newer.tar'],
    ['team/app:1', '-d', 'newer.tar', '-o', 'y.tar'],
    ['team/app:1', '-d', 'central', '-o', 'y.tar', '--base', 'newer.tar'],
  ])
    assert.equal((await call(cwd, ...argv)).code, 3, argv.join(' '));
});

test('a signature is checked when a key is given, and every way to have none is refused', async t => {
  const found = await place(t);
  const { entries, refusesEntries, at, pack, cwd } = found;
  const key = ['--verify-key', 'ed.pub'];
  assert.equal((await appliesAnew(found, 'x.tar', ...key)).code, 0);
  assert.equal((await verifies(found, 'x.tar', ...key)).code, 0);
  const wrongKey = await refusesToApply(found, 4, 'x.tar', '--verify-key', 'p256.pub');
  assert.equal(wrongKey.code, 'SIGNATURE_INVALID');
  assert.equal((await verifies(found, 'x.tar', '--verify-key', 'p256.pub')).code, 4);

  await pack('other.tar', '--sign', 'ed.key', '--no-referrers');
  const others = await unpacked(await readFile(at('other.tar')));
  const foreign = others.find(({ path }) => path === SIGNATURE_PATH);
  assert.ok(foreign);
  assert.match(await refusesEntries(entries.with(1, foreign), ...key), /signature .* does not fit/);
  assert.match(await refusesEntries(entries.toSpliced(1, 1), ...key), /no signature behind it/);
  assert.match(
    await refusesEntries(entries.toSpliced(0, 2), ...key),
    /does not begin with a bundle manifest/,
  );
  const moved = [...entries.toSpliced(1, 1), entries[1] ?? assert.fail()];
  assert.match(await refusesEntries(moved, ...key), /no signature behind it/);
  const empty = { path: SIGNATURE_PATH, content: Buffer.alloc(0) };
  assert.match(await refusesEntries(entries.with(1, empty), ...key), /does not fit/);
  const directory = await refusesToApply(found, 4, 'central', ...key);
  assert.equal(directory.code, 'UNSIGNED');
  assert.equal((await verifies(found, 'central', ...key)).code, 4);
  for (const [name, code] of [
    ['ed.key', 2],
    ['central', 4],
    ['nosuch', 3],
  ] as const)
    assert.equal((await applies(cwd, 'x.tar', '-d', 'site', '--verify-key', name)).code, code, name);
});

test('a signed bundle in which anything was exchanged afterwards is refused', async t => {
  const found = await place(t);
  const { entries, at } = found;
  const index = entries.findIndex(
    ({ path, content }) => path.endsWith('/data') && (content?.length ?? 0) > 600,
  );
  const { path = '', content } = entries[index] ?? {};
  const changed = Buffer.from(content ?? '');
  changed.writeUInt8(changed.readUInt8(300) ^ 1, 300);
  await writeFile(at('bad.tar'), packed(entries.with(index, { path, content: changed })));
  for (const argv of [[], ['--verify-key', 'ed.pub']]) {
    const { code, errors } = await appliesAnew(found, 'bad.tar', ...argv);
    assert.equal(code, 4);
    assert.match(errors[0]?.message ?? '', new RegExp(path.split('/').at(-2) ?? 'no digest'));
    assert.equal((await verifies(found, 'bad.tar', ...argv)).code, 4);
  }
});

test('names that differ only in case are refused, wherever they would be written', async t => {
  const found = await place(t);
  const { entries, at } = found;
  const link = entries.findIndex(({ path }) => path.endsWith('/current/link'));
  const { path = '', content } = entries[link] ?? {};
  const twin = { path: path.replace('/tags/', '/TAGS/'), content: content ?? null };
  for (const some of [entries.slice(2), entries]) {
    await writeFile(at('twins.tar'), packed([...some, twin]));
    const { code, message } = await refusesToApply(found, 4, 'twins.tar');
    assert.ok(code === 'ARCHIVE_INVALID' || code === 'BUNDLE_INVALID', code);
    assert.match(message, /differs only in case|not announced/);
  }
  // two tags that a case-insensitive file system takes for one
  const upper = path.replace(/tags\/[^/]+\//, part => part.toUpperCase().replace('TAGS', 'tags'));
  assert.notEqual(upper, path);
  const tag = { path: upper, content: content ?? null };
  await writeFile(at('tags.tar'), packed([...entries.slice(2), tag]));
  assert.match((await refusesToApply(found, 4, 'tags.tar')).message, /case or composition|only in case/);
});

test('hostile archives are refused by everything that reads archives, and nothing is written anywhere', async t => {
  const found = await place(t);
  const { at, cwd } = found;
  for (const { name, archive, says } of hostileTars) {
    await writeFile(at('hostile.tar'), archive);
    const failure = await refusesToApply(found, 4, 'hostile.tar');
    assert.equal(failure.code, 'ARCHIVE_INVALID', `${name}: ${failure.message}`);
    assert.match(failure.message, says, name);
    assert.equal((await verifies(found, 'hostile.tar')).code, 4, name);
  }
  const [{ archive } = assert.fail()] = hostileTars;
  await writeFile(at('hostile.tar'), archive);
  for (const argv of [
    ['ls', '-d', 'hostile.tar'],
    ['inspect', 'a:1', '-d', 'hostile.tar'],
    ['a:1', '-d', 'hostile.tar', '-o', 'y.tar'],
    ['a:1', '-d', 'central', '-o', 'y.tar', '--base', 'hostile.tar'],
  ])
    assert.equal((await call(cwd, ...argv)).code, 4, argv.join(' '));
  assert.equal((await call(cwd, 'diff', 'hostile.tar', 'x.tar')).code, 2);
});

test('a bundle with a hostile entry at its end writes nothing that leads anywhere', async t => {
  const found = await place(t);
  const { at } = found;
  const whole = await readFile(at('x.tar'));
  const open = whole.subarray(0, -1024);
  const hostile = Buffer.concat([open, tarOf(rawEntry({ name: '../../escape' }, 'x'), plainFile('b'))]);
  for (const [name, bytes] of [
    ['bad.tar', hostile],
    ['bad.tar.gz', gzipSync(hostile)],
  ] as const) {
    await writeFile(at(name), bytes);
    assert.equal((await refusesToApply(found, 4, name)).code, 'ARCHIVE_INVALID');
  }
  const { code } = await callWith({ cwd: found.cwd, stdin: hostile }, 'apply', '-', '-d', 'site');
  assert.equal(code, 4);
});

test('what is no archive at all is told by what it is', async t => {
  const found = await place(t);
  const { at } = found;
  await rename(at('ed.pub'), at('text.tar'));
  await writeFile(at('empty.tar'), '');
  await writeFile(at('zip.tar'), Buffer.from('504b0304', 'hex'));
  await writeFile(at('json.tar'), '{"schemaVersion": 1}'.padEnd(600));
  for (const [name, says] of [
    ['text.tar', /text\.tar/],
    ['empty.tar', /empty\.tar/],
    ['zip.tar', /zip/],
    ['json.tar', /JSON/],
  ] as const)
    assert.match((await refusesToApply(found, 4, name)).message, says);
});
