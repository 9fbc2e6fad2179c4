/** What verify does while things change, cannot be read, are many, or are elsewhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import { digestOf } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { memoryDriver, type MemoryEntry } from '../storage/memory.ts';
import { patient, type Patient } from '../testing/damages/patient.ts';
import { buildRegistry } from '../testing/registry.ts';
import type { Manifest } from '../testing/repository.ts';
import { TODAY, verifyDriver } from '../testing/verify.ts';

/** The patient's storage, with something else at some paths. */
function driverWith({ registry }: Patient, changes: ReadonlyMap<string, MemoryEntry>): StorageDriver {
  const entries = new Map<string, MemoryEntry>();
  for (const [path, entry] of registry.tree) {
    const gone = [...changes.keys()].some(above => path === above || path.startsWith(`${above}/`));
    if (!gone && (entry instanceof Uint8Array || entry === 'directory')) entries.set(path, entry);
  }
  for (const [path, entry] of changes) entries.set(path, entry);
  return memoryDriver(entries);
}

const denied = (as: 'file' | 'directory'): MemoryEntry => ({ fails: 'ACCESS_DENIED', as });

test('totals count everything once', async () => {
  const { totals } = await verifyDriver(patient().registry.driver());
  const { orphans, findings, ...rest } = totals;
  assert.deepEqual([orphans, findings], [{ count: 0, bytes: 0 }, {}]);
  assert.deepEqual(
    { ...rest, bytes: rest.bytes === rest.hashedBytes },
    {
      ...{ repositories: 2, tags: 3, revisions: 6, links: 23, blobs: 17, bytes: true, hashedBlobs: 17 },
      ...{ hashedBytes: rest.hashedBytes, baseBlobs: 0, baseBytes: 0, damaged: 0, missing: 0, notices: 0 },
    },
  );
});

test('an empty registry is sound once it has the directories that the first push makes', async () => {
  const empty = new Map<string, MemoryEntry>([['docker/registry/v2/blobs', 'directory']]);
  const { kinds } = await verifyDriver(memoryDriver(empty));
  assert.deepEqual(kinds, ['DIRECTORY_MISSING']);
  empty.set('docker/registry/v2/repositories', 'directory');
  const { totals, kinds: none } = await verifyDriver(memoryDriver(empty));
  assert.deepEqual([totals.blobs, totals.repositories, none], [0, 0, []]);
});

test('without hashing, a wrong size shows and a flipped bit does not, but in manifests', async () => {
  const { registry, image, untagged, index } = patient();
  registry.flipBit(image.layer(0));
  registry.truncate(untagged.layer(0), 5);
  registry.flipBit(index);
  const { kinds, totals, findings } = await verifyDriver(registry.driver(), { hash: 'none' });
  assert.deepEqual(kinds, ['BLOB_CORRUPT', 'BLOB_SIZE_INVALID']);
  assert.equal(findings.find(({ kind }) => kind === 'BLOB_CORRUPT')?.digest, index.digest);
  assert.match(findings.find(({ size }) => size === 5)?.message ?? '', /layer 1 has 5 bytes, .* says 77$/);
  assert.equal(totals.hashedBlobs, 6);
});

test('a blob that several images need is named with three of them, and how many there are', async () => {
  const { registry, app, image } = patient();
  for (const tag of ['a', 'b', 'c']) app.image({ tag, layers: [image.layer(0)] });
  registry.repository('other').image({ tag: '1', layers: [image.layer(0)] });
  registry.remove(image.layer(0));
  const { findings } = await verifyDriver(registry.driver());
  const [missing] = findings.filter(({ kind }) => kind === 'BLOB_MISSING');
  assert.deepEqual(missing?.references, ['other:1', 'team/app:1.0', 'team/app:a']);
  assert.equal(missing.referenceCount, 5);
  assert.equal(missing.digest, image.layer(0).digest);
});

test('an image that is in several indexes is named by all their tags', async () => {
  const { registry, app, children } = patient();
  app.index([app.index([children[0]]), children[1]], { tag: 'nested' });
  registry.flipBit(children[0].layer(0));
  const { findings } = await verifyDriver(registry.driver());
  assert.deepEqual(findings[0]?.references, ['team/app:multi', 'team/app:nested']);
});

test('what a base is known to have is neither missing nor hashed', async () => {
  const { registry, image } = patient();
  const { digest, size } = image.layer(0);
  registry.remove(image.layer(0));
  const base = (asked: string): number | undefined => (asked === digest ? size : undefined);
  const { totals, kinds } = await verifyDriver(registry.driver(), { base });
  assert.deepEqual(kinds, ['DIRECTORY_EMPTY']);
  assert.deepEqual([totals.baseBlobs, totals.baseBytes, totals.hashedBlobs], [1, size, 16]);
});

test('what a base has in another size is wrong', async () => {
  const { registry, image } = patient();
  registry.remove(image.layer(0));
  const base = (asked: string): number | undefined => (asked === image.layer(0).digest ? 1 : undefined);
  const { kinds, findings } = await verifyDriver(registry.driver(), { base });
  assert.deepEqual(kinds, ['BLOB_SIZE_INVALID', 'DIRECTORY_EMPTY']);
  const [wrong] = findings.filter(({ kind }) => kind === 'BLOB_SIZE_INVALID');
  assert.equal(wrong?.message, 'the layer 1 has 1 bytes, but a manifest says 1000');
});

test('what cannot be read is an error, and nothing is concluded from it', async () => {
  const made = patient();
  const { app, image, registry } = made;
  const repository = (kind: 'layers' | 'revisions' | 'tags') => pathFor({ kind, repository: app.name });
  const cases: readonly (readonly [string, MemoryEntry])[] = [
    [registry.pathOf(image.layer(0)), denied('file')],
    [registry.pathOf(image.layer(0)).replace(/\/data$/, ''), denied('directory')],
    [registry.pathOf(image), denied('file')],
    [pathFor({ kind: 'blobs' }), denied('directory')],
    [app.layerLink(image.layer(0)), denied('file')],
    [app.revisionLink(image), denied('file')],
    [app.tagLink('1.0'), denied('file')],
    [app.tagLink('1.0').replace(/\/current\/link$/, ''), denied('directory')],
    [repository('layers'), denied('directory')],
    [repository('revisions'), denied('directory')],
    [repository('tags'), denied('directory')],
    [pathFor({ kind: 'repository', repository: 'team' }), denied('directory')],
  ];
  for (const [path, entry] of cases) {
    const { errors, findings } = await verifyDriver(driverWith(made, new Map([[path, entry]])));
    assert.ok(errors.length > 0, path);
    for (const error of errors) assert.equal(error.code, 'ACCESS_DENIED');
    assert.deepEqual(findings, [], path);
  }
});

test('orphans are not called so when something that may need them cannot be read', async () => {
  const made = patient();
  made.registry.orphan();
  const path = made.app.directory;
  const { totals } = await verifyDriver(driverWith(made, new Map([[path, denied('directory')]])));
  assert.equal(totals.orphans, null);
});

test('an upload that began today is under way; one without a date is as old as its files', async () => {
  const day = 24 * 3600 * 1000;
  const { registry, app } = patient();
  app.abortedUpload(1000);
  const begun = TODAY - 7 * day;
  const kindsAt = async (now: number): Promise<readonly string[]> =>
    (await verifyDriver(registry.driver(), { now })).kinds;
  assert.deepEqual(await kindsAt(begun + day - 1), []);
  assert.deepEqual(await kindsAt(begun + day), ['UPLOAD_ABANDONED']);
  for (const path of registry.tree.keys()) if (path.endsWith('/startedat')) registry.tree.delete(path);
  const undated = (modified: number) => verifyDriver(registry.driver({ modified }));
  assert.deepEqual((await undated(TODAY)).kinds, []);
  const [upload] = (await undated(TODAY - day)).findings;
  assert.deepEqual([upload?.kind, upload?.size], ['UPLOAD_ABANDONED', 1216]);
});

test('GitLab’s database is told of', async () => {
  const { registry } = patient();
  registry.databaseInUse();
  assert.deepEqual((await verifyDriver(registry.driver())).kinds, ['DATABASE_IN_USE']);
});

test('an image that is pushed meanwhile is verified, not missed', async () => {
  const made = patient();
  const before = made.registry.driver();
  const pushed = made.app.image({ tag: '2.0', layers: [150] });
  const blobs = pathFor({ kind: 'blobs' });
  const after = made.registry.driver();
  // the blobs are listed as they were, links and all else as they are
  const late: StorageDriver = {
    ...after,
    list: path => (path.startsWith(blobs) ? before : after).list(path),
  };
  const { kinds, totals } = await verifyDriver(late);
  assert.deepEqual([kinds, totals.blobs, totals.hashedBlobs], [[], 20, 20]);

  made.registry.flipBit(pushed.layer(0));
  const damaged = made.registry.driver();
  const list = late.list;
  assert.deepEqual((await verifyDriver({ ...damaged, list })).kinds, ['BLOB_CORRUPT']);
});

test('a link that is written while its repository is read is no missing one', async () => {
  const { registry, app, image } = patient();
  const after = registry.driver();
  registry.remove(app.layerLink(image.layer(0)).replace(/\/link$/, ''));
  registry.remove(app.revisionLink(image).replace(/\/link$/, ''));
  const before = registry.driver();
  const { kinds } = await verifyDriver({ ...after, list: path => before.list(path) });
  assert.deepEqual(kinds, []);
});

test('a blob that is removed meanwhile is missing only if a manifest needs it', async () => {
  const { registry, image } = patient();
  const orphan = registry.orphan();
  const before = registry.driver();
  registry.remove(image.layer(0));
  registry.remove(orphan);
  const after = registry.driver();
  const { stat, list } = before;
  const { kinds } = await verifyDriver({ ...after, stat, list });
  assert.deepEqual(kinds, ['BLOB_MISSING']);
});

test('an interruption ends it with its reason, wherever it comes', async () => {
  const { registry } = patient();
  for (const when of ['onListed', 'onRepository', 'onHashed'] as const) {
    const controller = new AbortController();
    const reason = new ScraperError('INTERRUPTED', 'stop');
    const observer = { [when]: () => controller.abort(reason) };
    const work = verifyDriver(registry.driver(), { signal: controller.signal, observer });
    await assert.rejects(work, error => error === reason, when);
  }
});

test('progress tells of every blob and byte', async () => {
  const { registry } = patient();
  const told = {
    blobs: 0,
    bytes: 0,
    hashed: 0,
    repositories: [] as string[],
    listed: { blobs: 0, bytes: 0 },
  };
  const { totals } = await verifyDriver(registry.driver(), {
    observer: {
      onBlobs: count => (told.blobs += count),
      onBytes: count => (told.bytes += count),
      onHashed: count => (told.hashed += count),
      onRepository: name => told.repositories.push(name),
      onListed: found => (told.listed = { ...found }),
    },
  });
  assert.deepEqual([told.blobs, told.hashed, told.listed], [17, 17, { blobs: 17, bytes: totals.bytes }]);
  assert.equal(told.bytes, totals.bytes);
  assert.deepEqual(told.repositories, ['team/app', 'zed']);
});

test('repositories nest, and each is verified', async () => {
  const registry = buildRegistry();
  for (const name of ['a', 'a/b', 'a/b/c', 'a-b'])
    registry.repository(name).image({ tag: '1', layers: [10] });
  const { totals, kinds } = await verifyDriver(registry.driver());
  assert.deepEqual([totals.repositories, totals.tags, kinds], [4, 4, []]);
});

test('a million ways through an index of indexes cost no more than its nodes', async () => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ layers: [10] });
  let top: Manifest = image;
  for (let depth = 0; depth < 20; depth += 1) top = app.index([top, top]);
  app.index([top], { tag: 'deep' });
  registry.remove(app.layerLink(image.layer(0)));
  const { findings } = await verifyDriver(registry.driver());
  const [missing] = findings.filter(({ kind }) => kind === 'LAYER_LINK_MISSING');
  assert.deepEqual(missing?.references, ['app:deep']);
});

test('a blob that grows or shrinks between listing and hashing is damaged', async () => {
  const { registry, image } = patient();
  const driver = registry.driver();
  for (const more of [-1, 1]) {
    const stat: StorageDriver['stat'] = async path => {
      const info = await driver.stat(path);
      return path === registry.pathOf(image.layer(0)) ? { ...info, size: info.size + more } : info;
    };
    const { findings } = await verifyDriver({ ...driver, stat });
    const [{ kind, digest } = {}, ...others] = findings;
    assert.deepEqual([kind, digest, others], ['BLOB_CORRUPT', image.layer(0).digest, []]);
  }
});

test('a blob of another name in several repositories is named with each of their images once', async () => {
  const { registry, app } = patient();
  const layer = { content: app.blob(210), algorithm: 'sha512' } as const;
  const image = app.image({ tag: '512', layers: [layer] });
  registry.repository('team/too').image({ tag: '512', layers: [layer] });
  registry.flipBit(image.layer(0));
  const { findings } = await verifyDriver(registry.driver());
  const [{ references, referenceCount } = {}] = findings.filter(({ kind }) => kind === 'BLOB_CORRUPT');
  assert.deepEqual([references, referenceCount], [['team/app:512', 'team/too:512'], 2]);
});

test('what is foreign is said to be what it is', async () => {
  const { registry, app, put, untagged } = patient();
  const file = Buffer.from('xyz');
  put('repositories/One/Deep/file', file);
  put('repositories/Two/a', file);
  put('repositories/Two/b', file);
  put('blobs/sha256/ab/some/data', file);
  put(`repositories/team/app/_manifests/revisions/link`, file);
  registry.replace(app.layerLink(untagged.layer(0)), 'y'.repeat(100));
  const { findings } = await verifyDriver(registry.driver());
  const messageAt = (end: string): string | undefined =>
    findings.find(({ path = '' }) => path.endsWith(end))?.message;
  const directory = 'no registry makes a directory of this name here; it holds';
  assert.equal(messageAt('/One'), `${directory} 1 file`);
  assert.equal(messageAt('/Two'), `${directory} 2 files`);
  assert.deepEqual(
    findings.filter(({ kind }) => kind === 'FOREIGN_FILE').map(({ size }) => size),
    [3, 6],
  );
  const stops = 'garbage-collect takes this file for';
  assert.equal(messageAt('some/data'), `${stops} a blob's, but its path is no digest, and stops`);
  assert.equal(messageAt('revisions/link'), `${stops} a link, but it holds no digest, and stops`);
  const malformed = findings.find(({ kind }) => kind === 'LINK_MALFORMED')?.message ?? '';
  assert.ok(
    malformed.startsWith(`a link holds "${'y'.repeat(80)}", expected ${untagged.layer(0).digest};`),
    malformed,
  );
});

test('garbage collection does not go by a repository without layers', async () => {
  for (const without of [false, true]) {
    const { registry, app } = patient();
    const layer = app.blob(900);
    app.image({ tag: '512', layers: [{ content: layer, algorithm: 'sha512' }] });
    const zed = registry.repository('zed');
    zed.image({ tag: 'too', layers: [layer] });
    if (without) registry.remove(`${zed.directory}/_layers`);
    const { findings } = await verifyDriver(registry.driver());
    const doomed = findings.filter(({ kind }) => kind === 'GC_DELETES').map(({ digest }) => digest);
    assert.deepEqual(doomed, without ? [layer.stored] : []);
  }
});

test('a directory whose name begins as a repository’s own do is no repository, nor is any in it', async () => {
  const { registry, put } = patient();
  put('repositories/_odd/inner/_manifests/file', Buffer.from('x'));
  const { findings, totals } = await verifyDriver(registry.driver());
  assert.deepEqual(
    [findings.map(({ kind, path }) => [kind, path?.endsWith('/_odd')]), totals.repositories],
    [[['FOREIGN_FILE', true]], 2],
  );
});

test('a large blob is not read to its end once it is told to stop', async () => {
  const { registry, image } = patient();
  const driver = registry.driver();
  const stop = new AbortController();
  const reason = new ScraperError('TERMINATED', 'terminated');
  let chunks = 0;
  async function* stream(path: string): AsyncGenerator<Uint8Array> {
    if (path !== registry.pathOf(image.layer(0))) {
      yield* driver.stream(path);
      return;
    }
    for (; chunks < 1000; chunks += 1) {
      stop.abort(reason);
      yield await Promise.resolve(Buffer.alloc(1));
    }
  }
  const work = verifyDriver({ ...driver, stream }, { signal: stop.signal });
  await assert.rejects(work, error => error === reason);
  assert.ok(chunks < 10, String(chunks));
});

test('of more than ten thousand things none is passed over', async () => {
  const { registry, app } = patient();
  const count = 10_050;
  for (let number = 0; number < count; number += 1) {
    const digest = digestOf('sha256', number.toString(16).padStart(64, '0'));
    registry.tree.set(app.layerLink(digest), new Uint8Array());
    registry.tree.set(pathFor({ kind: 'blob', digest }), new Uint8Array());
  }
  const { totals, findings } = await verifyDriver(registry.driver(), { hash: 'none' });
  const { LINK_EMPTY, BLOB_EMPTY, BLOB_ORPHAN } = totals.findings;
  assert.deepEqual([LINK_EMPTY?.count, BLOB_EMPTY?.count, BLOB_ORPHAN?.count], [count, count, count]);
  assert.equal(findings.length, 3 * count);
});

test('signatures of schema1 are looked at, and what else stands beside them is told of', async () => {
  const { registry, app } = patient();
  const old = app.schema1({ tag: 'old', signature: 'linked' });
  const [signature] = old.signatures;
  assert.ok(signature);
  const directory = app.revisionLink(old).replace(/\/link$/, '');
  const [link] = [...registry.tree.keys()].filter(path => path.startsWith(`${directory}/signatures/`));
  registry.makeEmpty(link ?? '');
  registry.tree.set(`${directory}/else`, Buffer.from('x'));
  registry.tree.set(app.revisionLink(app.image()).replace(/link$/, 'signatures'), Buffer.from('x'));
  const { findings } = await verifyDriver(registry.driver());
  const found = findings.filter(({ kind }) => kind === 'LINK_EMPTY' || kind === 'FOREIGN_FILE');
  assert.deepEqual(found.map(({ kind }) => kind).sort(), ['FOREIGN_FILE', 'FOREIGN_FILE', 'LINK_EMPTY']);
  const { path, digest, repository } = found.find(({ kind }) => kind === 'LINK_EMPTY') ?? {};
  assert.deepEqual([path, digest, repository], [`memory:${link ?? ''}`, signature.digest, app.name]);
});
