import assert from 'node:assert/strict';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isScraperError, ScraperError, type ErrorCode } from '../errors.ts';
import { emptyDigest } from '../oci/digest.ts';
import {
  bombOf,
  contentOf,
  digestFor,
  frameOf,
  inventoryFile,
  inventoryOf,
  readInventoryFile,
  sealedInventory,
} from '../testing/inventory.ts';
import { beginsLikeInventory, decodeInventory } from './codec.ts';

const blobs = Array.from({ length: 40 }, (_, index) => ({ digest: digestFor(index), size: 1000 + index }));
const small = inventoryOf(
  [
    ...blobs,
    { digest: emptyDigest, size: 0 },
    { digest: digestFor(1, 'sha512'), size: 2 ** 40 },
    { digest: digestFor(1, 'sha384'), size: 1 },
  ],
  [
    ...blobs.map(({ digest }, index) => ({ repository: 'team/app', tag: `1.${String(index)}`, digest })),
    { repository: 'team/web', tag: 'latest', digest: digestFor('elsewhere') },
    { repository: 'team/web', tag: 'old', digest: digestFor('elsewhere', 'sha512') },
  ],
);

const tiny = inventoryOf(blobs.slice(0, 3), [
  { repository: 'app', tag: '1', digest: digestFor(1) },
  { repository: 'app', tag: '2', digest: digestFor('elsewhere') },
]);

async function rejects(
  file: Uint8Array,
  code: ErrorCode,
  message: RegExp,
  pieceSize?: number,
): Promise<void> {
  await assert.rejects(readInventoryFile(file, pieceSize), error => {
    assert.ok(isScraperError(error, code), String(error));
    assert.match(error.message, message);
    assert.equal(error.details.path, 'site.inv');
    assert.ok(!/[^\x20-\x7e]/.test(error.message));
    return true;
  });
}

describe('inventory file', () => {
  test('gives back what was written, in whatever pieces it comes', async () => {
    const file = await inventoryFile(small);
    for (const size of [1, 7, 31, 33, 4096, file.length]) {
      const read = await readInventoryFile(file, size);
      assert.deepEqual(read.totals, small.totals);
      assert.equal(read.digest, small.digest);
      assert.deepEqual([...read.blobs()], [...small.blobs()]);
      assert.deepEqual([...read.tags()], [...small.tags()]);
      assert.deepEqual(await inventoryFile(read), file);
    }
  });

  test('gives back an inventory of nothing', async () => {
    const read = await readInventoryFile(await inventoryFile(inventoryOf()));
    assert.deepEqual(read.totals, { blobs: 0, bytes: 0, repositories: 0, tags: 0 });
    assert.deepEqual([[...read.blobs()], [...read.tags()]], [[], []]);
  });

  test('gives back any inventory', async () => {
    const blob = fc.record({
      digest: fc.nat(500).map(n => digestFor(n)),
      size: fc.integer({ min: 1, max: 2 ** 45 }),
    });
    const tag = fc.record({
      repository: fc.stringMatching(/^[a-z0-9]{1,6}(\/[a-z0-9]{1,3}){0,2}$/),
      tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,6}$/),
      digest: fc.nat(700).map(n => digestFor(n)),
    });
    const some = fc.record({
      blobs: fc.uniqueArray(blob, { selector: ({ digest }) => digest }),
      tags: fc.uniqueArray(tag, { selector: one => `${one.repository}:${one.tag}` }),
    });
    await fc.assert(
      fc.asyncProperty(some, async ({ blobs: having, tags }) => {
        const inventory = inventoryOf(having, tags);
        const read = await readInventoryFile(await inventoryFile(inventory));
        assert.equal(read.digest, inventory.digest);
        assert.deepEqual([...read.blobs()], [...inventory.blobs()]);
        assert.deepEqual([...read.tags()], [...inventory.tags()]);
      }),
      { numRuns: 100 },
    );
  });

  test('has the same bytes for the same site', async () => {
    const many = Array.from({ length: 50_000 }, (_, index) => ({
      digest: digestFor(index),
      size: index + 1,
    }));
    const file = await inventoryFile(inventoryOf(many));
    assert.ok(file.equals(await inventoryFile(inventoryOf(many.toReversed()))));
    assert.ok(file.equals(await inventoryFile(await readInventoryFile(file, 999))));
  });

  test('takes 35 bytes for a blob of less than 2 MiB, and never more than 40', () => {
    const many = (size: number): number => {
      const having = Array.from({ length: 5000 }, (_, index) => ({ digest: digestFor(index), size }));
      const content = [...inventoryOf(having).content()].map(piece => piece.length);
      return content.reduce((sum, length) => sum + length, 0) / having.length;
    };
    assert.equal(Math.floor(many(2 ** 21 - 1)), 35);
    assert.equal(Math.floor(many(2 ** 35 - 1)), 37);
    assert.ok(many(2 ** 40) <= 40);
  });

  test('can be told by its first bytes', async () => {
    assert.ok(beginsLikeInventory((await inventoryFile(small)).subarray(0, 8)));
    assert.ok(!beginsLikeInventory(Buffer.from('{"schema')));
    assert.ok(!beginsLikeInventory(Buffer.from([0x89])));
  });

  test('holds no trace of the machine that it was made on', async () => {
    assert.match((await inventoryFile(inventoryOf())).toString('latin1'), /^\x89RSINV\r\n\0\x01/);
    const content = Buffer.concat([...inventoryOf().content()].map(piece => Buffer.from(piece)));
    assert.equal(content.toString('hex'), '00000000' + '00000000');
  });
});

describe('a bad inventory file', () => {
  test('is refused wherever it is cut', async () => {
    const file = await inventoryFile(small);
    await rejects(
      file.subarray(0, 0),
      'INVENTORY_INVALID',
      /^site\.inv is empty, an inventory was expected$/,
    );
    for (let length = 1; length < file.length; length += 1)
      await rejects(file.subarray(0, length), 'INVENTORY_INVALID', /^inventory site\.inv is damaged: /);
  });

  test('is refused wherever one bit is flipped', async () => {
    const file = await inventoryFile(tiny);
    for (let bit = 0; bit < file.length * 8; bit += 1) {
      const flipped = Buffer.from(file);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      await rejects(flipped, 'INVENTORY_INVALID', bit < 64 ? /is not an inventory/ : /is damaged: /);
    }
  });

  test('is refused with anything behind its end, or twice over', async () => {
    const file = await inventoryFile(small);
    for (const more of [Buffer.of(0), Buffer.from('\n'), Buffer.alloc(100), file])
      await rejects(Buffer.concat([file, more]), 'INVENTORY_INVALID', /is damaged: /);
  });

  test('is told from another kind of file', async () => {
    const others = [
      '{"schemaVersion":1}',
      'x',
      gzipSync('x'),
      '\x7fELF',
      '\x89PNG\r\n\x1a\n',
      Buffer.alloc(10_000),
    ];
    for (const other of others)
      await rejects(Buffer.from(other as Buffer), 'INVENTORY_INVALID', /^site\.inv is not an inventory/, 3);
    const asText = Buffer.from(await inventoryFile(small))
      .toString('utf8')
      .replaceAll('\r\n', '\n');
    await rejects(Buffer.from(asText), 'INVENTORY_INVALID', /is not an inventory/);
  });

  test('of a newer version asks for a newer program, unless it is damaged', async () => {
    const newer = sealedInventory(Buffer.from('anything at all'), {
      version: 2,
      compressed: Buffer.from('anything'),
    });
    await assert.rejects(readInventoryFile(newer), error => {
      assert.ok(isScraperError(error, 'UNSUPPORTED'));
      assert.match(error.message, /^cannot read inventory site\.inv: its schema version is 2, expected 1$/);
      assert.match(error.details.hint ?? '', /newer registry-scraper/);
      return true;
    });
    newer.writeUInt8(newer.readUInt8(20) ^ 1, 20);
    await rejects(newer, 'INVENTORY_INVALID', /is damaged: /);
    await rejects(
      sealedInventory(Buffer.alloc(8), { version: 0 }),
      'INVENTORY_INVALID',
      /schema version is 0/,
    );
  });

  const [one, two] = [digestFor(1), digestFor(2)].sort();
  const bytesOf = (digest = ''): Buffer => Buffer.from(digest.slice(7), 'hex');
  const [first, second] = [bytesOf(one), bytesOf(two)];
  const totals = (...numbers: number[]): Buffer => contentOf(...numbers);
  const none = Buffer.alloc(3);
  const cases: readonly (readonly [what: string, content: Buffer, message: RegExp])[] = [
    ['blobs out of order', contentOf(2, second, 1, first, 1, 0, 0, 0, 2, 2, 0, 0), /not in order/],
    ['a blob twice', contentOf(2, first, 1, first, 1, 0, 0, 0, 2, 2, 0, 0), /not in order/],
    ['an empty blob', contentOf(1, first, 0, 0, 0, 0, 1, 0, 0, 0), /sizes that no blob has/],
    [
      'sizes too large to add up',
      contentOf(2, first, Number.MAX_SAFE_INTEGER, second, 1, 0, 0, 0, 2, 0, 0, 0),
      /sizes that no blob has/,
    ],
    ['a number too large', contentOf(1, first, Buffer.alloc(9, 0xff), 0, 0, 0), /number in it is too large/],
    ['more blobs said than there are', contentOf(9, first, 1, 0, 0, 0, 1, 1, 0, 0), /is damaged/],
    ['an absurd number of blobs', contentOf(2 ** 52, first, 1, second, 1), /is damaged/],
    ['fewer bytes than a digest', contentOf(1, first.subarray(1)), /ends too early/],
    ['nothing', Buffer.alloc(0), /ends too early/],
    ['no totals', contentOf(none, 0), /ends too early/],
    ['wrong totals', contentOf(1, first, 1, 0, 0, 0, totals(1, 2, 0, 0)), /totals/],
    ['totals of other tags', contentOf(none, 0, totals(0, 0, 0, 1)), /totals/],
    ['more behind the end', contentOf(none, 0, totals(0, 0, 0, 0), 0), /more follows/],
    [
      'much more behind the end',
      contentOf(none, 0, totals(0, 0, 0, 0), Buffer.alloc(3_000_000)),
      /more follows/,
    ],
    [
      'a repository with no valid name',
      contentOf(none, 3, 0, 'App', 1, 0, '1', 0, 0, first),
      /no valid names/,
    ],
    ['a tag with no valid name', contentOf(none, 3, 0, 'app', 1, 0, '-', 0, 0, first), /no valid names/],
    [
      'repositories out of order',
      contentOf(none, 1, 0, 'b', 1, 0, '1', 0, 0, first, 0, 1, 0, 'a', 1, 0, '1', 0, 0, first),
      /not in order/,
    ],
    [
      'tags out of order',
      contentOf(none, 1, 0, 'b', 1, 0, '2', 0, 0, first, 1, 0, '1', 0, 0, first),
      /not in order/,
    ],
    ['a tag of a blob that is not there', contentOf(none, 1, 0, 'b', 1, 0, '2', 1), /point to no blob/],
    [
      'a digest of an unknown algorithm',
      contentOf(none, 1, 0, 'b', 1, 0, '2', 0, 3, first),
      /unknown algorithm/,
    ],
    ['a name that shares more than there is', contentOf(none, 1, 5, 'b'), /too long/],
    ['a name too long', contentOf(none, 256, 0, 'b'.repeat(256)), /too long/],
    ['a name of an absurd length', contentOf(none, 2 ** 50, 0, 'b'), /too long/],
  ];
  for (const [what, content, message] of cases) {
    test(`is refused with ${what}, though its checksum is right`, async () => {
      await rejects(sealedInventory(content), 'INVENTORY_INVALID', message);
      await rejects(sealedInventory(content), 'INVENTORY_INVALID', message, 1);
    });
  }

  test('whose content is no zstd, is cut, or needs a large window is refused', async () => {
    const content = contentOf(none, 0, totals(0, 0, 0, 0));
    const compressed = frameOf(content);
    const windowLog = { params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 } };
    for (const wrong of [
      Buffer.alloc(0),
      content,
      gzipSync(content),
      compressed.subarray(0, -1),
      Buffer.concat([compressed, Buffer.from('more')]),
      Buffer.concat([compressed, compressed]),
      zstdCompressSync(Buffer.concat([content, Buffer.alloc(2 ** 27)]), windowLog),
    ])
      await rejects(sealedInventory(content, { compressed: wrong }), 'INVENTORY_INVALID', /is damaged: /);
    await readInventoryFile(sealedInventory(content, { compressed }));
  });

  test('that unpacks to 64 GiB is refused at once, in little memory', { timeout: 20_000 }, async () => {
    const before = process.memoryUsage.rss();
    for (const [start, message] of [
      [contentOf(none, 0, totals(0, 0, 0, 0)), /more follows/],
      [contentOf(2 ** 40), /no blob has/],
      [contentOf(none, 2 ** 40), /too long/],
      [Buffer.alloc(0), /more follows/],
    ] as const) {
      const compressed = bombOf(start, 2 ** 36);
      await rejects(sealedInventory(start, { compressed }), 'INVENTORY_INVALID', message);
    }
    assert.ok(process.memoryUsage.rss() - before < 256 * 2 ** 20);
  });
});

describe('reading an inventory', () => {
  test('fails as its source does', async () => {
    const file = await inventoryFile(small);
    for (const at of [0, 5, 100]) {
      const failure = new ScraperError('IO_ERROR', 'the disk failed');
      const chunks = async function* (): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(file.subarray(0, at));
        throw failure;
      };
      await assert.rejects(
        decodeInventory(chunks(), 'site.inv', new AbortController().signal),
        error => error === failure,
      );
    }
  });

  test('ends when it is told to, also while nothing comes', async () => {
    const file = await inventoryFile(small);
    const controller = new AbortController();
    const reason = new ScraperError('INTERRUPTED', 'interrupted');
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(file.subarray(0, 100));
      setImmediate(() => controller.abort(reason));
      await new Promise(resolve => setTimeout(resolve, 50));
      yield file.subarray(100);
    };
    await assert.rejects(decodeInventory(chunks(), 'site.inv', controller.signal), error => error === reason);
  });
});
