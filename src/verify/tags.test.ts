import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../oci/digest.ts';
import { pathFor, STORAGE_ROOT } from '../registry/layout.ts';
import { attendedDriver } from '../testing/attended.ts';
import { patient } from '../testing/damages/patient.ts';
import { verifyDriver } from '../testing/verify.ts';

const nowhere = digestOf('sha256', 'f'.repeat(64));

test('what stands among the tags and is none is told apart', async () => {
  const { registry, put } = patient();
  const [name, file] = [
    put('repositories/zed/_manifests/tags/-', 'directory'),
    put('repositories/zed/_manifests/tags/file', Buffer.from('x')),
  ];
  const { findings, totals } = await verifyDriver(registry.driver());
  const told = findings.map(({ kind, path, message, repository }) => [kind, path, message, repository]);
  const end = 'a registry lists it and cannot serve it';
  assert.deepEqual(told.sort(), [
    [
      'TAG_INVALID',
      `memory:${name}`,
      `"-" stands among the tags, but no tag can have this name: ${end}`,
      'zed',
    ],
    ['TAG_INVALID', `memory:${file}`, `"file" stands among the tags, but it is no directory: ${end}`, 'zed'],
  ]);
  assert.equal(totals.tags, 3);
});

test('a tag that dangles is named with what it points to, a ghost with nothing', async () => {
  const { registry, app } = patient();
  app.ghostTag('ghost');
  const dangling = pathFor({ kind: 'tagLink', repository: app.name, tag: 'dangling' });
  registry.tree.set(dangling, Buffer.from(nowhere));
  const { findings } = await verifyDriver(registry.driver());
  const told = findings.map(({ message: _, severity: __, ...rest }) => rest);
  const about = (tag: string): object => ({
    ...{ path: `memory:${app.tagLink(tag)}`, repository: app.name, tag },
    ...{ references: [`${app.name}:${tag}`], referenceCount: 1 },
  });
  assert.deepEqual(
    told.filter(({ kind }) => kind !== 'DIRECTORY_EMPTY').sort((a, b) => (a.kind < b.kind ? -1 : 1)),
    [
      { kind: 'TAG_DANGLING', ...about('dangling'), digest: nowhere },
      { kind: 'TAG_GHOST', ...about('ghost') },
    ],
  );
});

test('an entry of a tag’s history is told of with its tag, its name and its path', async () => {
  const { registry, app, image } = patient();
  const path = app.tagHistoryLink('1.0', image);
  registry.makeEmpty(path);
  const [{ kind, path: named, tag, digest, repository } = {}] = (await verifyDriver(registry.driver()))
    .findings;
  assert.deepEqual(
    [kind, named, tag, digest, repository],
    ['TAG_HISTORY_INVALID', `memory:${path}`, '1.0', image.digest, app.name],
  );
});

test('a tag that is pushed after the revisions were read needs what it needs', async () => {
  const made = patient();
  const before = made.registry.driver();
  const late = made.app.image({ tag: 'late', layers: [150] });
  made.registry.orphan();
  const after = made.registry.driver();
  const revisions = pathFor({ kind: 'revisions', repository: made.app.name });
  const list: typeof after.list = path => (path.startsWith(revisions) ? before : after).list(path);
  const manifest = pathFor({ kind: 'blob', digest: late.digest });
  const slowly = attendedDriver({ ...after, list }, path =>
    path === manifest ? new Promise(resolve => setTimeout(resolve, 100)) : undefined,
  );
  const { kinds, totals } = await verifyDriver(slowly);
  assert.deepEqual([kinds, totals.orphans?.count], [['BLOB_ORPHAN'], 1]);
  made.registry.remove(late.layer(0));
  const again = made.registry.driver();
  const found = await verifyDriver({
    ...again,
    list: path => (path.startsWith(revisions) ? before : again).list(path),
  });
  assert.ok(found.kinds.includes('BLOB_MISSING'), found.kinds.join());
});

test('a file in place of the current link’s directory makes a ghost; a link that goes meanwhile does not', async () => {
  const { registry, app, put } = patient();
  const { kinds } = await verifyDriver({
    ...registry.driver(),
    read: (path, most) => registry.driver().read(path === app.tagLink('1.0') ? `${path}/gone` : path, most),
  });
  assert.deepEqual(kinds, []);
  registry.remove(app.tagLink('1.0').replace(/\/link$/, ''));
  put('repositories/team/app/_manifests/tags/1.0/current', Buffer.from('x'));
  assert.deepEqual((await verifyDriver(registry.driver())).kinds, ['FOREIGN_FILE', 'TAG_GHOST']);
});

test('a file in place of a tag’s history is foreign', async () => {
  const { registry, put } = patient();
  registry.remove(`${STORAGE_ROOT}/repositories/zed/_manifests/tags/1.0/index`);
  put('repositories/zed/_manifests/tags/1.0/index', Buffer.from('x'));
  assert.deepEqual((await verifyDriver(registry.driver())).kinds, ['FOREIGN_FILE']);
});

test('a tag whose manifest is linked as a layer dangles when that is gone', async () => {
  const { registry, app } = patient();
  const old = app.schema1({ tag: 'old', linkedIn: 'layers' });
  registry.remove(old);
  const { findings } = await verifyDriver(registry.driver());
  const [{ tag, digest } = {}] = findings.filter(({ kind }) => kind === 'TAG_DANGLING');
  assert.deepEqual([tag, digest], ['old', old.digest]);
});

test('a manifest that is pushed meanwhile and gone again is missing', async () => {
  const { registry, app } = patient();
  const before = registry.driver();
  const late = app.image({ tag: 'late' });
  registry.remove(late);
  const after = registry.driver();
  const revisions = pathFor({ kind: 'revisions', repository: app.name });
  const { findings } = await verifyDriver({
    ...after,
    list: path => (path.startsWith(revisions) ? before : after).list(path),
  });
  const [{ digest, references } = {}] = findings.filter(({ kind }) => kind === 'BLOB_MISSING');
  assert.deepEqual([digest, references], [late.digest, [`${app.name}:late`]]);
});
