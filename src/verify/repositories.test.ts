import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import { STORAGE_ROOT } from '../registry/layout.ts';
import { patient } from '../testing/damages/patient.ts';
import { buildRegistry } from '../testing/registry.ts';
import { verifyDriver } from '../testing/verify.ts';

test('a directory that looks like the one that it is in is no circle', async () => {
  const registry = buildRegistry();
  registry.repository('a/a').image({ tag: '1' });
  const { kinds, totals } = await verifyDriver(registry.driver());
  assert.deepEqual([kinds, totals.repositories, totals.tags], [[], 1, 1]);
});

test('nothing is concluded from a repository of which not everything could be listed', async () => {
  const { registry } = patient();
  const driver = registry.driver();
  const { findings, errors, totals } = await verifyDriver({
    ...driver,
    async *list(path) {
      for await (const entry of driver.list(path)) if (entry.name !== '_layers') yield entry;
      if (path.endsWith('/zed')) throw new ScraperError('IO_ERROR', `listing ${path}`);
    },
  });
  assert.deepEqual([errors.map(({ code }) => code), totals.orphans], [['IO_ERROR'], null]);
  assert.deepEqual(
    findings.filter(({ path }) => path?.includes('zed')),
    [],
  );
});

test('files do not make a repository', async () => {
  const { registry, put } = patient();
  for (const name of ['_layers', '_manifests']) put(`repositories/half/${name}`, Buffer.from('x'));
  const { kinds, totals } = await verifyDriver(registry.driver());
  assert.deepEqual([kinds, totals.repositories], [['GC_MISLED', 'GC_MISLED'], 2]);
});

test('uploads are told of wherever they stand', async () => {
  for (const name of ['half', 'Half']) {
    const { registry, put } = patient();
    put(`repositories/${name}/_uploads/u/data`, Buffer.from('x'));
    const onFinding = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 300));
    const { kinds, totals } = await verifyDriver(registry.driver(), { onFinding });
    assert.deepEqual([kinds, totals.repositories], [['UPLOAD_ABANDONED'], 2], name);
  }
});

test('a repository deep below a name that none can have is found', async () => {
  const { registry, put } = patient();
  registry.orphan();
  const path = put('repositories/Bad/x/_layers', 'directory');
  const { findings, totals } = await verifyDriver(registry.driver());
  // it may be renamed
  assert.equal(totals.orphans, null);
  assert.deepEqual(
    findings.map(({ kind, path }) => [kind, path]),
    [['GC_BLOCKED', `memory:${path.replace('/_layers', '')}`]],
  );
});

test('layers are missed only where there is a manifest that could need them', async () => {
  const { registry, put } = patient();
  put('repositories/x/_manifests/revisions', 'directory');
  const { kinds, totals } = await verifyDriver(registry.driver());
  assert.deepEqual([kinds, totals.repositories], [['DIRECTORY_EMPTY'], 3]);
});

test('a link that cannot be read is one error, however many need it', async () => {
  const { registry, app, image } = patient();
  const path = app.layerLink(image.layer(0));
  const driver = registry.driver();
  const { kinds, errors } = await verifyDriver({
    ...driver,
    read: (asked, most) =>
      asked === path
        ? Promise.reject(new ScraperError('IO_ERROR', `reading ${path}`))
        : driver.read(asked, most),
  });
  assert.deepEqual([kinds, errors.map(({ code }) => code)], [[], ['IO_ERROR']]);
});

test('directories in one another that only are of one age are no circle', async () => {
  const registry = buildRegistry();
  registry.repository('a/b/c/d/e').image({ tag: '1' });
  assert.deepEqual((await verifyDriver(registry.driver())).kinds, []);
});

test('what stood in the place of a file that is there now may have named anything', async () => {
  for (const part of ['revisions', 'tags']) {
    const { registry, put } = patient();
    registry.orphan();
    registry.remove(`${STORAGE_ROOT}/repositories/zed/_manifests/${part}`);
    put(`repositories/zed/_manifests/${part}`, Buffer.from('x'));
    const { totals, kinds } = await verifyDriver(registry.driver());
    assert.ok(kinds.includes('NOT_A_FILE'));
    assert.equal(totals.orphans, null, part);
  }
});

test('a defect met on the way is thrown', async () => {
  const { registry } = patient();
  const driver = registry.driver();
  const defect = new TypeError('no function');
  const stat = (path: string): ReturnType<typeof driver.stat> =>
    path.endsWith('/zed') ? Promise.reject(defect) : driver.stat(path);
  await assert.rejects(verifyDriver({ ...driver, stat }), error => error === defect);
});

test('it ends when whoever is told has taken that a repository is unfinished', async () => {
  const { registry } = patient();
  registry.repository('half').blob(50);
  const onFinding = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 500));
  const { kinds } = await verifyDriver(registry.driver(), { onFinding });
  assert.deepEqual(kinds, ['BLOB_ORPHAN', 'REPOSITORY_UNFINISHED']);
});
