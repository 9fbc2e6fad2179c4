import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { digestOf, type Digest } from '../oci/digest.ts';
import { patient } from '../testing/damages/patient.ts';
import { verifyDriver } from '../testing/verify.ts';
import type { Finding } from './finding.ts';

test('a revision that is deleted meanwhile is none', async () => {
  const { registry, app, untagged } = patient();
  const driver = registry.driver();
  const path = app.revisionLink(untagged);
  const { kinds, totals, errors } = await verifyDriver({
    ...driver,
    read: (asked, most) => driver.read(asked === path ? `${path}/gone` : asked, most),
  });
  assert.deepEqual([[...new Set(kinds)], totals.revisions, errors], [['BLOB_ORPHAN'], 5, []]);
});

test('a revision of two names is one manifest', async () => {
  const { registry, app } = patient();
  const old = app.schema1({ tag: 'old' });
  registry.tree.set(app.revisionLink(digestOf('sha512', hash('sha512', old.bytes))), Buffer.from(old.digest));
  assert.deepEqual((await verifyDriver(registry.driver())).kinds, ['MANIFEST_SCHEMA1']);
});

test('a link that cannot be used leads to what it is named after, unless that is another algorithm’s name', async () => {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const { registry, app, untagged } = patient();
    registry.orphan();
    registry.makeEmpty(app.revisionLink(untagged));
    if (algorithm === 'sha512')
      registry.tree.set(app.revisionLink(digestOf('sha512', hash('sha512', 'x'))), new Uint8Array());
    const { totals, findings } = await verifyDriver(registry.driver());
    assert.equal(totals.orphans?.count, algorithm === 'sha256' ? 1 : undefined);
    assert.equal(findings.find(({ kind }) => kind === 'LINK_EMPTY')?.repository, app.name);
  }
});

test('it ends when whoever is told has taken that a signature’s link is bad', async () => {
  const { registry, app } = patient();
  const old = app.schema1({ tag: 'old', signature: 'linked' });
  const directory = app.revisionLink(old).replace(/\/link$/, '/signatures/');
  const [link = ''] = [...registry.tree.keys()].filter(path => path.startsWith(directory));
  registry.makeEmpty(link);
  const onFinding = async ({ kind }: Finding): Promise<void> => {
    if (kind === 'LINK_EMPTY') await new Promise(resolve => setTimeout(resolve, 300));
  };
  const { kinds } = await verifyDriver(registry.driver(), { onFinding });
  assert.ok(kinds.includes('LINK_EMPTY'), kinds.join());
});

test('a revision of another name is proved by that too', async () => {
  const { registry, app, image, untagged } = patient();
  const sha512 = (bytes: Uint8Array): Digest => digestOf('sha512', hash('sha512', bytes));
  registry.tree.set(app.revisionLink(sha512(image.bytes)), Buffer.from(image.digest));
  assert.deepEqual((await verifyDriver(registry.driver())).kinds, []);
  registry.tree.set(app.revisionLink(sha512(untagged.bytes)), Buffer.from(image.digest));
  const { findings } = await verifyDriver(registry.driver());
  assert.deepEqual(
    findings.map(({ kind, digest }) => [kind, digest]),
    [['BLOB_CORRUPT', image.digest]],
  );
});

test('a revision of three names is proved by each', async () => {
  for (const wrong of ['sha384', 'sha512'] as const) {
    const { registry, app, image, untagged } = patient();
    for (const algorithm of ['sha384', 'sha512'] as const) {
      const { bytes } = algorithm === wrong ? untagged : image;
      const name = digestOf(algorithm, hash(algorithm, bytes));
      registry.tree.set(app.revisionLink(name), Buffer.from(image.digest));
    }
    assert.deepEqual((await verifyDriver(registry.driver())).kinds, ['BLOB_CORRUPT'], wrong);
  }
});
