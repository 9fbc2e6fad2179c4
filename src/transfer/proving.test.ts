import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Failure } from '../errors.ts';
import { digestOf, emptyDigest, type Digest } from '../oci/digest.ts';
import { requirements } from '../testing/requirements.ts';
import { temporaryDirectory, type Tidied } from '../testing/temporary.ts';
import { provingThread, type ProvingJob } from './proving.ts';
import { makeRing, marks, ringEmptier, stopRing, type Ring } from './ring.ts';

const BLOCK = 64;
const content = randomBytes(5 * BLOCK + 7);
const digestOfBytes = (bytes: Uint8Array): Digest => digestOf('sha256', hash('sha256', bytes));

/** What came of a job: the bytes handed over as long as nothing was wrong, and how it ended. */
interface Proved {
  readonly bytes: Buffer;
  readonly ends: number;
  readonly failure?: Failure;
}

/** Does a job in this thread, with room for all of its blocks. */
async function prove(job: ProvingJob, blockBytes = 8 * BLOCK): Promise<Proved> {
  const ring = makeRing(16, blockBytes);
  provingThread(ring)(job);
  stopRing(ring);
  return emptied(ring);
}

async function emptied(ring: Ring): Promise<Proved> {
  const { take, release } = ringEmptier(ring);
  const bytes: Buffer[] = [];
  let ends = 0;
  let failure: Failure | undefined;
  for (let block = await take(); block; block = await take()) {
    if (block.mark === marks.failure) failure = JSON.parse(block.bytes.toString()) as Failure;
    else bytes.push(Buffer.from(block.bytes));
    if (block.mark === marks.end) ends += 1;
    release();
  }
  return { bytes: Buffer.concat(bytes), ends, ...(failure && { failure }) };
}

async function fileOf(t: Tidied, bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryDirectory(t), 'data');
  await writeFile(path, bytes);
  return path;
}

const jobFor = (path: string, bytes: Uint8Array, offset?: number): ProvingJob => ({
  source: { path, ...(offset !== undefined && { offset }) },
  expected: { digests: [digestOfBytes(bytes)], size: bytes.length, origin: path },
});

test('hands over a whole file, or a part of one, with one end', async t => {
  const path = await fileOf(t, content);
  for (const [from, to] of [
    [0, content.length],
    [5, 2 * BLOCK],
    [BLOCK, content.length],
    [content.length, content.length],
  ] as const) {
    const part = content.subarray(from, to);
    for (const blockBytes of [BLOCK, 8 * BLOCK]) {
      const { bytes, ends, failure } = await prove(jobFor(path, part, from), blockBytes);
      assert.deepEqual([failure, ends], [undefined, 1]);
      assert.ok(bytes.equals(part), `bytes ${String(from)} to ${String(to)}`);
    }
  }
  const { bytes, ends } = await prove(jobFor(path, content));
  assert.deepEqual([bytes.equals(content), ends], [true, 1]);
});

test('hands over a large file in blocks, the last of them once all of it is proved', async t => {
  const path = await fileOf(t, content);
  const ring = makeRing(6, BLOCK);
  provingThread(ring)(jobFor(path, content));
  const { take, release } = ringEmptier(ring);
  const seen: (readonly [number, number])[] = [];
  for (let count = 0; count < 6; count += 1) {
    const block = await take();
    if (block) seen.push([block.bytes.length, block.mark]);
    release();
  }
  assert.deepEqual(seen, [...Array.from({ length: 5 }, () => [BLOCK, marks.part] as const), [7, marks.end]]);
});

test('a file of nothing is one end', async t => {
  const path = await fileOf(t, new Uint8Array());
  const { bytes, ends } = await prove({
    source: { path },
    expected: { digests: [emptyDigest], size: 0, origin: path },
  });
  assert.deepEqual([bytes.length, ends], [0, 1]);
});

test('bytes that are not what they should be never end, and are told of', async t => {
  const flipped = Buffer.from(content);
  flipped.writeUInt8(flipped.readUInt8(BLOCK) ^ 1, BLOCK);
  const path = await fileOf(t, flipped);
  const { ends, failure } = await prove(jobFor(path, content));
  assert.deepEqual([ends, failure?.code], [0, 'DIGEST_MISMATCH']);
});

test('a file of another size is told of before a byte is handed over', async t => {
  for (const bytes of [content.subarray(1), Buffer.concat([content, Buffer.of(0)])]) {
    const path = await fileOf(t, bytes);
    const proved = await prove(jobFor(path, content));
    assert.deepEqual([proved.bytes.length, proved.ends, proved.failure?.code], [0, 0, 'SIZE_INVALID']);
    assert.match(proved.failure?.message ?? '', new RegExp(String(bytes.length)));
  }
  const path = await fileOf(t, content);
  const past = await prove(jobFor(path, content, 1));
  assert.deepEqual([past.bytes.length, past.failure?.code], [0, 'SIZE_INVALID']);
});

test('a file that ends while it is read is told of, and never ends', async t => {
  const large = randomBytes(3 * 512);
  const path = await fileOf(t, large);
  const { readSync } = fs;
  let reads = 0;
  t.mock.method(fs, 'readSync', (...asked: Parameters<typeof readSync>) => {
    reads += 1;
    return reads > 2 ? 0 : readSync(...asked);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const { bytes, ends, failure } = await prove(jobFor(path, large), 512);
  assert.deepEqual([bytes.length, ends, failure?.code, reads], [2 * 512, 0, 'SIZE_INVALID', 3]);
});

test('what is no file, or not there, is told of', async t => {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, 'directory'));
  const nothing = await prove(jobFor(join(directory, 'nothing'), content));
  assert.deepEqual([nothing.ends, nothing.failure?.code], [0, 'PATH_UNKNOWN']);
  const no = await prove(jobFor(join(directory, 'directory'), content));
  assert.deepEqual([no.ends, no.failure?.code], [0, 'NOT_A_FILE']);
});

test(
  'goes on with the next one after a failure, and keeps no file open',
  {
    skip: requirements(['linux']),
  },
  async t => {
    const path = await fileOf(t, content);
    const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
    const before = await open();
    const ring = makeRing(16, 8 * BLOCK);
    const thread = provingThread(ring);
    for (const bytes of [content.subarray(1), content, Buffer.alloc(content.length), content])
      thread(jobFor(path, bytes));
    assert.equal(await open(), before);
    stopRing(ring);
    const { ends } = await emptied(ring);
    assert.equal(ends, 2);
  },
);

test('does nothing once nobody wants more', async t => {
  const path = await fileOf(t, content);
  const ring = makeRing(1, BLOCK);
  stopRing(ring);
  provingThread(ring)(jobFor(path, content));
  assert.deepEqual(await emptied(ring), { bytes: Buffer.alloc(0), ends: 0 });
});
