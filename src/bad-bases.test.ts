import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pathFor } from './registry/layout.ts';
import { verifies } from './testing/applied.ts';
import { applies, call, callWith, failureOf, scrapes, ships } from './testing/call.ts';
import type { Blob } from './testing/contents.ts';
import { inventoryFile, inventoryOf, sealedInventory } from './testing/inventory.ts';
import { mustRun } from './testing/run.ts';
import { buildRegistry } from './testing/registry.ts';
import { shippingPlace, type ShippingPlace } from './testing/shipping-place.ts';
import type { Tidied } from './testing/temporary.ts';
import { listDirectory } from './testing/tree.ts';

interface Place extends ShippingPlace {
  /** A layer of both versions, which the site has. */
  readonly shared: Blob;
  /** Layers that only one of the versions has. */
  readonly old: Blob;
  readonly fresh: Blob;
}

const delta = ['d.tar', 'd.tar.gz', 'd.tar.zst'] as const;

/** A site with version 1, its inventory, and deltas with version 2 against that. */
async function place(t: Tidied): Promise<Place> {
  const registry = buildRegistry('base');
  const app = registry.repository('app');
  const [shared, old, fresh] = [app.blob(5000), app.blob(3000), app.blob(2000)];
  app.image({ tag: '1', layers: [shared, old] });
  app.image({ tag: '2', layers: [shared, fresh] });
  const found = await shippingPlace(t, { registry, references: ['app:2'] });
  await ships(found.cwd, 'app:1', '-d', 'central', '-o', 'site');
  assert.equal((await call(found.cwd, 'inventory', '-d', 'site', '-o', 'site.inv', '-q')).code, 0);
  for (const name of delta) await found.pack(name, '--base', 'site.inv');
  return { ...found, shared, old, fresh };
}

const blobPath = (root: string, { stored }: Blob): string =>
  path.join(root, pathFor({ kind: 'blob', digest: stored }));

/** Applies every form of the delta, also from standard input, and expects that the target is left as it is. */
async function refusesDeltas({ cwd, at }: Place, target: string, says: RegExp): Promise<void> {
  const before = await listDirectory(at(target));
  for (const name of delta)
    for (const flags of [[], ['-n']]) {
      const refused = await applies(cwd, name, '-d', target, ...flags);
      assert.deepEqual([refused.code, failureOf(refused).code], [3, 'BASE_INCOMPLETE'], name);
      assert.match(failureOf(refused).message, says);
      assert.match(failureOf(refused).hint ?? '', /inventory/);
      assert.deepEqual(await listDirectory(at(target)), before);
    }
  const stdin = await readFile(at('d.tar'));
  const piped = await callWith({ cwd, stdin }, 'apply', '-', '-d', target);
  assert.equal(piped.code, 3);
  assert.match(piped.stderr, /BASE_INCOMPLETE[^]*Nothing was written\./);
  assert.deepEqual(await listDirectory(at(target)), before);
}

test('a delta brings only what the site lacks, and the site has all of it then', async t => {
  const found = await place(t);
  const { cwd, at, shared, old, fresh } = found;
  await ships(cwd, 'app:1', 'app:2', '-d', 'central', '-o', 'expected');
  for (const name of delta) {
    const listing = await mustRun('tar', ['-tf', at(name)]);
    assert.ok(listing.includes(fresh.stored.slice(7)));
    // links to all of it are there, the blobs are not
    for (const blob of [shared, old])
      assert.doesNotMatch(listing, new RegExp(`${blob.stored.slice(7)}/data`));
    assert.match(listing, new RegExp(`_layers/sha256/${shared.stored.slice(7)}/link`));
    assert.equal((await verifies(found, name)).code, 0);
  }
  for (const name of delta) {
    await rm(at('site'), { recursive: true });
    await ships(cwd, 'app:1', '-d', 'central', '-o', 'site');
    const { code, report } = await applies(cwd, name, '-d', 'site');
    assert.equal(code, 0, JSON.stringify(report.errors));
    assert.deepEqual(await listDirectory(at('site')), await listDirectory(at('expected')), name);
    assert.ok(report.totals.copiedBytes < 5000 && report.totals.skippedBytes >= 5000);
  }
  const again = await applies(cwd, 'd.tar', '-d', 'site');
  assert.deepEqual([again.code, again.report.totals.copiedBytes], [0, 0]);
});

test('a registry that never had the base gets nothing, and is told what it lacks', async t => {
  const found = await place(t);
  await call(found.cwd, 'inventory', '-d', 'site', '-o', 'x.inv');
  await rm(found.at('site'), { recursive: true });
  await buildRegistry('empty').write(found.at('site'));
  await refusesDeltas(
    found,
    'site',
    new RegExp(`it lacks 1 of them \\(5000 bytes\\): ${found.shared.stored}; nothing`),
  );
});

test('another registry than that of the inventory gets nothing', async t => {
  const found = await place(t);
  const { at } = found;
  const other = buildRegistry('other');
  other.repository('app').image({ tag: '1' });
  await other.write(at('other'));
  await refusesDeltas(found, 'other', /counts on 1 blobs that .*other should have/);
});

test('a base that lost a blob since, or has another one in its place, gets nothing', async t => {
  const found = await place(t);
  const { at, shared } = found;
  const place_ = blobPath(at('site'), shared);
  const bytes = await readFile(place_);
  for (const damaged of [undefined, bytes.subarray(0, -1), Buffer.alloc(0)]) {
    if (damaged) await writeFile(place_, damaged);
    else await rm(place_);
    await refusesDeltas(found, 'site', new RegExp(shared.stored));
  }
  await writeFile(place_, bytes);
  assert.equal((await applies(found.cwd, 'd.tar', '-d', 'site')).code, 0);
});

test('a blob of the base that was damaged since is found when it is to be hashed again, and cannot be mended', async t => {
  const found = await place(t);
  const { at, cwd, shared } = found;
  await writeFile(blobPath(at('site'), shared), Buffer.alloc(5000));
  const trusted = await applies(cwd, 'd.tar', '-d', 'site', '-n');
  assert.equal(trusted.code, 0);
  const hashed = await applies(cwd, 'd.tar', '-d', 'site', '--verify-existing');
  assert.notEqual(hashed.code, 0, 'a damaged base was taken');
  assert.deepEqual(
    [failureOf(hashed).code, failureOf(hashed).path],
    ['DIGEST_MISMATCH', blobPath(at('site'), shared)],
  );
  assert.equal((await verifies(found, 'site')).code, 4);
  const tags = [...(await listDirectory(at('site'))).keys()].filter(name => name.includes('/tags/2/'));
  assert.deepEqual(tags, []);
});

test('when nothing is new the bundle is tiny and valid', async t => {
  const found = await place(t);
  const { cwd, at } = found;
  await applies(cwd, 'd.tar', '-d', 'site');
  await call(cwd, 'inventory', '-d', 'site', '-o', 'new.inv');
  const { report } = await scrapes(cwd, 'app:2', '-d', 'central', '-o', 'n.tar', '--base', 'new.inv');
  assert.ok(report.ok && report.totals.baseBytes >= 7000);
  assert.ok((await readFile(at('n.tar'))).length < 32 * 1024);
  const { code, report: applied } = await applies(cwd, 'n.tar', '-d', 'site');
  assert.deepEqual([code, applied.totals.copiedBytes], [0, 0]);
});

test('a plan shows what is left to the base', async t => {
  const { cwd } = await place(t);
  const dry = await scrapes(cwd, 'app:2', '-d', 'central', '-n', '--base', 'site.inv');
  assert.deepEqual([dry.code, dry.report.totals.baseBytes, dry.report.images[0]?.baseBytes], [0, 5000, 5000]);
  assert.match((await call(cwd, 'app:2', '-d', 'central', '-n', '--base', 'site.inv')).stdout, /5 kB/);
});

test('a delta that was packed anew by hand counts on what its links need', async t => {
  const found = await place(t);
  const { cwd, at } = found;
  await mustRun('sh', [
    '-c',
    'mkdir "$0/u" && tar -C "$0/u" -xf "$0/d.tar" && tar -C "$0/u" -cf "$0/h.tar" docker',
    cwd,
  ]);
  await writeFile(at('h.tar.gz'), gzipSync(await readFile(at('h.tar'))));
  await buildRegistry('empty').write(at('empty'));
  for (const name of ['h.tar', 'h.tar.gz', 'u']) {
    await rm(at('empty'), { recursive: true });
    await mustRun('mkdir', [at('empty')]);
    const refused = await applies(cwd, name, '-d', 'empty');
    assert.equal(refused.code, 3, name);
    const links = [...(await listDirectory(at('empty'))).keys()].filter(one =>
      one.includes('/repositories/'),
    );
    assert.deepEqual(links, [], name);
  }
  assert.equal((await applies(cwd, 'h.tar', '-d', 'site')).code, 0);
});

test('an inventory that is newer, damaged, cut or no inventory is refused everywhere', async t => {
  const found = await place(t);
  const { cwd, at } = found;
  const good = await readFile(at('site.inv'));
  const cases: readonly (readonly [string, Uint8Array, number, string, RegExp])[] = [
    ['newer', sealedInventory(Buffer.from('?'), { version: 2 }), 3, 'UNSUPPORTED', /version/],
    ['cut', good.subarray(0, -5), 4, 'INVENTORY_INVALID', /cut\.inv/],
    ['short', good.subarray(0, 20), 4, 'INVENTORY_INVALID', /short\.inv/],
    ['flipped', Buffer.from(good), 4, 'INVENTORY_INVALID', /flipped\.inv/],
  ];
  for (const [name, bytes, code, errorCode, says] of cases) {
    const file = `${name}.inv`;
    const content = Buffer.from(bytes);
    if (name === 'flipped') content.writeUInt8(content.readUInt8(40) ^ 4, 40);
    await writeFile(at(file), content);
    const refused = await scrapes(cwd, 'app:2', '-d', 'central', '-o', 'y.tar', '--base', file);
    assert.deepEqual([refused.code, failureOf(refused).code], [code, errorCode], name);
    assert.match(failureOf(refused).message, says);
    assert.equal((await verifies(found, file)).code, code);
    assert.equal((await call(cwd, 'diff', file, 'site')).code, 2);
  }
  // one bit anywhere
  for (let byte = 0; byte < good.length; byte += 7) {
    const content = Buffer.from(good);
    content.writeUInt8(content.readUInt8(byte) ^ 1, byte);
    await writeFile(at('bit.inv'), content);
    const { code } = await scrapes(cwd, 'app:2', '-d', 'central', '-n', '--base', 'bit.inv');
    // its first bytes say what it is: without them it is something else
    assert.ok(
      byte < 8 ? code === 2 : code === 4 || (byte < 10 && code === 3),
      `byte ${String(byte)}: ${String(code)}`,
    );
  }
});

test('an inventory that lies about sizes leaves nothing out', async t => {
  const { cwd, at, shared, fresh } = await place(t);
  const lie = inventoryOf([
    { digest: shared.stored, size: 4999 },
    { digest: fresh.stored, size: 2001 },
  ]);
  await writeFile(at('lie.inv'), await inventoryFile(lie));
  const { report } = await scrapes(cwd, 'app:2', '-d', 'central', '-n', '--base', 'lie.inv');
  assert.deepEqual([report.ok, report.totals.baseBytes], [true, 0]);
});
