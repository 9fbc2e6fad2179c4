import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { filesystemDriver } from '../storage/filesystem.ts';
import type { Finding } from './finding.ts';
import { damages } from '../testing/damages/all.ts';
import { patient, type Damage } from '../testing/damages/patient.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { verifyDriver, type Verified } from '../testing/verify.ts';

for (const damage of damages) {
  test(`${damage.name}: ${[...new Set(damage.kinds)].join(', ') || 'sound'}`, async t => {
    const made = patient();
    const path = damage.make(made);
    if (damage.onDisk !== true) check(damage, await verifyDriver(made.registry.driver()), path, 'memory:');
    const root = await temporaryDirectory(t);
    await made.registry.write(root);
    check(damage, await verifyDriver(filesystemDriver({ root })), path, `${root}/`);
  });
}

for (const onDisk of [false, true])
  test(`it ends when whoever is told has taken what there was to tell, ${onDisk ? 'on disk' : 'in memory'}`, async t => {
    const root = await temporaryDirectory(t);
    const told = damages.map(async (damage, at) => {
      if ((damage.onDisk ?? false) !== onDisk) return;
      const made = patient();
      damage.make(made);
      const place = join(root, String(at));
      if (onDisk) await made.registry.write(place);
      const driver = onDisk ? filesystemDriver({ root: place }) : made.registry.driver();
      const slow = new Set(damage.kinds);
      // a second for the first of each kind
      const onFinding = async ({ kind }: Finding): Promise<void> => {
        if (slow.delete(kind)) await new Promise(resolve => setTimeout(resolve, 1000));
      };
      const { kinds } = await verifyDriver(driver, { onFinding });
      assert.deepEqual(kinds, damage.kinds, damage.name);
    });
    await Promise.all(told);
  });

function check(
  damage: Damage,
  { kinds, findings, errors, totals }: Verified,
  path: unknown,
  at: string,
): void {
  assert.deepEqual(errors, []);
  assert.deepEqual(kinds, damage.kinds, JSON.stringify(findings, null, 1));
  const bad = findings.filter(({ severity }) => severity !== 'notice');
  assert.deepEqual(
    [totals.damaged + totals.missing, totals.notices],
    [bad.length, kinds.length - bad.length],
  );
  const about = bad.length > 0 ? bad : findings;
  if (typeof path === 'string')
    assert.ok(
      about.some(finding => finding.path === at + path),
      JSON.stringify(about),
    );
  for (const { message } of findings) assert.doesNotMatch(message, /undefined|NaN|\[object/);
  if (damage.references) {
    const naming = findings.find(({ references }) => references !== undefined);
    const { references, referenceCount } = naming ?? {};
    assert.deepEqual([references, referenceCount], [damage.references, damage.references.length]);
  }
}
