import assert from 'node:assert/strict';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { decodeManifest } from '../bundle/decode-manifest.ts';
import { isScraperError, type ErrorCode } from '../errors.ts';
import { parseDigest } from '../oci/digest.ts';
import { call } from '../testing/call.ts';
import { sealedInventory } from '../testing/inventory.ts';
import { mustRun, run } from '../testing/run.ts';
import { shippingPlace, type ShippingPlace } from '../testing/shipping-place.ts';
import type { Tidied } from '../testing/temporary.ts';
import { openBases } from './open-base.ts';

const signal = new AbortController().signal;

/** A registry, and all that can tell what it has. */
async function place(t: Tidied): Promise<ShippingPlace> {
  const found = await shippingPlace(t);
  assert.equal((await call(found.cwd, 'inventory', '-d', 'central', '-o', 'c.inv', '-q')).code, 0);
  await found.pack('x.tar', '--manifest', 'x.json');
  await found.pack('x.tar.gz');
  await found.pack('x.tar.zst');
  await found.pack('s.tar', '--split', '64KiB');
  return found;
}

const kinds = {
  'c.inv': 'inventory',
  central: 'registry',
  'x.tar': 'bundle',
  'x.tar.gz': 'bundle',
  'x.tar.zst': 'bundle',
  'x.json': 'bundle',
  's.tar': 'bundle',
  's.tar.001': 'bundle',
  's.tar.002': 'bundle',
  's.tar.sha256': 'bundle',
} as const;

async function refused(opening: Promise<unknown>, code: ErrorCode, says: RegExp): Promise<void> {
  await assert.rejects(opening, (error: unknown) => {
    assert.ok(isScraperError(error, code), String(error));
    assert.match(error.message, says);
    return true;
  });
}

test('an inventory, a bundle in any form, its manifest and a registry tell the same', async t => {
  const { at } = await place(t);
  const { blobs } = decodeManifest(await readFile(at('x.json')), 'x.json');
  const digests = new Set<string | null>();
  for (const [name, kind] of Object.entries(kinds)) {
    const base = await openBases([at(name)], signal);
    assert.equal(base?.sources.length, 1);
    assert.equal(base.sources[0]?.kind, kind, name);
    if (kind === 'bundle') digests.add(base.sources[0].digest);
    for (const { digest, size, manifest } of blobs) {
      // a scrape may add manifests, and asks for none
      if (manifest !== true || kind === 'bundle')
        assert.equal(await base.has(digest, size), true, `${name} ${digest}`);
      assert.equal(await base.has(digest, size + 1), false, name);
    }
    assert.equal(await base.has(parseDigest(`sha256:${'0'.repeat(64)}`), 1), false);
  }
  assert.equal(digests.size, 1);
});

test('several are one, each source named once; none are none', async t => {
  const { at } = await place(t);
  const base = await openBases([at('c.inv'), at('x.tar'), at('x.json'), at('central')], signal);
  assert.deepEqual(
    base?.sources.map(({ kind }) => kind),
    ['inventory', 'bundle', 'registry'],
  );
  assert.equal(await openBases([], signal), undefined);
});

test('a delta has what it ships and what it counted on', async t => {
  const { at, pack } = await place(t);
  await pack('d.tar', '--base', 'c.inv');
  const base = await openBases([at('d.tar')], signal);
  const { blobs } = decodeManifest(await readFile(at('x.json')), 'x.json');
  for (const { digest, size } of blobs) assert.equal(await base?.has(digest, size), true);
});

test('of a bundle only the beginning is read', async t => {
  const { at } = await place(t);
  await truncate(at('x.tar'), 30_000);
  assert.equal((await openBases([at('x.tar')], signal))?.sources[0]?.kind, 'bundle');
});

test('an inventory may come through a pipe', async t => {
  const { at } = await place(t);
  const pipe = at('pipe');
  const made = await run('mkfifo', [pipe]);
  if (made.status !== 0) {
    t.skip('there are no named pipes here');
    return;
  }
  const writing = mustRun('sh', ['-c', 'cat "$0" > "$1"', at('c.inv'), pipe]);
  const base = await openBases([pipe], signal);
  await writing;
  const direct = await openBases([at('c.inv')], signal);
  assert.deepEqual(base?.sources, direct?.sources);
});

test('what tells nothing about the other side is refused', async t => {
  const { at } = await place(t);
  await writeFile(at('junk'), 'hello'.repeat(200));
  await writeFile(at('empty'), '');
  await writeFile(at('json'), '{"schemaVersion": 1}');
  await writeFile(at('newer.json'), '{"schemaVersion": 7, "tool": {"version": "9.9"}}');
  await mustRun('tar', ['-C', at('central'), '-cf', at('hand.tar'), 'docker']);
  await writeFile(at('newer.inv'), sealedInventory(Buffer.from('?'), { version: 9 }));
  const damaged = await readFile(at('c.inv'));
  damaged.writeUInt8(damaged.readUInt8(60) ^ 1, 60);
  await writeFile(at('damaged.inv'), damaged);
  await writeFile(at('cut.tar'), (await readFile(at('x.tar'))).subarray(0, 700));
  const cases: readonly (readonly [string, ErrorCode, RegExp])[] = [
    ['junk', 'USAGE', /^cannot tell from .*junk what the other side has: it is none of the things that do$/],
    ['empty', 'USAGE', /: it is empty$/],
    ['ed.pub', 'USAGE', /it is none of the things that do$/],
    ['hand.tar', 'USAGE', /: it is an archive without a bundle manifest$/],
    ['json', 'BUNDLE_INVALID', /the bundle manifest cannot be used/],
    ['newer.json', 'UNSUPPORTED', /made by registry-scraper "9.9": expected schema version 1, found 7/],
    ['newer.inv', 'UNSUPPORTED', /version/],
    ['damaged.inv', 'INVENTORY_INVALID', /damaged\.inv/],
    ['cut.tar', 'ARCHIVE_TRUNCATED', /cut\.tar/],
    ['nosuch', 'PATH_UNKNOWN', /nosuch/],
    ['nosuch.tar', 'PATH_UNKNOWN', /nosuch/],
    ['site', 'NOT_A_REGISTRY', /site/],
  ];
  for (const [name, code, says] of cases) await refused(openBases([at(name)], signal), code, says);
  await refused(openBases([at('c.inv'), at('junk')], signal), 'USAGE', /junk/);
});
