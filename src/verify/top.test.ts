/** What verify does at the top of the storage, and when everything was read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError, type ErrorCode } from '../errors.ts';
import { pathFor } from '../registry/layout.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { attendedDriver } from '../testing/attended.ts';
import { memoryDriver, type MemoryEntry } from '../storage/memory.ts';
import { patient } from '../testing/damages/patient.ts';
import { buildRegistry } from '../testing/registry.ts';
import { verifyDriver, type VerifySettings } from '../testing/verify.ts';
import type { Finding } from './finding.ts';
import type { BlobProver } from './prover.ts';
import { MOST_NAMED } from './verification.ts';

const [blobs, repositories] = [pathFor({ kind: 'blobs' }), pathFor({ kind: 'repositories' })];

/** Fails to look at one path. */
function blind(driver: StorageDriver, path: string, code: ErrorCode): StorageDriver {
  return {
    ...driver,
    stat: async asked => {
      if (asked === path) throw new ScraperError(code, `looking at ${path}`, { path });
      return driver.stat(asked);
    },
  };
}

/** A registry with only these at its top. */
function topOf(entries: Readonly<Record<string, MemoryEntry>>): StorageDriver {
  return memoryDriver(new Map(Object.entries(entries)));
}

/** What was told, findings taken late where `isLate`; fails if one is told while another is taken. */
async function toldOneByOne(
  driver: StorageDriver,
  isLate: (finding: Finding) => boolean = () => true,
  settings: VerifySettings = {},
): Promise<readonly Finding[]> {
  let taking = 0;
  const { findings, errors } = await verifyDriver(driver, {
    ...settings,
    onFinding: async finding => {
      assert.equal(taking, 0, finding.message);
      if (!isLate(finding)) return;
      taking += 1;
      await new Promise(resolve => setTimeout(resolve, 5));
      taking -= 1;
    },
  });
  assert.deepEqual(errors, []);
  return findings;
}

test('what stands in place of its directories is named, and said once', async () => {
  const told = async (entry: MemoryEntry): Promise<readonly unknown[]> =>
    (await toldOneByOne(topOf({ [blobs]: entry, [repositories]: entry }))).map(({ kind, message, path }) => [
      kind,
      message.replace('a directory was expected, found ', ''),
      path,
    ]);
  const both = (kind: string, message: string): readonly unknown[] =>
    [blobs, repositories].map(path => [kind, message, `memory:${path}`]);
  assert.deepEqual(await told(Buffer.from('x')), both('NOT_A_FILE', 'a file'));
  assert.deepEqual(
    await told({ fails: 'NOT_A_FILE', as: 'other' }),
    both('NOT_A_FILE', 'something that is neither a file nor a directory'),
  );
  const outside = await told({ fails: 'OUTSIDE_ROOT', as: 'other' });
  assert.deepEqual(
    outside.map(one => Array.isArray(one) && [one[0], one[2]]),
    [blobs, repositories].map(path => ['SYMLINK_OUTSIDE', `memory:${path}`]),
  );
});

test('whoever is told of the database and of foreign files is waited for', async () => {
  const { registry } = patient();
  registry.databaseInUse();
  registry.tree.set('docker/registry/v2/foreign', Buffer.from('x'));
  const kinds = (await toldOneByOne(registry.driver())).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['FOREIGN_FILE', 'DATABASE_IN_USE']);
});

test('a directory that cannot be looked at is not missing; one that was listed is not looked at', async () => {
  const empty = topOf({ [blobs]: 'directory' });
  const { kinds, errors } = await verifyDriver(blind(empty, repositories, 'IO_ERROR'));
  assert.deepEqual([kinds, errors.map(({ code }) => code)], [[], ['IO_ERROR']]);
  const listed = await verifyDriver(blind(patient().registry.driver(), repositories, 'IO_ERROR'));
  assert.deepEqual([listed.kinds, listed.errors], [[], []]);
});

test('whether a database is in use may be unknown, which is an error, or something else may stand there', async () => {
  const lock = pathFor({ kind: 'databaseInUse' });
  for (const [code, told] of [
    ['IO_ERROR', ['IO_ERROR']],
    ['NOT_A_FILE', []],
    ['OUTSIDE_ROOT', []],
  ] as const) {
    const { kinds, errors } = await verifyDriver(blind(patient().registry.driver(), lock, code));
    assert.deepEqual([kinds, errors.map(error => error.code)], [[], told]);
  }
});

/** Proves nothing, and counts how often it is asked. */
function countingProver(): BlobProver & { count: number } {
  const prover = {
    ...{ inFlight: 1, count: 0, close: () => Promise.resolve() },
    prove: async () => {
      prover.count += 1;
      await new Promise(resolve => setTimeout(resolve, 2));
    },
  };
  return prover;
}

test('a defect among repositories stops the hashing', async () => {
  const { registry } = patient();
  for (let blob = 0; blob < 50; blob += 1) registry.orphan(10 + blob);
  const driver = registry.driver();
  const defect = new TypeError('no function');
  const broken: StorageDriver = {
    ...driver,
    list: async function* (path) {
      if (path === repositories) throw defect;
      yield* driver.list(path);
    },
  };
  const prover = countingProver();
  await assert.rejects(verifyDriver(broken, { prover }), error => error === defect);
  assert.ok(prover.count < 10, String(prover.count));
});

test('without hashing nothing is proved, also what comes late and what has two names', async () => {
  const { registry, app } = patient();
  app.image({ tag: 'alias', layers: [{ content: 210, algorithm: 'sha512' }] });
  const driver = registry.driver();
  const late: StorageDriver = {
    ...driver,
    // all blobs are pushed after they were listed
    list: async function* (path) {
      if (path !== blobs) yield* driver.list(path);
    },
  };
  const prover = countingProver();
  const { errors } = await verifyDriver(late, { hash: 'none', prover });
  assert.deepEqual([errors, prover.count], [[], 0]);
});

test('orphans are counted with their bytes', async () => {
  const { registry } = patient();
  for (const size of [10, 30]) registry.orphan(size);
  const { totals } = await verifyDriver(registry.driver());
  assert.deepEqual(totals.orphans, { count: 2, bytes: 40 });
});

test('of what is elsewhere, what manifests need is counted, and nothing else is said', async () => {
  const registry = buildRegistry('delta');
  const app = registry.repository('app');
  const ancient = app.image({ tag: 'ancient', linkedIn: 'layers', layers: [20] });
  const image = app.image({ tag: '1.0', layers: [30, 40] });
  const unneeded = app.blob(50);
  const elsewhere = [ancient.layer(0), image.layer(0), unneeded];
  for (const blob of elsewhere) registry.remove(pathFor({ kind: 'blob', digest: blob.digest }));
  const sizes = new Map(elsewhere.map(({ digest, size }) => [digest, size]));
  const { kinds, totals } = await verifyDriver(registry.driver(), { base: digest => sizes.get(digest) });
  assert.deepEqual([totals.baseBlobs, totals.baseBytes], [2, 50]);
  // the manifest and its config, and not the layer
  assert.deepEqual(
    kinds.filter(kind => kind !== 'DIRECTORY_EMPTY'),
    ['GC_DELETES', 'GC_DELETES'],
  );
});

test('the first row counts like the others', async () => {
  // nothing is stored, so that the first thing that is linked has it
  const registry = buildRegistry('elsewhere');
  const app = registry.repository('app');
  const image = app.image({ tag: '1.0', layers: [30] });
  for (const path of [...registry.tree.keys()]) if (path.startsWith(`${blobs}/`)) registry.tree.delete(path);
  registry.tree.set(blobs, 'directory');
  const { totals } = await verifyDriver(registry.driver(), {
    base: digest => (digest === image.digest ? image.size : undefined),
  });
  assert.equal(totals.baseBlobs, 1);
});

test('findings beyond those that wait for names are told one at a time', async () => {
  const { registry, app, image, untagged, other } = patient();
  const layer = (digest: string): unknown => ({
    ...{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: 1 },
  });
  const absent = Array.from({ length: MOST_NAMED }, (_, at) => `sha256:${String(at).padStart(64, '0')}`);
  app.image({ tag: 'lost', layers: [5], overrides: { layers: absent.map(layer) } });
  app.image({ tag: 'ancient', linkedIn: 'layers', layers: [20, 21] });
  app.image({ tag: 'wrong', overrides: { layers: image.layers.map(({ digest }) => layer(digest)) } });
  const gone = [untagged.layer(0), other.layer(0)].map(({ digest }) => digest);
  let asked = 0;
  const driver = attendedDriver(registry.driver(), () => void (asked += 1));
  const prover: BlobProver = {
    inFlight: 2,
    close: () => Promise.resolve(),
    prove: async ({ digests }) => {
      if (!gone.some(digest => digests.includes(digest))) return;
      // not before all manifests were read
      for (let before = -1; before !== asked; await new Promise(resolve => setTimeout(resolve, 20)))
        before = asked;
      throw new ScraperError('PATH_UNKNOWN', 'gone');
    },
  };
  const isLate = ({ kind, message }: Finding): boolean =>
    kind === 'GC_DELETES' || kind === 'BLOB_SIZE_INVALID' || message.includes('while the registry');
  const told = await toldOneByOne(driver, isLate, { prover });
  const seen = told.filter(isLate).map(({ kind }) => kind);
  assert.deepEqual(seen, [
    ...['BLOB_SIZE_INVALID', 'BLOB_SIZE_INVALID', 'BLOB_MISSING', 'BLOB_MISSING'],
    ...['GC_DELETES', 'GC_DELETES', 'GC_DELETES', 'GC_DELETES'],
  ]);
});
