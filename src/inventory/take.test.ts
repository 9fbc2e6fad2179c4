import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { isScraperError, ScraperError, type Warning } from '../errors.ts';
import { emptyDigest, type Digest } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import { registrySource } from '../registry/source.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { filesystemDriver } from '../storage/filesystem.ts';
import { digestFor } from '../testing/inventory.ts';
import { buildRegistry, type RegistryBuilder } from '../testing/registry.ts';
import { sharingImages } from '../testing/sharing-images.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import type { TreeEntry } from '../testing/tree.ts';
import type { Inventory } from './inventory.ts';
import { takeInventory, type Found } from './take.ts';

interface Taken {
  readonly inventory: Inventory;
  readonly warnings: readonly Warning[];
  readonly found: readonly Found[];
}

async function take(driver: StorageDriver, signal = new AbortController().signal): Promise<Taken> {
  const warnings: Warning[] = [];
  const found: Found[] = [];
  const warn = (warning: Warning): void => void warnings.push(warning);
  const inventory = await takeInventory({
    source: registrySource(driver, warn),
    signal,
    warn,
    onFound: now => found.push({ ...now }),
  });
  return { inventory, warnings, found };
}

/** Takes the inventory in memory and on disk, where it is asked for in another way; both must say the same. */
async function takeTwice(t: TestContext, registry: RegistryBuilder): Promise<Taken> {
  const root = await temporaryDirectory(t);
  await registry.write(root);
  const onDisk = await take(filesystemDriver({ root }));
  const inMemory = await take(registry.driver());
  assert.equal(onDisk.inventory.digest, inMemory.inventory.digest);
  // links are read side by side, so what is odd about them comes in no particular order
  assert.deepEqual(
    onDisk.warnings.map(({ code }) => code).sort(),
    inMemory.warnings.map(({ code }) => code).sort(),
  );
  return onDisk;
}

const sizesOf = ({ inventory }: Taken): Record<string, number> =>
  Object.fromEntries([...inventory.blobs()].map(({ digest, size }) => [digest, size]));

test('holds every blob with its size and every tag with its digest', async t => {
  const { registry, app, index } = sharingImages();
  app.signature(index);
  const orphan = registry.orphan(77);
  const taken = await takeTwice(t, registry);
  const expected = [...registry.tree].flatMap(([path, entry]): [string, number][] => {
    const [, encoded = ''] =
      /^docker\/registry\/v2\/blobs\/sha256\/..\/([0-9a-f]{64})\/data$/.exec(path) ?? [];
    return entry instanceof Uint8Array && encoded !== '' ? [[`sha256:${encoded}`, entry.length]] : [];
  });
  assert.deepEqual(sizesOf(taken), Object.fromEntries(expected));
  assert.ok(taken.inventory.has(orphan.stored, 77));
  const tags = [...taken.inventory.tags()].map(({ repository, tag }) => `${repository}:${tag}`);
  assert.deepEqual(tags.slice(0, 3), ['team/app:1', 'team/app:2', 'team/app:both']);
  assert.equal(tags.length, 4);
  assert.equal([...taken.inventory.tags()][2]?.digest, index.digest);
  assert.deepEqual(taken.warnings, []);
  assert.deepEqual(taken.found.at(-1), { blobs: expected.length, tags: 4 });
});

test('an empty registry has an inventory of nothing', async t => {
  const root = await temporaryDirectory(t);
  const { inventory } = await take(filesystemDriver({ root }));
  assert.deepEqual(inventory.totals, { blobs: 0, bytes: 0, repositories: 0, tags: 0 });
});

test('what a registry ignores among blobs is left out without a word', async t => {
  const registry = buildRegistry();
  const blob = registry.orphan(10);
  const [there, other] = [pathFor({ kind: 'blob', digest: blob.stored }), digestFor('other')];
  const [blobs, hex] = [pathFor({ kind: 'blobs' }), other.slice(7)];
  registry.litter(blob);
  for (const path of [
    `${blobs}/sha256/zz/${'zz'.repeat(32)}/data`,
    `${blobs}/sha256/00/${hex}/data`.replace('/00/', hex.startsWith('00') ? '/11/' : '/00/'),
    `${blobs}/sha256/${hex.slice(0, 2)}/${hex.slice(0, 63)}/data`,
    `${blobs}/sha256/${hex.slice(0, 2)}/${hex.toUpperCase()}/data`,
    `${blobs}/sha256/${hex.slice(0, 2)}/${hex}0/data`,
    `${blobs}/sha256/${hex.slice(0, 2)}/${hex}/other`,
    `${blobs}/sha256/${hex}/data`,
    `${blobs}/sha256/data`,
    `${blobs}/md5/00/${'00'.repeat(16)}/data`,
    `${there}.tmp`,
    `${blobs}/sha256/${blob.stored.slice(7, 9)}/data`,
  ])
    registry.tree.set(path, Buffer.from('litter'));
  registry.tree.set(`${blobs}/sha256/ab/ab${'0'.repeat(62)}`, 'directory');
  registry.tree.set(`${blobs}/sha256/cd`, 'directory');
  const taken = await takeTwice(t, registry);
  assert.deepEqual(sizesOf(taken), { [blob.stored]: 10 });
  assert.deepEqual(taken.warnings, []);
});

test('the digest of nothing may be empty, any other blob not', async t => {
  const registry = buildRegistry();
  registry.orphan('');
  const broken = registry.orphan(10);
  registry.makeEmpty(broken);
  const taken = await takeTwice(t, registry);
  assert.deepEqual(sizesOf(taken), { [emptyDigest]: 0 });
  assert.deepEqual(
    taken.warnings.map(({ code, digest }) => [code, digest]),
    [['BLOB_SKIPPED', broken.stored]],
  );
  assert.match(taken.warnings[0]?.message ?? '', /it is empty$/);
  assert.ok(taken.warnings[0]?.path?.endsWith('/data'));
});

test('blobs of other algorithms count', async t => {
  const registry = buildRegistry();
  for (const algorithm of ['sha384', 'sha512'] as const)
    registry.tree.set(pathFor({ kind: 'blob', digest: digestFor(1, algorithm) }), Buffer.from('abc'));
  const taken = await takeTwice(t, registry);
  assert.deepEqual(sizesOf(taken), { [digestFor(1, 'sha384')]: 3, [digestFor(1, 'sha512')]: 3 });
});

const placeOf = (digest: Digest): string => pathFor({ kind: 'blob', digest });
const above = (digest: Digest): string => placeOf(digest).replace(/\/data$/, '');

/** What stands in the place of a blob, or of its directory, and whether it counts as one of ten bytes. */
const oddities: readonly (readonly [
  what: string,
  entries: (digest: Digest) => readonly [string, TreeEntry][],
  outcome: 'counts' | 'told' | 'ignored',
])[] = [
  ['a directory', digest => [[`${placeOf(digest)}/x`, Buffer.from('x')]], 'told'],
  ['a named pipe', digest => [[placeOf(digest), 'fifo']], 'told'],
  ['a link out of the storage', digest => [[placeOf(digest), { symlink: '/etc/passwd' }]], 'told'],
  ['a link to nothing', digest => [[placeOf(digest), { symlink: 'nowhere' }]], 'ignored'],
  [
    'a link to a blob',
    digest => [[placeOf(digest), { symlink: `../../../../../../../${placeOf(whole)}` }]],
    'counts',
  ],
  [
    'a directory that is a link to that of a blob',
    digest => [[above(digest), { symlink: `../../../../../../${above(whole)}` }]],
    'counts',
  ],
  ['a directory that is a link out of the storage', digest => [[above(digest), { symlink: '/etc' }]], 'told'],
  ['a directory that is a link to nothing', digest => [[above(digest), { symlink: 'nowhere' }]], 'ignored'],
  ['a file instead of a directory', digest => [[above(digest), Buffer.from('x')]], 'ignored'],
];
const whole = digestFor('whole');

for (const [what, entriesFor, outcome] of oddities) {
  test(`${what}: ${outcome === 'told' ? 'is left out, and told' : outcome}`, async t => {
    const registry = buildRegistry();
    const digest = digestFor(what);
    registry.tree.set(placeOf(whole), Buffer.alloc(10));
    for (const [path, entry] of entriesFor(digest)) registry.tree.set(path, entry);
    const root = await temporaryDirectory(t);
    await registry.write(root);
    const taken = await take(filesystemDriver({ root }));
    assert.deepEqual(sizesOf(taken), { [whole]: 10, ...(outcome === 'counts' && { [digest]: 10 }) });
    const told = taken.warnings.map(({ code, path }) => [code, path]);
    assert.deepEqual(told, outcome === 'told' ? [['BLOB_SKIPPED', `${root}/${placeOf(digest)}`]] : []);
    for (const { message } of taken.warnings) assert.match(message, /^left out of the inventory: /);
  });
}

test('blobs sorted into a directory that leads out of the storage are left out, and it is told', async t => {
  const registry = buildRegistry();
  const prefix = `${pathFor({ kind: 'blobs' })}/sha256/00`;
  registry.tree.set(prefix, { symlink: '/etc' });
  const root = await temporaryDirectory(t);
  await registry.write(root);
  const { warnings, inventory } = await take(filesystemDriver({ root }));
  assert.equal(inventory.totals.blobs, 0);
  assert.deepEqual(
    warnings.map(({ code, path }) => [code, path]),
    [['BLOB_SKIPPED', `${root}/${prefix}`]],
  );
});

test('a tag whose link is damaged or missing is left out; only what is damaged is told', async t => {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  const image = app.image({ tag: 'good' });
  for (const tag of ['empty', 'junk', 'long', 'newline', 'directory']) app.tag(tag, image);
  app.ghostTag('ghost');
  registry.makeEmpty(app.tagLink('empty'));
  registry.replace(app.tagLink('junk'), 'sha256:123');
  registry.replace(app.tagLink('long'), 'x'.repeat(1000));
  registry.append(app.tagLink('newline'), '\n');
  registry.tree.set(registry.remove(app.tagLink('directory')), 'directory');
  registry.tree.set(`${app.tagLink('directory')}/x`, Buffer.from('x'));
  registry.tree.delete(app.tagLink('directory'));
  const { inventory, warnings } = await takeTwice(t, registry);
  assert.deepEqual(
    [...inventory.tags()].map(({ tag, digest }) => [tag, digest]),
    ['good', 'newline'].map(tag => [tag, image.digest]),
  );
  const told = warnings.map(({ code, reference }) => `${code} ${reference ?? ''}`);
  assert.deepEqual(told.sort(), [
    'LINK_NEWLINE ',
    'TAG_SKIPPED team/app:directory',
    'TAG_SKIPPED team/app:empty',
    'TAG_SKIPPED team/app:junk',
    'TAG_SKIPPED team/app:long',
  ]);
});

test('a tag may point to a blob that is missing or damaged', async t => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const [gone, empty] = [app.image({ tag: 'gone' }), app.image({ tag: 'empty' })];
  registry.remove(gone);
  registry.makeEmpty(empty);
  const { inventory } = await takeTwice(t, registry);
  assert.deepEqual(
    [...inventory.tags()].map(({ digest }) => digest),
    [empty.digest, gone.digest],
  );
  assert.ok(!inventory.has(gone.digest, gone.size));
  assert.ok(!inventory.has(empty.digest, empty.size));
});

test('repositories that nest come in the order of their names', async t => {
  const registry = buildRegistry();
  const names = ['a', 'a-b', 'a.b', 'a/b', 'a/b/c', 'a0', 'b'];
  for (const name of names) registry.repository(name).image({ tag: '1', layers: [10] });
  const { inventory } = await takeTwice(t, registry);
  assert.deepEqual(
    [...inventory.tags()].map(({ repository }) => repository),
    names,
  );
});

test('a repository that leads out of the storage is told, and the others are listed', async t => {
  const registry = buildRegistry();
  for (const name of ['a', 'b']) registry.repository(name).image({ tag: '1', layers: [10] });
  registry.replace(pathFor({ kind: 'tags', repository: 'a' }), { symlink: '/etc' });
  const root = await temporaryDirectory(t);
  await registry.write(root);
  const { inventory, warnings } = await take(filesystemDriver({ root }));
  assert.deepEqual(
    [...inventory.tags()].map(({ repository }) => repository),
    ['b'],
  );
  assert.deepEqual(
    warnings.map(({ code, reference }) => [code, reference]),
    [['REPOSITORY_SKIPPED', 'a']],
  );
});

test('more tags than are looked up at once are all there', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ layers: [10] });
  for (let tag = 0; tag < 2500; tag += 1) app.tag(`1.${String(tag)}`, image);
  const { inventory } = await take(registry.driver());
  assert.equal(inventory.totals.tags, 2500);
});

for (const kind of ['blobs', 'repositories'] as const) {
  test(`what cannot be read below ${kind} makes it fail, lest the inventory lack it`, async () => {
    const { registry } = sharingImages();
    const driver = registry.driver();
    const denied: StorageDriver = {
      ...driver,
      async *list(path) {
        if (path.startsWith(`${pathFor({ kind })}/`)) {
          throw new ScraperError('ACCESS_DENIED', 'permission denied', { path });
        }
        yield* driver.list(path);
      },
    };
    await assert.rejects(take(denied), error => isScraperError(error, 'ACCESS_DENIED'));
  });
}

test('links that cannot be read make it fail, too', async () => {
  const driver = sharingImages().registry.driver();
  const read = (path: string): Promise<Uint8Array> =>
    Promise.reject(new ScraperError('IO_ERROR', 'the disk failed', { path }));
  await assert.rejects(take({ ...driver, read }), error => isScraperError(error, 'IO_ERROR'));
});

test('ends when it is told to, also in the middle of a slow directory', async () => {
  const controller = new AbortController();
  const reason = new ScraperError('INTERRUPTED', 'interrupted');
  const driver: StorageDriver = {
    ...sharingImages().registry.driver(),
    leaves: () => {
      controller.abort(reason);
      return new Promise(() => undefined);
    },
  };
  await assert.rejects(take(driver, controller.signal), error => error === reason);
});
