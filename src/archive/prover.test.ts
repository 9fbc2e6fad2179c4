import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { isScraperError, type ErrorCode } from '../errors.ts';
import type { UnverifiedBlob } from '../sink/sink.ts';
import type { Tidied } from '../testing/temporary.ts';
import { flipped, localBlob, noise, sha, streamBlob } from '../testing/unverified.ts';
import { provers } from '../testing/writing.ts';
import { spawnProvingWorker } from '../transfer/spawn.ts';
import type { ProvedBytes, Prover } from './prover.ts';
import { threadedProver } from './threaded-prover.ts';

const MiB = 1024 * 1024;

/** Hash and length of what comes until the end or a failure. */
async function drain(bytes: ProvedBytes): Promise<{ sha256: string; size: number; failure?: unknown }> {
  const hash = createHash('sha256');
  let size = 0;
  let failure: unknown;
  try {
    for (let chunk; (chunk = await bytes.next()) !== undefined; size += chunk.length) {
      assert.ok(chunk.length > 0);
      hash.update(chunk);
    }
  } catch (error) {
    failure = error;
  }
  return { sha256: `sha256:${hash.digest('hex')}`, size, failure };
}

function closing(t: Tidied, prover: Prover): Prover {
  t.after(() => prover.close());
  return prover;
}

for (const [where, make] of Object.entries(provers)) {
  describe(`bytes that are proved ${where}`, () => {
    test('are those of the blobs, of all sizes, in the order they were announced', async t => {
      const prover = closing(t, make());
      const sizes = [
        0,
        1,
        256 * 1024,
        10 * MiB + 3,
        256 * 1024 + 1,
        5,
        3 * MiB,
        ...Array.from({ length: 60 }, (_, i) => i * 1000),
      ];
      const blobs = await Promise.all(
        sizes.map(async (size, index) =>
          index % 5 === 3 ? streamBlob(noise(size)) : await localBlob(t, noise(size)),
        ),
      );
      const announced = blobs.map(blob => prover.announce(blob));
      for (const [index, bytes] of announced.entries()) {
        const { sha256, size, failure } = await drain(bytes);
        assert.deepEqual([sha256, size, failure], [blobs[index]?.digests[0], sizes[index], undefined]);
        assert.equal(await bytes.next(), undefined);
      }
    });

    test('come from a stretch of a file, too', async t => {
      const prover = closing(t, make());
      const bytes = noise(2 * MiB);
      const whole = await localBlob(t, bytes);
      for (const [offset, size] of [
        [0, MiB],
        [1000, MiB],
        [MiB, MiB],
        [2 * MiB, 0],
      ] as const) {
        const part = streamBlob(bytes.subarray(offset, offset + size));
        const localRange = async () => ({ ...(await whole.localRange?.()), path: whole.origin, offset });
        const { sha256, size: found } = await drain(prover.announce({ ...part, localRange }));
        assert.deepEqual([sha256, found], [part.digests[0], size]);
      }
    });

    test('must have every digest that is asked for', async t => {
      const prover = closing(t, make());
      const bytes = noise(MiB);
      const both = [sha('sha256', bytes), sha('sha512', bytes)];
      const wrong = [sha('sha256', bytes), sha('sha512', flipped(bytes))];
      assert.equal(
        (await drain(prover.announce(await localBlob(t, bytes, { digests: both })))).failure,
        undefined,
      );
      const { failure } = await drain(prover.announce(await localBlob(t, bytes, { digests: wrong })));
      assert.ok(isScraperError(failure, 'DIGEST_MISMATCH'));
    });

    for (const size of [1, 1000, 256 * 1024, MiB + 7]) {
      test(`are never all there when they are wrong (${size} bytes)`, async t => {
        const prover = closing(t, make());
        const bytes = noise(size);
        const check = async (blob: UnverifiedBlob, code: ErrorCode): Promise<void> => {
          const { failure, size: found } = await drain(prover.announce(blob));
          assert.ok(isScraperError(failure, code), String(failure));
          assert.ok(found < size, `${found} of ${size} bytes came`);
          assert.equal(failure.details.path, blob.origin);
        };
        const damaged = async (damage: (path: string) => Promise<void>): Promise<UnverifiedBlob> => {
          const blob = await localBlob(t, bytes);
          await damage(blob.origin);
          return blob;
        };
        await check(await damaged(path => writeFile(path, flipped(bytes))), 'DIGEST_MISMATCH');
        await check(await damaged(path => truncate(path, size - 1)), 'SIZE_INVALID');
        await check(await damaged(path => truncate(path, size + 1)), 'SIZE_INVALID');
        await check(await damaged(path => truncate(path, size + MiB)), 'SIZE_INVALID');
        // and the next blob is none the worse
        assert.equal((await drain(prover.announce(await localBlob(t, bytes)))).failure, undefined);
      });
    }

    test('fail with what their source fails with', async t => {
      const prover = closing(t, make());
      const lost = new Error('the storage is gone');
      const blob = streamBlob(noise(10));
      const stream = (): AsyncIterable<Uint8Array> => {
        throw lost;
      };
      assert.equal((await drain(prover.announce({ ...blob, stream }))).failure, lost);
      const localRange = where === 'in this thread' ? undefined : () => Promise.reject(lost);
      const ranged = prover.announce({ ...blob, stream, ...(localRange && { localRange }) });
      assert.equal((await drain(ranged)).failure, lost);
      assert.equal((await drain(prover.announce(await localBlob(t, noise(10))))).failure, undefined);
    });

    test('come in order, however long it takes to find each of them', async t => {
      const prover = closing(t, make());
      const sizes = [MiB, MiB + 1, MiB + 2, MiB + 3, 1000, MiB + 5];
      const blobs = await Promise.all(
        sizes.map(async (size, index): Promise<UnverifiedBlob> => {
          const blob = await localBlob(t, noise(size));
          const localRange = async () => {
            if (index % 3 === 0) await sleep(20);
            if (index === 1) throw new Error('it was not found');
            return { path: blob.origin };
          };
          const stream = (): AsyncIterable<Uint8Array> => {
            if (index === 1) throw new Error('it was not found');
            return blob.stream();
          };
          return { ...blob, localRange, stream };
        }),
      );
      const found = [];
      for (const bytes of blobs.map(blob => prover.announce(blob))) found.push(await drain(bytes));
      for (const [index, { sha256, failure }] of found.entries()) {
        if (index === 1) assert.match(String(failure), /it was not found/);
        else assert.deepEqual([sha256, failure], [blobs[index]?.digests[0], undefined]);
      }
    });

    test('are let go of in the middle', async t => {
      const prover = make();
      let open = true;
      const blob = await localBlob(t, noise(20 * MiB));
      const bytes = prover.announce(blob);
      prover.announce(blob);
      const streamed = prover.announce(
        streamBlob(noise(MiB), {
          stream: async function* () {
            try {
              for (;;) yield await Promise.resolve(noise(1000));
            } finally {
              open = false;
            }
          },
        }),
      );
      await bytes.next();
      await streamed.next();
      await prover.close();
      await sleep(10);
      assert.equal(open, false);
      await rm(blob.origin);
    });
  });
}

const threaded = (code: string): Prover =>
  threadedProver({
    concurrency: 2,
    spawn: () =>
      new Worker(code, { eval: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: 16 } }),
  });

for (const [what, code] of Object.entries({
  'throws while it works':
    "require('node:worker_threads').parentPort.on('message', () => { throw new Error('broken'); });",
  'ends while it works': "require('node:worker_threads').parentPort.on('message', () => process.exit(3));",
  'cannot start': "throw new Error('broken')",
  'ends at once': 'process.exit(0)',
  'runs out of memory': 'const all = []; for (;;) all.push(new Array(1e6).fill(all.length));',
})) {
  test(`a thread that ${what} fails its blobs, and none of them hangs`, { timeout: 20_000 }, async t => {
    const prover = closing(t, threaded(code));
    const blobs = await Promise.all([1, 2].map(size => localBlob(t, noise(size * MiB))));
    for (const bytes of blobs.map(blob => prover.announce(blob))) {
      const { failure } = await drain(bytes);
      assert.ok(isScraperError(failure, 'INTERNAL'), String(failure));
    }
  });
}

test('a system that gives no thread fails the blobs, or leaves them to the threads that there are', async t => {
  let spawned = 0;
  const spawn: typeof spawnProvingWorker = ring => {
    spawned += 1;
    if (spawned !== 1) throw new Error('no more threads');
    return spawnProvingWorker(ring);
  };
  const blob = await localBlob(t, noise(MiB));
  const prover = closing(t, threadedProver({ concurrency: 4, spawn }));
  const all = [1, 2, 3].map(() => prover.announce(blob));
  for (const bytes of all) assert.equal((await drain(bytes)).failure, undefined);
  assert.ok(spawned > 1);
  const none = closing(t, threadedProver({ concurrency: 4, spawn }));
  const { failure } = await drain(none.announce(blob));
  assert.ok(isScraperError(failure, 'INTERNAL'));
  assert.match(failure.message, /no worker thread can be started/);
});

test('a closed prover fails what is asked of it', async t => {
  const blob = await localBlob(t, noise(MiB));
  const prover = threadedProver({ concurrency: 2, spawn: spawnProvingWorker });
  const bytes = prover.announce(blob);
  await prover.close();
  const { failure } = await drain(bytes);
  assert.ok(failure === undefined || isScraperError(failure, 'INTERNAL'));
  assert.ok(isScraperError((await drain(prover.announce(blob))).failure, 'INTERNAL'));
});

test('blobs that are read in another order are refused, not mixed up', async t => {
  const prover = closing(t, threadedProver({ concurrency: 2, spawn: spawnProvingWorker }));
  const blobs = await Promise.all([MiB, 2 * MiB].map(size => localBlob(t, noise(size))));
  const [first, second] = blobs.map(blob => prover.announce(blob));
  assert.ok(first && second);
  await assert.rejects(second.next(), /another order/);
  assert.equal((await drain(first)).failure, undefined);
  assert.equal((await drain(second)).failure, undefined);
});

for (const [what, code, damage] of [
  ['changes', 'DIGEST_MISMATCH', (path: string) => writeFile(path, Buffer.alloc(64 * MiB))],
  ['is cut', 'SIZE_INVALID', (path: string) => truncate(path, 40 * MiB)],
] as const) {
  test(`a blob that ${what} while it is read fails, because no thread reads far ahead`, async t => {
    const bytes = noise(64 * MiB);
    const blob = await localBlob(t, bytes);
    const prover = closing(t, threadedProver({ concurrency: 2, spawn: spawnProvingWorker }));
    const proved = prover.announce(blob);
    await proved.next();
    await sleep(300);
    await damage(blob.origin);
    const { failure, size } = await drain(proved);
    assert.ok(isScraperError(failure, code), String(failure));
    assert.ok(size < bytes.length);
  });
}
