import assert from 'node:assert/strict';
import { test } from 'node:test';
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
