import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
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
