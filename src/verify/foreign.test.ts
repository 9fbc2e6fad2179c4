/** What does not belong where it is: told of once, where it begins, and nothing around it suffers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, encodedOf } from '../oci/digest.ts';
import { pathFor, STORAGE_ROOT } from '../registry/layout.ts';
import { patient } from '../testing/damages/patient.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { memoryDriver, type MemoryEntry } from '../storage/memory.ts';
import type { TreeEntry } from '../testing/tree.ts';
import { TODAY, verifyDriver } from '../testing/verify.ts';
import type { FindingKind } from './kinds.ts';

const file = Buffer.from('xyz');
const spare = digestOf('sha256', `00${'a'.repeat(62)}`);
const hex = encodedOf(spare);

interface Case {
  /** Below the storage. */
  readonly at: string;
  readonly entry?: TreeEntry;
  readonly kind?: FindingKind;
  /** What the finding names, where that is not the path itself. */
  readonly named?: string;
}

const below = (root: string): readonly Case[] => [
  { at: `${root}/md5/ab/file`, named: `${root}/md5` },
  { at: `${root}/md5/${hex}/file`, named: `${root}/md5` },
  { at: `${root}/sha512` },
  { at: `${root}/sha256/${hex}` },
  { at: `${root}/sha256/short/file`, named: `${root}/sha256/short` },
  { at: `${root}/sha256/empty`, entry: 'directory', kind: 'DIRECTORY_EMPTY' },
  { at: `${root}/sha256/${hex}`, entry: 'directory', kind: 'DIRECTORY_EMPTY' },
];

const repository = 'repositories/zed';
const unfinished = 'link.0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f.tmp';
const cases: readonly Case[] = [
  { at: 'file' },
  { at: 'directory/file', named: 'directory' },
  { at: 'blobs/md5/ab/file', named: 'blobs/md5' },
  { at: 'blobs/sha512' },
  { at: 'blobs/sha256/00' },
  { at: 'blobs/sha256/zz/file', named: 'blobs/sha256/zz' },
  { at: 'blobs/sha256/00', entry: 'directory', kind: 'DIRECTORY_EMPTY' },
  { at: `blobs/sha256/00/${hex}` },
  { at: `blobs/sha256/00/${hex}`, entry: 'directory', kind: 'DIRECTORY_EMPTY' },
  { at: `blobs/sha256/00/${hex}/file` },
  { at: `blobs/sha256/00/short/file`, named: 'blobs/sha256/00/short' },
  { at: `blobs/sha256/01/${hex}/file`, named: `blobs/sha256/01/${hex}` },
  { at: `blobs/sha256/00/${hex}/directory/data`, kind: 'GC_BLOCKED' },
  { at: `blobs/sha256/00/${hex}/directory/data`, kind: 'GC_BLOCKED', entry: Buffer.from(spare) },
  { at: 'repositories/file' },
  { at: 'repositories/empty', entry: 'directory', kind: 'DIRECTORY_EMPTY' },
  { at: 'repositories/empty/inner', entry: 'directory', kind: 'DIRECTORY_EMPTY' },
  { at: `${repository}/file` },
  { at: `${repository}/_more/file`, named: `${repository}/_more` },
  { at: `${repository}/_manifests/file` },
  { at: `${repository}/_manifests/more/file`, named: `${repository}/_manifests/more` },
  { at: `${repository}/_uploads/file` },
  { at: `${repository}/_manifests/tags/1.0/file` },
  { at: `${repository}/_manifests/tags/1.0/more/file`, named: `${repository}/_manifests/tags/1.0/more` },
  { at: `${repository}/_manifests/tags/1.0/current/file` },
  ...below(`${repository}/_layers`),
  { at: `${repository}/_layers/sha256/${hex}/file` },
  { at: `${repository}/_layers/sha256/${hex}/${unfinished}`, kind: 'TEMPORARY_FILE' },
  { at: `${repository}/_layers/sha256/${hex}/${unfinished}.gz` },
  ...below(`${repository}/_manifests/revisions`),
  { at: `${repository}/_manifests/revisions/sha256/${hex}/file` },
  {
    at: `${repository}/_manifests/revisions/sha256/${hex}/more/file`,
    named: `${repository}/_manifests/revisions/sha256/${hex}/more`,
  },
  ...below(`${repository}/_manifests/tags/1.0/index`),
];

for (const { at, entry = file, kind = 'FOREIGN_FILE', named = at } of cases)
  test(`${at}${entry === 'directory' ? '/' : ''}: ${kind}`, async () => {
    const { registry, put } = patient();
    const sound = (await verifyDriver(registry.driver())).totals;
    put(at, entry);
    const { findings, totals, errors } = await verifyDriver(registry.driver());
    assert.deepEqual(errors, []);
    assert.deepEqual(
      findings.map(({ kind, path }) => [kind, path]),
      [[kind, `memory:${STORAGE_ROOT}/${named}`]],
    );
    const bytes = kind === 'FOREIGN_FILE' || kind === 'TEMPORARY_FILE' ? 3 : 0;
    assert.deepEqual([findings[0]?.size ?? 0, totals.findings], [bytes, { [kind]: { count: 1, bytes } }]);
    const { findings: _, damaged, notices, ...counted } = totals;
    const { findings: __, damaged: ___, notices: ____, ...before } = sound;
    assert.deepEqual(counted, before);
    assert.equal(damaged + notices, 1);
  });

test('a directory of digests that is empty is told of', async () => {
  const { registry, put } = patient();
  const at = 'repositories/zed/_manifests/tags/1.0/index';
  registry.remove(`${STORAGE_ROOT}/${at}`);
  const path = put(at, 'directory');
  const onFinding = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 300));
  const { findings } = await verifyDriver(registry.driver(), { onFinding });
  assert.deepEqual(
    findings.map(({ kind, path }) => [kind, path]),
    [['DIRECTORY_EMPTY', `memory:${path}`]],
  );
});

test('it ends when whoever is told has taken what there was to tell', async () => {
  const onFinding = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 1000));
  const told = cases.map(async ({ at, entry = file }) => {
    const { registry, put } = patient();
    put(at, entry);
    const { findings } = await verifyDriver(registry.driver(), { onFinding });
    return [at, findings.length];
  });
  assert.deepEqual(
    await Promise.all(told),
    cases.map(({ at }) => [at, 1]),
  );
});

/** The patient's storage, and something that no file system in memory has. */
function driverWith(at: string, entry: MemoryEntry): StorageDriver {
  const { registry } = patient();
  registry.orphan();
  const whole = new Map<string, MemoryEntry>();
  for (const [path, there] of registry.tree)
    if (there instanceof Uint8Array || there === 'directory') whole.set(path, there);
  return memoryDriver(whole.set(`${STORAGE_ROOT}/${at}`, entry));
}

test('a link out of the storage may lead to what is in use, a link to nowhere does not', async () => {
  for (const at of ['odd', 'blobs/odd', 'repositories/_odd', `${repository}/odd`]) {
    const outside = await verifyDriver(driverWith(at, { fails: 'OUTSIDE_ROOT' }));
    assert.deepEqual([outside.kinds, outside.totals.orphans], [['SYMLINK_OUTSIDE'], null], at);
    const nowhere = await verifyDriver(driverWith(at, { fails: 'PATH_UNKNOWN' }));
    assert.deepEqual(
      [nowhere.kinds, nowhere.totals.findings.FOREIGN_FILE, nowhere.totals.orphans?.count],
      [['BLOB_ORPHAN', 'FOREIGN_FILE'], { count: 1, bytes: 0 }, 1],
      at,
    );
    const failing = await verifyDriver(driverWith(at, { fails: 'IO_ERROR' }));
    assert.deepEqual(
      [failing.kinds, failing.errors.map(({ code }) => code)],
      [['BLOB_ORPHAN'], ['IO_ERROR']],
    );
  }
});

test('a file that goes before it is looked at is told of with no bytes', async () => {
  const driver = driverWith('odd', Buffer.from('xyz'));
  const { totals, errors } = await verifyDriver({
    ...driver,
    stat: path => driver.stat(path.endsWith('/odd') ? `${path}/gone` : path),
  });
  assert.deepEqual([totals.findings.FOREIGN_FILE, errors], [{ count: 1, bytes: 0 }, []]);
});

test('of an endless directory a hundred thousand entries are looked at', async () => {
  const driver = driverWith('odd', 'directory');
  const file = await driver.stat(pathFor({ kind: 'repositories' })).then(info => ({ ...info, size: 2 }));
  const { totals, findings } = await verifyDriver({
    ...driver,
    stat: path => (path.includes('/odd/') ? Promise.resolve(file) : driver.stat(path)),
    async *list(path) {
      if (!path.endsWith('/odd')) yield* driver.list(path);
      else for (let name = 0; ; name += 1) yield { name: String(name), kind: 'file' };
    },
  });
  assert.deepEqual(totals.findings.FOREIGN_FILE, { count: 1, bytes: 200_000 });
  assert.ok(findings.some(({ message }) => message.endsWith('it holds 100000 files')));
});

test('what cannot be looked at counts as a blob of no bytes', async () => {
  const { registry, image } = patient();
  const { totals: sound } = await verifyDriver(registry.driver());
  const path = registry.pathOf(image.layer(0));
  registry.tree.delete(path);
  registry.tree.set(path, { symlink: '/elsewhere' });
  const driver = registry.driver();
  const { totals, kinds } = await verifyDriver(driver);
  assert.deepEqual(
    [totals.blobs, totals.bytes, kinds],
    [sound.blobs, sound.bytes - image.layer(0).size, ['SYMLINK_OUTSIDE']],
  );
});

test('a directory in place of a blob is told of without hashing, too', async () => {
  const { registry, image } = patient();
  const path = registry.pathOf(image.layer(0));
  registry.tree.delete(path);
  registry.tree.set(path, 'directory');
  const { kinds, totals } = await verifyDriver(registry.driver(), { hash: 'none', now: TODAY });
  assert.deepEqual([kinds, totals.blobs], [['NOT_A_FILE'], 17]);
});
