import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { noise } from '../testing/unverified.ts';
import { decompress, type Compression } from './decompress.ts';
import { DataFault } from './failures.ts';

const compressors: Readonly<Record<Compression, (bytes: Uint8Array) => Buffer>> = {
  gzip: bytes => gzipSync(bytes),
  zstd: bytes => zstdCompressSync(bytes),
};

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) {
    yield await Promise.resolve(bytes.subarray(start, start + size));
  }
}

async function unpacked(bytes: Buffer, compression: Compression, size = 1000): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decompress(inChunks(bytes, size), compression)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function fault(bytes: Buffer, compression: Compression, size?: number): Promise<DataFault> {
  const found = await unpacked(bytes, compression, size).then(
    () => assert.fail('it was read to its end'),
    (error: unknown) => error,
  );
  assert.ok(found instanceof DataFault, String(found));
  return found;
}

for (const compression of ['gzip', 'zstd'] as const) {
  const compress = compressors[compression];
  describe(`${compression} data`, () => {
    const small = noise(5000);
    const packed = compress(small);

    test('are decompressed, whatever their chunks', async () => {
      const large = Buffer.concat([noise(600_000), Buffer.alloc(3_000_000)]);
      for (const size of [1, 7, 1000, 65_536, 10_000_000]) {
        assert.ok((await unpacked(packed, compression, size)).equals(small));
        if (size > 100) assert.ok((await unpacked(compress(large), compression, size)).equals(large));
      }
    });

    test('may be of several pieces, wherever chunks end', async () => {
      const pieces = [small, Buffer.from('x'), Buffer.alloc(0), noise(3000), noise(1)];
      const joined = Buffer.concat(pieces.map(piece => compress(piece)));
      for (const size of [5, 13, packed.length, packed.length + 1, 4096, joined.length]) {
        assert.ok(
          (await unpacked(joined, compression, size)).equals(Buffer.concat(pieces)),
          `chunks of ${size}`,
        );
      }
    });

    test('are cut when they are cut, wherever that is', async () => {
      const joined = Buffer.concat([packed, compress(Buffer.from('a second piece'))]);
      for (let length = 1; length < joined.length; length += length > packed.length - 20 ? 1 : 97) {
        if (length === packed.length) continue;
        for (const size of [1000, packed.length]) {
          const { kind, message } = await fault(joined.subarray(0, length), compression, size);
          assert.deepEqual(
            [kind, message],
            ['cut', `its ${compression} data end in the middle`],
            `at ${length}`,
          );
        }
      }
    });

    test('are damaged when a bit is flipped, or give what they were made of', async () => {
      for (let at = 0; at < packed.length; at += 41) {
        const flipped = Buffer.from(packed);
        flipped.writeUInt8(flipped.readUInt8(at) ^ 4, at);
        const found = await unpacked(flipped, compression).catch((error: unknown) => {
          assert.ok(error instanceof DataFault, String(error));
          return undefined;
        });
        // zstd keeps no checksum unless it is told to
        if (found !== undefined && compression === 'gzip') assert.ok(found.equals(small));
      }
    });

    test('are damaged when other bytes follow', async () => {
      for (const size of [1, 1000, packed.length, 100_000]) {
        const { kind } = await fault(Buffer.concat([packed, Buffer.from('garbage')]), compression, size);
        assert.equal(kind, 'damaged');
      }
    });

    test('throw what their source throws', async () => {
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(packed.subarray(0, 100));
        throw new Error('the disk failed');
      }
      await assert.rejects(async () => {
        for await (const chunk of decompress(failing(), compression)) assert.ok(chunk);
      }, /the disk failed/);
    });

    test('may be left before their end, also when the source says nothing', { timeout: 5000 }, async () => {
      let closed = false;
      async function* endless(): AsyncGenerator<Uint8Array> {
        try {
          for (;;) yield await Promise.resolve(compress(noise(100_000)));
        } finally {
          closed = true;
        }
      }
      for await (const chunk of decompress(endless(), compression)) {
        assert.ok(chunk.length > 0);
        break;
      }
      assert.equal(closed, true);
      async function* silent(): AsyncGenerator<Uint8Array> {
        yield compress(noise(100_000));
        await new Promise(() => undefined);
      }
      for await (const chunk of decompress(silent(), compression)) {
        assert.ok(chunk.length > 0);
        break;
      }
    });

    test('take no more memory when they are a bomb', async () => {
      const bomb = compress(Buffer.alloc(200 * 1024 * 1024));
      let size = 0;
      const before = process.memoryUsage.rss();
      for await (const chunk of decompress(inChunks(bomb, 1000), compression)) size += chunk.length;
      assert.equal(size, 200 * 1024 * 1024);
      assert.ok(process.memoryUsage.rss() - before < 150 * 1024 * 1024);
    });

    test('are refused when they go on without content', async () => {
      const nothing = Buffer.concat(new Array<Buffer>(3000).fill(compress(Buffer.alloc(0))));
      // gzip's own loop goes over empty members, bounded by its input
      if (compression === 'gzip') assert.equal((await unpacked(nothing, compression)).length, 0);
      else
        assert.match(
          (await fault(nothing, compression, nothing.length)).message,
          /go on without any content/,
        );
    });
  });
}

test('zeros behind gzip data are padding', async () => {
  const packed = gzipSync(noise(5000));
  for (const size of [50, packed.length, packed.length + 1, 100_000]) {
    const padded = Buffer.concat([packed, Buffer.alloc(3000)]);
    assert.ok((await unpacked(padded, 'gzip', size)).equals(noise(5000)), `chunks of ${size}`);
    const more = Buffer.concat([padded, Buffer.from('x')]);
    assert.equal((await fault(more, 'gzip', size)).kind, 'damaged');
  }
});

test('zstd frames to be skipped are skipped', async () => {
  const skipped = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]), Buffer.from('note')]);
  const packed = Buffer.concat([
    skipped,
    zstdCompressSync(noise(5000)),
    skipped,
    zstdCompressSync(noise(10)),
  ]);
  for (const size of [6, 12, 1000, 100_000]) {
    assert.ok((await unpacked(packed, 'zstd', size)).equals(Buffer.concat([noise(5000), noise(10)])));
  }
});
