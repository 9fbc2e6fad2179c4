import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { requirements } from '../testing/requirements.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { noise } from '../testing/unverified.ts';
import { feed, memoryOutput } from '../testing/writing.ts';
import { compressedOutput } from './compressed-output.ts';
import { parseCompression, type CompressionSetting } from './compression.ts';
import { decompress } from './decompress.ts';
import { MEMBER_BYTES } from './members.ts';

async function compress(
  bytes: Buffer,
  setting: CompressionSetting,
  { concurrency = 2, chunk = 100_000 } = {},
): Promise<Buffer> {
  const inner = memoryOutput();
  const output = compressedOutput(inner, setting, concurrency);
  for (let start = 0; start < bytes.length; start += chunk) {
    // an output may not count on the memory after it has returned
    const copy = Buffer.from(bytes.subarray(start, start + chunk));
    await output.write(copy);
    copy.fill(0);
  }
  await output.finish();
  return inner.bytes();
}

/** Half of it can be made smaller, half of it can't. */
const mixed = (size: number): Buffer =>
  Buffer.concat([noise(Math.ceil(size / 2)), Buffer.from('some text '.repeat(size / 20 + 1))]).subarray(
    0,
    size,
  );

const sizes = [0, 1, 5000, MEMBER_BYTES - 1, MEMBER_BYTES, MEMBER_BYTES + 1, 3 * MEMBER_BYTES, 7_654_321];

for (const kind of ['gzip', 'zstd'] as const) {
  describe(kind, () => {
    test('gives back what went in, to its own tool and to ours', { skip: requirements([kind]) }, async t => {
      const folder = await temporaryDirectory(t);
      for (const size of sizes) {
        const bytes = mixed(size);
        const packed = await compress(bytes, parseCompression(kind));
        await writeFile(join(folder, 'packed'), packed);
        await writeFile(join(folder, 'plain'), bytes);
        const { status, stderr } = await feed(join(folder, 'packed'), `${kind} -dc | cmp - plain`, folder);
        assert.equal(status, 0, stderr);
        const source = async function* (): AsyncGenerator<Uint8Array> {
          yield await Promise.resolve(packed);
        };
        const unpacked: Uint8Array[] = [];
        for await (const chunk of decompress(source(), kind)) unpacked.push(Buffer.from(chunk));
        assert.ok(Buffer.concat(unpacked).equals(bytes), String(size));
      }
    });

    test('gives the same bytes on any number of cores, for chunks of any size', async () => {
      const bytes = mixed(3 * MEMBER_BYTES + 12_345);
      for (const level of [1, 9]) {
        const setting = { kind, level };
        const expected = await compress(bytes, setting, { concurrency: 1 });
        for (const options of [
          { concurrency: 2 },
          { concurrency: 4 },
          { concurrency: 2, chunk: 9_973 },
          { concurrency: 3, chunk: 2_500_001 },
          { concurrency: 64, chunk: 100_000_000 },
        ]) {
          assert.ok((await compress(bytes, setting, options)).equals(expected), JSON.stringify(options));
        }
      }
    });

    test('is smaller at a higher level', async () => {
      const bytes = Buffer.from(
        Array.from({ length: 50_000 }, (_, index) => `${index * 7919} line ${index}\n`).join(''),
      );
      const fast = await compress(bytes, { kind, level: 1 });
      const small = await compress(bytes, { kind, level: kind === 'gzip' ? 9 : 19 });
      assert.ok(small.length < fast.length && fast.length < bytes.length);
    });

    test('wherever it is cut, its own tool finds it cut', { skip: requirements([kind]) }, async t => {
      const archive = join(await temporaryDirectory(t), 'archive');
      const writes: number[] = [];
      const inner = memoryOutput();
      const counting = {
        ...inner,
        write: (bytes: Uint8Array) => {
          writes.push(bytes.length);
          return inner.write(bytes);
        },
      };
      const output = compressedOutput(counting, parseCompression(kind), 2);
      await output.write(Buffer.alloc(2 * MEMBER_BYTES + 1000, 'x'));
      await output.finish();
      // a process that is killed has written some of these pieces
      let length = 0;
      for (const size of writes.slice(0, -1)) {
        length += size;
        await writeFile(archive, inner.bytes().subarray(0, length));
        const { status } = await feed(archive, `${kind} -dc >/dev/null`);
        assert.notEqual(status, 0, `cut at ${length}`);
      }
    });

    test('a flush sends out what there is', { skip: requirements([kind]) }, async t => {
      const archive = join(await temporaryDirectory(t), 'archive');
      const inner = memoryOutput();
      const output = compressedOutput(inner, parseCompression(kind), 2);
      await output.flush?.();
      await output.write(Buffer.from('what there is'));
      await output.flush?.();
      for (let turn = 0; inner.bytes().length < 20; turn++) {
        assert.ok(turn < 1000);
        await new Promise(resolve => setTimeout(resolve, 5));
      }
      await writeFile(archive, inner.bytes());
      const { stdout } = await feed(archive, `${kind} -dc 2>/dev/null`);
      assert.equal(stdout, 'what there is');
      await output.finish();
    });

    test('a failing output fails it, and is left alone then', async () => {
      const full = new Error('the disk is full');
      let writes = 0;
      const inner = {
        ...memoryOutput(),
        write: () => {
          writes += 1;
          return writes < 3 ? Promise.resolve() : Promise.reject(full);
        },
      };
      const output = compressedOutput(inner, parseCompression(kind), 2);
      await assert.rejects(async () => {
        for (;;) await output.write(noise(100_000));
      }, full);
      await output.abort(Buffer.from('rest'));
      assert.equal(writes, 3);
    });
  });
}

test('a gzip header tells nothing of where and when it was made', async () => {
  const packed = await compress(Buffer.alloc(MEMBER_BYTES + 5, 'x'), parseCompression('gzip'));
  const second = packed.indexOf(Buffer.from([0x1f, 0x8b, 8, 0]), 1);
  assert.ok(second > 0);
  for (const start of [0, second]) {
    // RFC 1952: no flags, no time, system 255 for unknown
    assert.deepEqual([...packed.subarray(start, start + 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  }
});

test(
  'every zstd frame has a checksum, and asks its reader for 2 MiB at most',
  { skip: requirements(['zstd']) },
  async t => {
    const folder = await temporaryDirectory(t);
    for (const level of [1, 3, 12, 19]) {
      await writeFile(
        join(folder, 'a.zst'),
        await compress(mixed(MEMBER_BYTES + 5), { kind: 'zstd', level }),
      );
      const { stdout } = await feed('/dev/null', 'zstd -lv a.zst', folder);
      assert.match(stdout, /Zstandard Frames: 2\b/);
      assert.match(stdout, /Check: XXH64/);
      assert.match(stdout, /Window Size: (2\.00|[\d.]+) (MiB|KiB)/);
    }
  },
);

test('without compression, the output is the same', () => {
  const output = memoryOutput();
  assert.equal(compressedOutput(output, { kind: 'none' }, 2), output);
});
