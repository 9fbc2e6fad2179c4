import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { attendedDriver } from '../testing/attended.ts';
import { patient } from '../testing/damages/patient.ts';
import { verifyDriver } from '../testing/verify.ts';

test('what a bad link is named after is held, and waited for', async () => {
  const { registry, app, untagged } = patient();
  registry.makeEmpty(app.revisionLink(untagged));
  const driver = registry.driver();
  const late: StorageDriver['read'] = async (path, most) => {
    if (path === registry.pathOf(untagged)) await new Promise(resolve => setTimeout(resolve, 300));
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

test('whether a link was written meanwhile is waited for', async () => {
  const { registry, app, image } = patient();
  const link = app.layerLink(image.layer(0));
  registry.remove(link.replace(/\/link$/, ''));
  const driver = registry.driver();
  const read: StorageDriver['read'] = async (path, most) => {
    if (path === link) await new Promise(resolve => setTimeout(resolve, 300));
    return driver.read(path, most);
  };
  assert.deepEqual((await verifyDriver({ ...driver, read })).kinds, ['LAYER_LINK_MISSING']);
});
