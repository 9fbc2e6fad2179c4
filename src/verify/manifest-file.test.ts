import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { patient } from '../testing/damages/patient.ts';
import { verifyDriver } from '../testing/verify.ts';

test('a manifest that cannot be used names what it names, so orphans are known; a damaged one may have named more', async () => {
  for (const damaged of [false, true]) {
    const { registry, app, untagged } = patient();
    registry.orphan();
    const layer = app.blob(600);
    const broken = app.manifest(JSON.stringify({ layers: [layer.digest] }), { tag: 'broken' });
    if (damaged) registry.flipBit(untagged);
    const { totals, findings } = await verifyDriver(registry.driver());
    assert.equal(findings.find(({ digest }) => digest === broken.digest)?.kind, 'MANIFEST_INVALID');
    assert.equal(totals.orphans?.count, damaged ? undefined : 1);
  }
});

test('a manifest that goes meanwhile is missing', async () => {
  const { registry, image } = patient();
  const before = registry.driver();
  registry.remove(image);
  const { stat, list } = before;
  const { kinds, findings, totals, errors } = await verifyDriver(
    { ...registry.driver(), stat, list },
    { hash: 'none' },
  );
  assert.deepEqual([kinds, errors], [['BLOB_MISSING'], []]);
  assert.deepEqual(findings[0]?.references, ['team/app:1.0']);
  assert.equal(totals.orphans, null);
});

test('each manifest is hashed once', async () => {
  const { registry } = patient();
  const sizes: number[] = [];
  let hashed = 0;
  const { totals } = await verifyDriver(registry.driver(), {
    hash: 'none',
    observer: { onBytes: size => sizes.push(size), onHashed: count => (hashed += count) },
  });
  assert.deepEqual([sizes.length, hashed, totals.hashedBlobs], [6, 6, 6]);
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    totals.hashedBytes,
  );
});

test('of a manifest that is elsewhere nothing is read', async () => {
  const { registry, image } = patient();
  const elsewhere = new Map([image, image.config, ...image.layers].map(({ digest, size }) => [digest, size]));
  for (const blob of [image, image.config, ...image.layers]) registry.remove(blob);
  const base = (digest: Digest): number | undefined => elsewhere.get(digest);
  const { kinds, totals, errors } = await verifyDriver(registry.driver(), { base });
  assert.deepEqual([[...new Set(kinds)], errors, totals.orphans?.count], [['DIRECTORY_EMPTY'], [], 0]);
});

test('what stands in the place of a manifest is told of once', async () => {
  for (const [entry, kind] of [
    ['directory', 'NOT_A_FILE'],
    [{ symlink: '/elsewhere' }, 'SYMLINK_OUTSIDE'],
  ] as const) {
    const { registry, image } = patient();
    const path = registry.pathOf(image);
    registry.tree.delete(path);
    registry.tree.set(path, entry);
    const { kinds, totals, errors } = await verifyDriver(registry.driver());
    assert.deepEqual([kinds, errors, totals.orphans], [[kind], [], null]);
  }
});

test('a manifest that cannot be read is an error, also when nothing is hashed', async () => {
  const { registry, image } = patient();
  const driver = registry.driver();
  const path = registry.pathOf(image);
  const read: typeof driver.read = (asked, most) =>
    asked === path
      ? Promise.reject(new ScraperError('IO_ERROR', `reading ${path}`))
      : driver.read(asked, most);
  const { kinds, errors } = await verifyDriver({ ...driver, read }, { hash: 'none' });
  assert.deepEqual([kinds, errors.map(({ code }) => code)], [[], ['IO_ERROR']]);
});
