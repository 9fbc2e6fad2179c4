import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import { digestOf } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { attendedDriver } from '../testing/attended.ts';
import { patient } from '../testing/damages/patient.ts';
import { verifyDriver } from '../testing/verify.ts';

const notOrphan = (kind: string): boolean => kind !== 'BLOB_ORPHAN' && kind !== 'DIRECTORY_EMPTY';

/** A driver that takes its time to read one file. */
function slowAt(driver: StorageDriver, slow: string): StorageDriver {
  const read: StorageDriver['read'] = async (path, most) => {
    if (path === slow) await new Promise(resolve => setTimeout(resolve, 300));
    return driver.read(path, most);
  };
  return { ...driver, read };
}

test('what a bad link is named after is held, and waited for', async () => {
  const { registry, app, untagged } = patient();
  registry.makeEmpty(app.revisionLink(untagged));
  const driver = registry.driver();
  let first = true;
  const late: StorageDriver['read'] = async (path, most) => {
    if (path === registry.pathOf(untagged) && first) {
      first = false;
      await new Promise(resolve => setTimeout(resolve, 1000));
    }
    return driver.read(path, most);
  };
  assert.deepEqual((await verifyDriver({ ...driver, read: late })).kinds, ['LINK_EMPTY']);
});

test('what a bad link is named after may be gone', async () => {
  const { registry, app, untagged } = patient();
  registry.makeEmpty(app.revisionLink(untagged));
  registry.remove(untagged);
  const { totals } = await verifyDriver(registry.driver());
  assert.equal(totals.orphans?.count, 2);
});

test('a manifest that is linked as a layer is looked at once, however many tags lead to it', async () => {
  const { registry, app } = patient();
  const old = app.schema1({ tag: 'a', linkedIn: 'layers' });
  app.tag('b', old);
  const { kinds } = await verifyDriver(registry.driver());
  assert.deepEqual(
    kinds.filter(kind => kind === 'MANIFEST_SCHEMA1'),
    ['MANIFEST_SCHEMA1'],
  );
});

test('told to stop, it goes on with no other manifest', async () => {
  const { registry, app } = patient();
  const manifests = new Set(Array.from({ length: 100 }, () => registry.pathOf(app.artifact())));
  const stop = new AbortController();
  const reason = new ScraperError('INTERRUPTED', 'interrupted');
  let read = 0;
  const driver = attendedDriver(registry.driver(), path => {
    if (manifests.has(path)) read += 1;
    // each was listed before the first is read
    if (read === 101) stop.abort(reason);
    return undefined;
  });
  const work = verifyDriver(driver, { signal: stop.signal, hash: 'none' });
  await assert.rejects(work, error => error === reason);
  assert.ok(read < 150, String(read));
});

test('an old manifest and a sparse index are named, and how much is lacking', async () => {
  const { registry, app, children, index } = patient();
  const old = app.schema1({ tag: 'old' });
  registry.remove(app.revisionLink(children[0]).replace(/\/link$/, ''));
  registry.remove(children[0]);
  const { findings } = await verifyDriver(registry.driver());
  const told = findings.filter(({ kind }) => kind === 'MANIFEST_SCHEMA1' || kind === 'INDEX_SPARSE');
  assert.deepEqual(
    told.map(({ digest, repository, message }) => [digest, repository, message]).sort(),
    [
      [old.digest, app.name, 'a schema1 manifest: registry:2 serves it, registry:3 does not'],
      [index.digest, app.name, '1 of the 2 entries of an index are not in the repository'],
    ].sort(),
  );
});

test('of what a tag’s bad revision names nothing is missing for certain', async () => {
  const { registry, app, image } = patient();
  registry.makeEmpty(app.revisionLink(image));
  registry.remove(app.layerLink(image.layer(0)).replace(/\/link$/, ''));
  assert.deepEqual((await verifyDriver(registry.driver())).kinds, ['LINK_EMPTY']);
});

test('of what an index’s bad revision names nothing is missing for certain', async () => {
  const { registry, app, children } = patient();
  registry.makeEmpty(app.revisionLink(children[0]));
  registry.remove(app.layerLink(children[0].layer(0)).replace(/\/link$/, ''));
  assert.deepEqual((await verifyDriver(registry.driver())).kinds, ['LINK_EMPTY']);
});

test('whether a layer was linked meanwhile is waited for, in an image and in a cache', async () => {
  for (const cached of [false, true]) {
    const { registry, app, image } = patient();
    const link = app.layerLink((cached ? app.cacheIndex({ tag: 'cache' }) : image).layer(0));
    registry.remove(link.replace(/\/link$/, ''));
    const { kinds } = await verifyDriver(slowAt(registry.driver(), link));
    assert.deepEqual(kinds, ['LAYER_LINK_MISSING'], String(cached));
  }
});

test('an index may name a manifest by another algorithm, and must give its size', async () => {
  const { registry, app, children, untagged } = patient();
  const digest = digestOf('sha512', hash('sha512', untagged.bytes));
  registry.tree.set(app.revisionLink(digest), Buffer.from(untagged.digest));
  app.index([{ ...untagged.descriptor, digest }], { tag: 'a' });
  assert.deepEqual((await verifyDriver(registry.driver())).kinds, []);
  app.index([{ ...children[0].descriptor, size: 5 }], { tag: 'b' });
  const { findings } = await verifyDriver(registry.driver());
  assert.deepEqual(
    findings.map(({ kind, digest: about }) => [kind, about]),
    [['BLOB_SIZE_INVALID', children[0].digest]],
  );
});

test('an entry of an index without a type is a manifest, which may be absent, gone as well', async () => {
  const { registry, app, untagged } = patient();
  registry.remove(app.revisionLink(untagged).replace(/\/link$/, ''));
  const { mediaType: _, ...untyped } = untagged.descriptor;
  app.index([], { tag: 'a', overrides: { manifests: [untyped] } });
  assert.deepEqual((await verifyDriver(registry.driver())).kinds.filter(notOrphan), ['INDEX_SPARSE']);
  const asLayer = app.image({ linkedIn: 'layers' });
  app.index([asLayer], { tag: 'a' });
  registry.remove(asLayer);
  const { findings } = await verifyDriver(registry.driver());
  assert.equal(findings.filter(({ kind }) => kind === 'INDEX_SPARSE').length, 2);
});

test('an index’s manifest that is linked as a layer is looked at, and garbage collection does not go by it', async () => {
  const { registry, app } = patient();
  const child = app.image({ linkedIn: 'layers', layers: [610] });
  app.index([child], { tag: 'a' });
  const { findings } = await verifyDriver(slowAt(registry.driver(), registry.pathOf(child)));
  assert.deepEqual(
    findings.map(({ kind, digest }) => [kind, digest]).sort(),
    [child.config, child.layer(0)].map(({ digest }) => ['GC_DELETES', digest]).sort(),
  );
});

test('a layer may be elsewhere if its type and its URLs say so, and it was never linked', async () => {
  const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
  const urls = ['https://example.com/layer'];
  for (const [layer, linked, missing] of [
    [{ mediaType: foreign, urls }, false, false],
    [{ mediaType: foreign, urls }, true, true],
    [{ mediaType: foreign }, false, true],
    [{ urls }, false, true],
  ] as const) {
    const { registry, app } = patient();
    const image = app.image({ tag: 'a', layers: [{ content: 610, stored: linked, ...layer }] });
    if (linked) registry.remove(image.layer(0));
    const { kinds } = await verifyDriver(registry.driver());
    assert.deepEqual(kinds.filter(notOrphan), missing ? ['BLOB_MISSING'] : [], JSON.stringify(layer));
  }
});

test('a blob that is named by another algorithm is missed whether it was linked or not', async () => {
  for (const linked of [false, true]) {
    const { registry, app } = patient();
    const layer = { content: 610, algorithm: 'sha512', stored: linked } as const;
    const image = app.image({ tag: 'a', layers: [layer] });
    if (linked) registry.remove(image.layer(0));
    const { kinds } = await verifyDriver(registry.driver());
    assert.deepEqual(kinds.filter(notOrphan), ['BLOB_MISSING'], String(linked));
  }
});

test('what is missing is named with its size, as far as a manifest says it', async () => {
  const { registry, app, image } = patient();
  const old = app.schema1({ tag: 'old' });
  for (const blob of [image.layer(0), old.layer(0)]) registry.remove(blob);
  const { findings } = await verifyDriver(registry.driver());
  const messages = findings.filter(({ kind }) => kind === 'BLOB_MISSING').map(({ message }) => message);
  assert.deepEqual(
    messages.sort(),
    [
      `the layer 1 ${image.layer(0).digest}, 1000 bytes, is not in the storage`,
      `the layer 2 ${old.layer(0).digest} is not in the storage`,
    ].sort(),
  );
});

test('a manifest that is pushed meanwhile under two tags is looked at once', async () => {
  const { registry, app } = patient();
  const before = registry.driver();
  const old = app.schema1({ tag: 'a' });
  app.tag('b', old);
  const after = registry.driver();
  const revisions = pathFor({ kind: 'revisions', repository: app.name });
  const list: StorageDriver['list'] = path => (path.startsWith(revisions) ? before : after).list(path);
  assert.deepEqual((await verifyDriver({ ...after, list })).kinds, ['MANIFEST_SCHEMA1']);
});
