import fc from 'fast-check';
import assert from 'node:assert/strict';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { apply } from '../../apply/apply.ts';
import { bundleContents } from '../../apply/bundle-contents.ts';
import { streamArchive } from '../../archive/open.ts';
import { parsePax, paxRecord } from '../../archive/pax.ts';
import { parseHeader, entryHeader } from '../../archive/tar.ts';
import { readVarint, writeVarint } from '../../inventory/varint.ts';
import { memorySink, type MemoryOutput } from '../../sink/memory.ts';
import { memoryDriver, type MemoryEntry } from '../../storage/memory.ts';
import { isScraperError } from '../../errors.ts';
import { planShipment } from '../bundle.ts';
import {
  contentOf,
  digestFor,
  inventoryFile,
  inventoryOf,
  readInventoryFile,
  sealedInventory,
} from '../inventory.ts';
import { once, packed, packedBundle } from '../packed-bundle.ts';
import { buildRegistry } from '../registry.ts';
import { assertServable } from '../servable.ts';
import * as arbitrary from './arbitraries.ts';
import { property, type Property } from './property.ts';

/** A small bundle, and the same packed by hand: without a manifest. */
async function makeBundles(): Promise<readonly Buffer[]> {
  const registry = buildRegistry('fuzz');
  const app = registry.repository('app');
  const image = app.image({ layers: [600, 20] });
  app.index([image], { tag: '1' });
  app.tag('2', image);
  const { entries } = await packedBundle(await planShipment({ registry, references: ['app:1', 'app:2'] }));
  return [packed(entries), packed(entries.slice(1))];
}

/** Bundles are made when they are asked for first, and once. */
const bundles: { made?: Promise<readonly Buffer[]> } = {};

/** Applies an archive to nothing and returns what is there then. */
async function applied(archive: Buffer): Promise<MemoryOutput> {
  const target: MemoryOutput = new Map();
  const sink = memorySink(target);
  const { signal } = new AbortController();
  const settings = {
    sink,
    onExistingTag: 'overwrite',
    dryRun: false,
    verifyExisting: false,
    signal,
  } as const;
  const report = await apply({
    ...settings,
    open: async watch =>
      bundleContents({
        ...settings,
        ...watch,
        archive: await streamArchive('archive', once(archive)),
        onBytes: () => undefined,
      }),
    target: memoryDriver(new Map<string, MemoryEntry>(target)),
    observer: {},
    now: () => 0,
  });
  for (const { code, message } of report.errors) assert.notEqual(code, 'INTERNAL', message);
  return target;
}

const compressions: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  none: bytes => bytes,
  gzip: bytes => gzipSync(bytes, { level: 1 }),
  zstd: bytes => zstdCompressSync(bytes),
};

export const archiveProperties: readonly Property[] = [
  property(
    'of an archive in which bytes were changed nothing is accepted that is not whole',
    1,
    fc.tuple(
      fc.nat(1),
      fc.constantFrom(...Object.keys(compressions)),
      fc.boolean(),
      fc.boolean(),
      arbitrary.edits,
    ),
    async ([which, form, before, moving, changes]) => {
      const sound = (await (bundles.made ??= makeBundles()))[which] ?? Buffer.alloc(0);
      const change = moving ? arbitrary.edited : arbitrary.overwritten;
      const compress = compressions[form] ?? gzipSync;
      // changed before it was compressed, or what was compressed
      const bytes = before ? compress(change(sound, changes)) : change(compress(sound), changes);
      assertServable(await applied(bytes));
    },
  ),
  property(
    'a header of a tar is read back as it was written',
    6,
    fc.tuple(arbitrary.repository, fc.nat(2 ** 31 - 1), fc.boolean()),
    ([path, size, isFile]) => {
      const block = entryHeader({ path, kind: isFile ? 'file' : 'directory', size: isFile ? size : 0 });
      const header = parseHeader(block.subarray(-512));
      assert.ok(header !== 'zeros' && !('problem' in header), JSON.stringify(header));
      assert.equal(header.size, isFile ? size : 0);
    },
  ),
  property(
    'a header of a tar in which bytes were changed is refused, unless its sum still fits',
    8,
    fc.tuple(arbitrary.repository, fc.nat(511), fc.integer({ min: 1, max: 255 })),
    ([path, at, by]) => {
      const block = entryHeader({ path, kind: 'file', size: 5 });
      const sound = JSON.stringify(parseHeader(block));
      block.writeUInt8((block.readUInt8(at) + by) % 256, at);
      const header = parseHeader(block);
      // one byte more or less is another sum; only within the sum's own field may it be written in another way
      if (header !== 'zeros' && !('problem' in header))
        assert.ok(at >= 148 && at < 156 && JSON.stringify(header) === sound);
    },
  ),
  property(
    'pax records are read back as they were written',
    6,
    fc.tuple(fc.stringMatching(/^[A-Za-z.]{1,20}$/), fc.string({ unit: 'grapheme' })),
    ([key, value]) => {
      const read = parsePax(paxRecord(key, value));
      assert.ok(typeof read === 'object', key);
      assert.equal(read.get(key), value);
    },
  ),
];

const content = fc.array(
  fc.oneof(
    fc.constantFrom(0, 1, 2, 5, 127, 128, 2 ** 32, Number.MAX_SAFE_INTEGER),
    fc.uint8Array({ maxLength: 40 }),
    arbitrary.text,
  ),
  { maxLength: 12 },
);

async function refusedOrSound(bytes: Uint8Array): Promise<void> {
  try {
    const inventory = await readInventoryFile(bytes);
    const [blobs, tags] = [[...inventory.blobs()], [...inventory.tags()]];
    assert.equal(inventory.totals.blobs, blobs.length);
    assert.equal(inventory.totals.tags, tags.length);
    assert.equal(inventoryOf(blobs, tags).digest, inventory.digest);
  } catch (error) {
    assert.ok(isScraperError(error), String(error));
  }
}

const small = inventoryFile(
  inventoryOf(
    [
      { digest: digestFor('a'), size: 5 },
      { digest: digestFor('b', 'sha512'), size: 2 ** 40 },
    ],
    [{ repository: 'team/app', tag: '1', digest: digestFor('a') }],
  ),
);

export const inventoryProperties: readonly Property[] = [
  property('a number is read back as it was written', 10, fc.maxSafeNat(), number => {
    const bytes = Buffer.alloc(9);
    const end = writeVarint(bytes, 0, number);
    const found = { value: 0, next: 0 };
    assert.ok(readVarint(bytes, 0, found));
    assert.deepEqual(found, { value: number, next: end });
    assert.ok(!readVarint(bytes.subarray(0, end - 1), 0, found));
  }),
  property(
    'any content of an inventory is refused, or one that would be written again',
    1,
    content,
    async parts => {
      await refusedOrSound(sealedInventory(contentOf(...parts)));
    },
  ),
  property('an inventory in which bytes were changed is refused', 1, arbitrary.edits, async changes => {
    const sound = await small;
    const changed = arbitrary.edited(sound, changes);
    if (changed.equals(sound)) return;
    await assert.rejects(readInventoryFile(changed), (error: unknown) => isScraperError(error));
  }),
];
