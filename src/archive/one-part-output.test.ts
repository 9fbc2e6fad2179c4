import assert from 'node:assert/strict';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isScraperError, type ErrorCode } from '../errors.ts';
import type { UnverifiedBlob } from '../sink/sink.ts';
import { temporaryDirectory, type Tidied } from '../testing/temporary.ts';
import { localBlob, noise, sha } from '../testing/unverified.ts';
import { file, provers, write } from '../testing/writing.ts';
import { compressedOutput } from './compressed-output.ts';
import { parseCompression } from './compression.ts';
import { fileOutput } from './file-output.ts';
import type { ArchiveItem } from './item.ts';
import { onePartOutput, type OnePartOptions } from './one-part-output.ts';

const KiB = 1024;
const now = Date.now;
const PART = 100 * KiB;

interface Split {
  readonly folder: string;
  readonly path: string;
  readonly items: readonly ArchiveItem[];
  /** The parts as they were made first, by name. */
  readonly parts: ReadonlyMap<string, Buffer>;
}

/** An archive in parts, of blobs that reach over several of them. */
async function split(t: Tidied, compression = 'none'): Promise<Split> {
  const folder = await temporaryDirectory(t);
  const path = join(folder, 'app.tar');
  const blobs = await Promise.all([250_000, 10, 150_000].map(size => localBlob(t, noise(size))));
  const items = [
    file('registry-scraper.json', '{}'),
    ...blobs.map((blob): ArchiveItem => ({ kind: 'blob', blob })),
  ];
  const output = await fileOutput({ path, partBytes: PART, force: false, sync: false, now });
  const { files } = await write(items, compressedOutput(output, parseCompression(compression), 2));
  const parts = new Map<string, Buffer>();
  for (const one of files) parts.set(one.path, await readFile(one.path));
  return { folder, path, items, parts };
}

function again(path: string, onlyPart: number, options: Partial<OnePartOptions> = {}) {
  return onePartOutput({ path, partBytes: PART, onlyPart, force: false, sync: false, now, ...options });
}

const refused = (code: ErrorCode, message: RegExp) => (error: unknown) => {
  assert.ok(isScraperError(error, code), String(error));
  assert.match(error.message, message);
  return true;
};

for (const compression of ['none', 'gzip', 'zstd']) {
  test(`each part can be made again, byte for byte (${compression})`, async t => {
    const { folder, path, items, parts } = await split(t, compression);
    assert.ok(parts.size >= 4);
    const names = (await readdir(folder)).sort();
    for (const prover of Object.values(provers)) {
      for (const [index, [part, bytes]] of [...parts].entries()) {
        // lost, damaged, or still there
        if (index % 3 === 0) await rm(part);
        if (index % 3 === 1) await truncate(part, 5);
        const output = compressedOutput(
          await again(path, index + 1, { sync: index === 0 }),
          parseCompression(compression),
          2,
        );
        const written = await write(items, output, { prover: prover() });
        assert.deepEqual(written.files, [
          { path: part, size: bytes.length, sha256: sha('sha256', bytes).slice('sha256:'.length) },
        ]);
        assert.equal(written.sums, `${path}.sha256`);
        assert.ok((await readFile(part)).equals(bytes));
        assert.deepEqual((await readdir(folder)).sort(), names);
      }
    }
  });
}

test('nothing is read that comes after the part', async t => {
  const { path, items } = await split(t);
  const untouchable: UnverifiedBlob = {
    path: 'never',
    digests: [],
    size: 1,
    origin: 'nowhere',
    stream: () => assert.fail('it was read'),
  };
  const more = [...items, { kind: 'blob', blob: untouchable } as const];
  const { files } = await write(more, await again(path, 2));
  assert.equal(files.length, 1);
});

test('a part that would be another now is not written', async t => {
  const { folder, path, items, parts } = await split(t);
  const part = `${path}.002`;
  await rm(part);
  const names = await readdir(folder);
  const changed = [file('registry-scraper.json', '[]'), ...items.slice(2)];
  for (const [what, options] of [
    [changed, {}],
    [items, { partBytes: PART + 512 }],
    [items.slice(0, 1), {}],
  ] as const) {
    await assert.rejects(write(what, await again(path, 2, options)), error => {
      assert.ok(isScraperError(error, 'PART_INVALID', 'USAGE'), String(error));
      return true;
    });
    assert.deepEqual(await readdir(folder), names);
  }
  await assert.rejects(
    write(changed, await again(path, 2)),
    refused(
      'PART_INVALID',
      /app\.tar\.002 cannot be made again.*the selection or the registry changed since/,
    ),
  );
  assert.equal(parts.size, 4);
});

test('a part that there never was is refused, and told how many there are', async t => {
  const { path, items, parts } = await split(t);
  await assert.rejects(again(path, 9), refused('USAGE', /no part 9: .*app\.tar has 4 parts/));
  await assert.rejects(again(path, 0), refused('USAGE', /no part 0/));
  await rm(`${path}.sha256`);
  for (const part of parts.keys()) await rm(part);
  await assert.rejects(
    write(items, await again(path, 9)),
    refused('USAGE', /no part 9: .*app\.tar has 4 parts/),
  );
});

test('an archive that was not cut has no parts', async t => {
  const folder = await temporaryDirectory(t);
  const path = join(folder, 'app.tar');
  await write([file('a', 'b')], await fileOutput({ path, force: false, sync: false, now }));
  await assert.rejects(again(path, 1), refused('USAGE', /app\.tar is not in parts/));
});

test('without a sums file, a part is made all the same, and nothing is said of it', async t => {
  const { folder, path, items, parts } = await split(t);
  await rm(`${path}.sha256`);
  const part = `${path}.003`;
  await assert.rejects(again(path, 3), refused('OUTPUT_EXISTS', /app\.tar\.003 exists already/));
  const forced = await write(items, await again(path, 3, { force: true }));
  await rm(part);
  const written = await write(items, await again(path, 3));
  for (const { files, sums } of [forced, written]) {
    assert.deepEqual([files.length, sums], [1, undefined]);
  }
  assert.ok((await readFile(part)).equals(parts.get(part) ?? Buffer.alloc(0)));
  assert.deepEqual((await readdir(folder)).length, 4);
});

test('a sums file that is none is told', async t => {
  const { path } = await split(t);
  await writeFile(`${path}.sha256`, 'hello');
  await assert.rejects(again(path, 1), refused('PART_INVALID', /app\.tar\.sha256, line 1/));
});

test('a damaged blob in the part ends it, and leaves nothing', async t => {
  const { folder, path, items } = await split(t);
  await rm(`${path}.001`);
  const names = await readdir(folder);
  for (const one of items) if (one.kind === 'blob') await truncate(one.blob.origin, 3);
  await assert.rejects(write(items, await again(path, 1)), refused('SIZE_INVALID', /wrong size/));
  assert.deepEqual(await readdir(folder), names);
});
