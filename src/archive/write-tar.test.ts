import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isScraperError, ScraperError, type ErrorCode } from '../errors.ts';
import type { UnverifiedBlob } from '../sink/sink.ts';
import { filesystemDriver } from '../storage/filesystem.ts';
import { requirements } from '../testing/requirements.ts';
import { temporaryDirectory, type Tidied } from '../testing/temporary.ts';
import { localBlob, noise, streamBlob } from '../testing/unverified.ts';
import { feed, file, memoryOutput, provers, tars, write, type MemoryOutput } from '../testing/writing.ts';
import { compressedOutput } from './compressed-output.ts';
import { parseCompression } from './compression.ts';
import type { ArchiveItem } from './item.ts';
import type { ArchiveOutput } from './output.ts';
import { inlineProver, type Prover } from './prover.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** How archives of each compression are checked by the tool that made the format. */
const testers = {
  none: { check: 'tar t', unpack: 'cat' },
  gzip: { check: 'gzip -t', unpack: 'gzip -dc' },
  zstd: { check: 'zstd -q -t', unpack: 'zstd -q -dc' },
} as const;
type Kind = keyof typeof testers;
const kinds = Object.keys(testers) as readonly Kind[];
const tools = ['tar', 'bsdtar', 'busybox', 'gzip', 'zstd'];

const item = (blob: UnverifiedBlob): ArchiveItem => ({ kind: 'blob', blob });

/** Blobs of sizes around those of blocks, small files between them, and paths for which a header is too narrow. */
async function sample(t: Tidied): Promise<ArchiveItem[]> {
  const sizes = [0, 1, 511, 512, 513, 64 * KiB, 256 * KiB - 1, 256 * KiB, 256 * KiB + 1, 3 * MiB + 77];
  const blobs = await Promise.all(sizes.map(size => localBlob(t, noise(size))));
  const repository = `docker/registry/v2/repositories/${'a'.repeat(100)}/${'b'.repeat(100)}`;
  return [
    file('registry-scraper.json', '{}\n'),
    ...blobs.map(item),
    { kind: 'directory', path: `${repository}/_uploads` },
    file(`${repository}/_layers/sha256/${'0'.repeat(64)}/link`, `sha256:${'0'.repeat(64)}`),
    file('empty', ''),
    item(streamBlob(noise(200_000), { path: 'not/in/a/file' })),
  ];
}

function compressed(output: ArchiveOutput, kind: Kind, concurrency = 2): ArchiveOutput {
  return compressedOutput(output, parseCompression(kind), concurrency);
}

async function archiveOf(
  items: readonly ArchiveItem[],
  kind: Kind,
  prover = inlineProver(),
): Promise<Buffer> {
  const output = memoryOutput();
  await write(items, compressed(output, kind), { prover });
  assert.equal(output.state(), 'finished');
  return output.bytes();
}

test('the same items give the same bytes, whatever proves them and however they come', async t => {
  const items = await sample(t);
  async function* slowly(): AsyncGenerator<ArchiveItem> {
    for (const one of items) {
      await sleep(1);
      yield one;
    }
  }
  for (const kind of kinds) {
    const expected = await archiveOf(items, kind);
    for (const prover of Object.values(provers)) {
      assert.ok((await archiveOf(items, kind, prover())).equals(expected), kind);
    }
    const output = memoryOutput();
    await write(slowly(), compressed(output, kind, 1));
    assert.ok(output.bytes().equals(expected), kind);
  }
});

test('counts the bytes of the tar, and those of blobs as they go out', async t => {
  const blobs = await Promise.all([1000, MiB, 0].map(size => localBlob(t, noise(size))));
  const output = memoryOutput();
  let bytes = 0;
  const onBytes = (count: number): void => void (bytes += count);
  const { tarBytes, files } = await write([file('a', 'content'), ...blobs.map(item)], output, { onBytes });
  assert.equal(bytes, 1000 + MiB);
  assert.equal(tarBytes, output.bytes().length);
  assert.deepEqual(files, []);
});

for (const [name, command] of Object.entries(tars)) {
  for (const kind of kinds) {
    test(
      `${name} unpacks what was written (${kind})`,
      { skip: requirements([command[0], ...tools]) },
      async t => {
        const items = await sample(t);
        const folder = await temporaryDirectory(t);
        const archive = join(folder, 'archive');
        await writeFile(archive, await archiveOf(items, kind));
        const target = join(folder, 'target');
        await mkdir(target);
        const unpack = `${testers[kind].unpack} | ${command.join(' ')} xf -`;
        const { status, stderr } = await feed(archive, unpack, target);
        assert.equal(status, 0, stderr);
        assert.equal(stderr, '');
        for (const one of items) {
          if (one.kind === 'directory') {
            assert.ok((await stat(join(target, one.path))).isDirectory());
            continue;
          }
          const path = one.kind === 'file' ? one.path : one.blob.path;
          const expected = one.kind === 'file' ? one.content : noise(one.blob.size);
          assert.ok((await readFile(join(target, path))).equals(expected), path);
          assert.equal((await stat(join(target, path))).mtimeMs, Date.UTC(1980, 0, 1));
        }
      },
    );
  }
}

test('every tar knows the size of a blob larger than 8 GiB', { skip: requirements(tools) }, async t => {
  const size = 9 * 1024 ** 3 + 1;
  const output = memoryOutput();
  await assert.rejects(write([item(streamBlob(noise(10), { path: 'huge', size }))], output));
  const archive = join(await temporaryDirectory(t), 'archive');
  await writeFile(archive, output.bytes());
  for (const command of Object.values(tars)) {
    const { stdout } = await feed(archive, `${command.join(' ')} tvf -`);
    assert.match(stdout, new RegExp(`\\b${size}\\b.* huge`));
  }
});

/** Asserts that nobody takes what an output has got for a whole archive. */
async function assertRefused(t: Tidied, output: MemoryOutput, kind: Kind): Promise<void> {
  assert.equal(output.state(), 'aborted');
  const archive = join(await temporaryDirectory(t), 'archive');
  await writeFile(archive, output.bytes());
  const { check, unpack } = testers[kind];
  const lists = Object.values(tars).map(command => `${unpack} 2>&- | ${command.join(' ')} tf -`);
  for (const command of [check, ...lists]) {
    const { status } = await feed(archive, command);
    assert.notEqual(status, 0, `${command} takes it for whole`);
  }
}

/** A blob in a file that a driver reads, to be damaged afterwards. */
async function fileBlob(t: Tidied, bytes: Buffer): Promise<UnverifiedBlob> {
  const blob = await localBlob(t, bytes);
  const driver = filesystemDriver({ root: dirname(blob.origin) });
  return { ...blob, stream: () => driver.stream(basename(blob.origin)) };
}

function withFlipped(bytes: Buffer, position: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(position) ^ 1, position);
  return copy;
}

const damages: Readonly<
  Record<string, { readonly code: ErrorCode; damage(path: string, bytes: Buffer): Promise<void> }>
> = {
  'whose first byte is wrong': {
    code: 'DIGEST_MISMATCH',
    damage: (path, bytes) => writeFile(path, withFlipped(bytes, 0)),
  },
  'whose last byte is wrong': {
    code: 'DIGEST_MISMATCH',
    damage: (path, bytes) => writeFile(path, withFlipped(bytes, bytes.length - 1)),
  },
  'that is too short': { code: 'SIZE_INVALID', damage: (path, bytes) => truncate(path, bytes.length - 1) },
  'that is empty': { code: 'SIZE_INVALID', damage: path => truncate(path, 0) },
  'that is too long': { code: 'SIZE_INVALID', damage: (path, bytes) => truncate(path, bytes.length + 1) },
  'that has vanished': { code: 'PATH_UNKNOWN', damage: path => rm(path) },
};

for (const [where, prover] of Object.entries(provers)) {
  describe(`nobody takes for whole an archive, proved ${where}, with a blob`, () => {
    for (const [which, { code, damage }] of Object.entries(damages)) {
      for (const kind of kinds) {
        test(`${which} (${kind})`, { skip: requirements(tools) }, async t => {
          for (const size of [1, MiB + 5]) {
            const bytes = noise(size);
            const good = await fileBlob(t, noise(2000));
            const bad = await fileBlob(t, bytes);
            await damage(bad.origin, bytes);
            const output = memoryOutput();
            const items = [
              file('registry-scraper.json', '{}'),
              item(good),
              item(bad),
              item(good),
              file('tag', 'x'),
            ];
            await assert.rejects(write(items, compressed(output, kind), { prover: prover() }), error => {
              assert.ok(isScraperError(error, code), String(error));
              assert.equal(error.details.path, bad.origin);
              return true;
            });
            await assertRefused(t, output, kind);
          }
        });
      }
    }
  });
}

test(
  'nobody takes for whole an archive that stops between two entries',
  { skip: requirements(tools) },
  async t => {
    const missing = new ScraperError('PATH_UNKNOWN', 'it is gone');
    for (const size of [0, 512, 70 * KiB, 70 * KiB + 3]) {
      for (const kind of kinds) {
        const output = memoryOutput();
        const items = function* (): Generator<ArchiveItem> {
          yield file('a', noise(size));
          throw missing;
        };
        await assert.rejects(write(items(), compressed(output, kind)), missing);
        await assertRefused(t, output, kind);
        for (const command of Object.values(tars)) {
          const folder = await temporaryDirectory(t);
          await writeFile(join(folder, 'archive'), output.bytes());
          await feed(join(folder, 'archive'), `${testers[kind].unpack} | ${command.join(' ')} xf -`, folder);
          assert.deepEqual((await readdir(folder)).sort(), ['a', 'archive']);
        }
      }
    }
  },
);

test(
  'nobody takes for whole an archive with an empty blob that is none',
  { skip: requirements(tools) },
  async t => {
    const { digests } = streamBlob(noise(1));
    const output = memoryOutput();
    await assert.rejects(write([file('a', 'b'), item(streamBlob(noise(0), { digests }))], output), error =>
      isScraperError(error, 'DIGEST_MISMATCH'),
    );
    await assertRefused(t, output, 'none');
  },
);

/** Waits until `condition` holds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; !(await condition()); turn++) {
    if (turn > 2000) throw new Error('it never came to be');
    await sleep(5);
  }
}

/** A blob whose bytes never come. */
function silentBlob(size: number): UnverifiedBlob {
  return streamBlob(noise(size), {
    stream: async function* () {
      await new Promise(() => undefined);
    },
  });
}

for (const kind of kinds) {
  test(
    `what is there goes out while the next thing is waited for (${kind})`,
    { skip: requirements(tools), timeout: 20_000 },
    async t => {
      const stop = new AbortController();
      const output = memoryOutput();
      const items = [file('registry-scraper.json', '{"it is":"there"}'), item(silentBlob(5000))];
      const writing = write(items, compressed(output, kind), { signal: stop.signal });
      const archive = join(await temporaryDirectory(t), 'archive');
      await until(async () => {
        await writeFile(archive, output.bytes());
        const { stdout } = await feed(
          archive,
          `${testers[kind].unpack} 2>&- | tar xOf - registry-scraper.json 2>&-`,
        );
        return stdout === '{"it is":"there"}';
      });
      stop.abort(new Error('enough'));
      await assert.rejects(writing, /enough/);
      await assertRefused(t, output, kind);
    },
  );
}

test('an abort ends a wait for a blob, for items and for the output', { timeout: 20_000 }, async t => {
  const blob = await localBlob(t, noise(4 * MiB));
  const silent = async function* (): AsyncGenerator<ArchiveItem> {
    yield item(blob);
    await new Promise(() => undefined);
  };
  const stuck = (): ArchiveOutput => ({ ...memoryOutput(), write: () => new Promise(() => undefined) });
  for (const prover of Object.values(provers)) {
    for (const [items, output] of [
      [[item(silentBlob(10))], memoryOutput()],
      [silent(), memoryOutput()],
      [[item(blob), item(blob)], stuck()],
    ] as const) {
      const stop = new AbortController();
      const writing = write(items, output, { signal: stop.signal, prover: prover() });
      setTimeout(() => stop.abort(new Error('enough')), 50);
      await assert.rejects(writing, /enough/);
    }
  }
});

test('an abort before the start writes nothing but that there is nothing', async () => {
  const output = memoryOutput();
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(write([file('a', 'b')], output, { signal }), /enough/);
  assert.ok(output.bytes().length <= 512);
});

test('an output that takes nothing holds up the reading', async () => {
  let pulled = 0;
  let streamed = 0;
  const blob = streamBlob(noise(4 * MiB));
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of blob.stream()) {
      streamed += chunk.length;
      yield chunk;
    }
  };
  const items = function* (): Generator<ArchiveItem> {
    for (;;) {
      pulled += 1;
      yield item({ ...blob, stream });
    }
  };
  const stop = new AbortController();
  const output: ArchiveOutput = { ...memoryOutput(), write: () => new Promise(() => undefined) };
  const writing = write(items(), output, { signal: stop.signal });
  await sleep(100);
  assert.ok(streamed < MiB, `${streamed} bytes were read`);
  assert.ok(pulled < 50, `${pulled} items were taken`);
  stop.abort(new Error('enough'));
  await assert.rejects(writing, /enough/);
});

test('a failing output ends it, and nothing is said to it afterwards but that it is over', async t => {
  const blob = await localBlob(t, noise(4 * MiB));
  const full = new ScraperError('NO_SPACE', 'the disk is full');
  for (const prover of Object.values(provers)) {
    for (const kind of kinds) {
      const calls: string[] = [];
      let left = 3;
      const output: ArchiveOutput = {
        write: () => {
          calls.push('write');
          return left-- > 0 ? Promise.resolve() : Promise.reject(full);
        },
        finish: () => assert.fail('it is not complete'),
        abort: () => {
          calls.push('abort');
          return Promise.resolve();
        },
      };
      const items = Array.from({ length: 5 }, () => item(blob));
      await assert.rejects(write(items, compressed(output, kind), { prover: prover() }), full);
      assert.deepEqual(calls, ['write', 'write', 'write', 'write', 'abort']);
    }
  }
});

test('lets go of the prover and of the items, however it ends', async t => {
  const blob = await localBlob(t, noise(MiB));
  for (const fails of [false, true]) {
    let closed = 0;
    let returned = false;
    const inner = inlineProver();
    const prover: Prover = {
      announce: one => (fails ? inner.announce({ ...one, size: 1 }) : inner.announce(one)),
      close: () => {
        closed += 1;
        return inner.close();
      },
    };
    const items = function* (): Generator<ArchiveItem> {
      try {
        for (let count = 0; count < 100; count++) yield item(blob);
      } finally {
        returned = true;
      }
    };
    const output = memoryOutput();
    const writing = write(items(), output, { prover });
    await (fails ? assert.rejects(writing) : writing);
    assert.deepEqual([closed, returned], [1, true]);
  }
});
