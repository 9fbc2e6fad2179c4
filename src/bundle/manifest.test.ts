import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requirements } from '../testing/requirements.ts';
import { planShipment, shipment } from '../testing/bundle.ts';
import { mustRun } from '../testing/run.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeManifest } from './decode-manifest.ts';
import { encodeManifest } from './encode-manifest.ts';
import { makeManifest } from './make-manifest.ts';
import { selectionRecord } from '../testing/bundle.ts';

describe('making a bundle manifest', () => {
  test('it says what the plan does, and reading it back gives the same', async () => {
    const { plan, manifest, bytes, references } = await planShipment();
    assert.deepEqual(decodeManifest(bytes, 'here'), manifest);
    assert.deepEqual(encodeManifest(decodeManifest(bytes, 'here')), bytes);
    assert.deepEqual(manifest.selection.references, references);
    assert.deepEqual(manifest.tool, { name: 'registry-scraper', version: '1.2.3' });
    assert.equal(manifest.base, null);
    const { images, blobs, bytes: size } = plan.totals;
    assert.deepEqual(manifest.totals, { images, blobs, bytes: size, baseBlobs: 0, baseBytes: 0 });
    assert.deepEqual(
      manifest.images.map(({ repository, tag, digest }) => ({ repository, tag, digest })),
      plan.images.map(({ name, tag, digest }) => ({ repository: name, tag, digest })),
    );
    assert.deepEqual(
      manifest.images[0]?.referrers.map(one => one.artifactType),
      plan.images[0]?.referrers.map(one => one.artifactType),
    );
  });

  test('manifests come first among the blobs, the rest in the order of the plan', async () => {
    const { plan, manifest } = await planShipment();
    const first = manifest.blobs.findIndex(blob => blob.manifest !== true);
    assert.ok(first > 0);
    assert.ok(manifest.blobs.slice(0, first).every(blob => blob.manifest));
    assert.ok(manifest.blobs.slice(first).every(blob => !blob.manifest));
    assert.deepEqual(
      manifest.blobs.map(({ digest }) => digest).toSorted(),
      plan.blobs.map(({ digest }) => digest).toSorted(),
    );
  });

  test('the same selection of the same content gives the same bytes, whatever was pushed in between', async () => {
    const first = shipment();
    const second = shipment();
    second.registry.repository('another').image({ tag: '1' });
    second.registry.orphan();
    assert.deepEqual((await planShipment(second)).bytes, (await planShipment(first)).bytes);
  });

  test('what is left to the base is named, and counted apart', async () => {
    const { plan, manifest, bytes } = await planShipment(undefined, (_, position) => position % 2 === 0);
    const left = plan.blobs.filter(blob => blob.inBase);
    assert.ok(left.length > 3);
    const { base, totals } = decodeManifest(bytes, 'here');
    assert.deepEqual(
      base?.blobs,
      left.map(({ digest, size }) => ({ digest, size })).sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    );
    assert.equal(base.sources[0]?.kind, 'inventory');
    assert.equal(totals.baseBlobs, left.length);
    assert.equal(totals.blobs + totals.baseBlobs, plan.blobs.length);
    assert.equal(totals.bytes + totals.baseBytes, plan.totals.bytes);
    assert.ok(manifest.blobs.every(({ digest }) => left.every(blob => blob.digest !== digest)));
  });

  test('bases stand in a fixed order and once, and a base may have nothing of what is shipped', async () => {
    const { plan } = await planShipment();
    const one = { kind: 'inventory', digest: plan.blobs[0]?.digest ?? null } as const;
    const two = { kind: 'registry', digest: null } as const;
    const make = (base: readonly (typeof one | typeof two)[]): Buffer =>
      encodeManifest(makeManifest({ plan, selection: selectionRecord([]), version: '1', base }));
    assert.deepEqual(make([one, two]), make([two, one, one]));
    assert.deepEqual(decodeManifest(make([two]), 'here').base, { sources: [two], blobs: [] });
  });

  test('people can read it: UTF-8, one line for each blob, a newline at the end', async () => {
    const { bytes, manifest } = await planShipment();
    const lines = bytes.toString('utf8').split('\n');
    assert.equal(lines.at(-1), '');
    for (const { digest, size } of manifest.blobs)
      assert.equal(
        lines.filter(line => line.includes(`{ "digest": "${digest}", "size": ${String(size)}`)).length,
        1,
      );
  });

  test('jq reads it', { skip: requirements(['jq']) }, async t => {
    const { bytes, manifest } = await planShipment();
    const file = path.join(await temporaryDirectory(t), 'registry-scraper.json');
    await writeFile(file, bytes);
    const total = await mustRun('jq', ['[.blobs[].size] | add', file]);
    assert.equal(total.trim(), String(manifest.totals.bytes));
  });
});
