import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { ArchiveItem } from '../archive/item.ts';
import { compressionOf } from '../archive/magic.ts';
import { isScraperError, type ErrorCode } from '../errors.ts';
import { unpacked } from '../testing/packed-bundle.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { noise, streamBlob } from '../testing/unverified.ts';
import { file } from '../testing/writing.ts';
import { archiveWriter, type ArchiveWriter } from './archive-job.ts';
import type { ArchiveArguments } from './archive-options.ts';
import { parseDestination } from './destination.ts';

const content = noise(200_000);
const items: readonly ArchiveItem[] = [
  file('first', 'text'),
  { kind: 'blob', blob: streamBlob(content) },
  { kind: 'directory', path: 'empty' },
];
const none: ArchiveArguments = {
  ...{ compress: undefined, split: undefined, onlyPart: undefined, format: 'registry' },
  ...{ sign: undefined, manifest: undefined, base: [], force: false },
};

function writer(
  output: string,
  cwd: string,
  given: Partial<ArchiveArguments> = {},
  tty = false,
): Promise<ArchiveWriter> {
  const destination = parseDestination(output, cwd);
  assert.equal(destination.kind, 'archive');
  return archiveWriter(destination, { ...none, ...given }, { concurrency: 2, sync: false, tty });
}

const context = { signal: new AbortController().signal, onBytes: () => undefined };

async function refused(making: Promise<unknown>, code: ErrorCode, says: RegExp): Promise<void> {
  await assert.rejects(making, (error: unknown) => {
    assert.ok(isScraperError(error, code), String(error));
    assert.match(error.message, says);
    return true;
  });
}

const namesIn = async (directory: string): Promise<string[]> => (await readdir(directory)).sort();

test('the name says how it is compressed, and the option how much', async t => {
  const cwd = await temporaryDirectory(t);
  const cases = [
    ['x.tar', undefined, 'none'],
    ['y.tar', 'none', 'none'],
    ['x.tar.gz', undefined, 'gzip'],
    ['x.tgz', 'gzip:1', 'gzip'],
    ['x.tar.zst', undefined, 'zstd'],
    ['y.tar.zst', 'zstd:9', 'zstd'],
  ] as const;
  const tarBytes = new Set<number>();
  for (const [name, compress, kind] of cases) {
    const written = await (await writer(name, cwd, { compress }))(items, context);
    const bytes = await readFile(path.join(cwd, name));
    tarBytes.add(written.tarBytes);
    assert.equal(compressionOf(bytes), kind, name);
    assert.deepEqual(
      written.files.map(one => [one.path, one.size]),
      [[path.join(cwd, name), bytes.length]],
    );
    const sums = await readFile(path.join(cwd, `${name}.sha256`), 'utf8');
    assert.match(sums, new RegExp(`^[0-9a-f]{64}  ${name}\n$`));
    const [first, blob, directory] = await unpacked(bytes);
    assert.deepEqual([first?.path, directory?.path, directory?.content], ['first', 'empty', null]);
    assert.deepEqual(blob?.content, content);
  }
  assert.deepEqual([...tarBytes], [(await readFile(path.join(cwd, 'x.tar'))).length]);
});

test('an archive is cut, and one of its parts made again', async t => {
  const cwd = await temporaryDirectory(t);
  const whole = await (await writer('x.tar', cwd))(items, context);
  const written = await (await writer('s.tar', cwd, { split: '64KiB' }))(items, context);
  assert.equal(written.files.length, Math.ceil(whole.tarBytes / 65_536));
  const parts = await Promise.all(written.files.map(one => readFile(one.path)));
  assert.deepEqual(Buffer.concat(parts), await readFile(path.join(cwd, 'x.tar')));
  await rm(path.join(cwd, 's.tar.002'));
  const again = await (await writer('s.tar', cwd, { split: '64KiB', onlyPart: 2 }))(items, context);
  assert.deepEqual(
    again.files.map(one => one.path),
    [path.join(cwd, 's.tar.002')],
  );
  assert.deepEqual(await readFile(path.join(cwd, 's.tar.002')), parts[1]);
});

test('nothing is written before it is wanted', async t => {
  const cwd = await temporaryDirectory(t);
  await writer('x.tar', cwd);
  await writer('x.tar.gz', cwd, { split: '1MiB' });
  assert.deepEqual(await namesIn(cwd), []);
});

test('what is there is replaced only by force', async t => {
  const cwd = await temporaryDirectory(t);
  await writeFile(path.join(cwd, 'x.tar'), 'old');
  await writeFile(path.join(cwd, 's.tar.004'), 'old');
  await refused(writer('x.tar', cwd), 'OUTPUT_EXISTS', /x\.tar exists already$/);
  await refused(writer('x.tar', cwd, { split: '64KiB' }), 'OUTPUT_EXISTS', /x\.tar exists already$/);
  await refused(writer('s.tar', cwd), 'OUTPUT_EXISTS', /s\.tar\.004 exists already$/);
  assert.equal(await readFile(path.join(cwd, 'x.tar'), 'utf8'), 'old');
  await (
    await writer('x.tar', cwd, { force: true })
  )(items, context);
  await (
    await writer('s.tar', cwd, { force: true, split: '128KiB' })
  )(items, context);
  assert.deepEqual(await namesIn(cwd), ['s.tar.001', 's.tar.002', 's.tar.sha256', 'x.tar', 'x.tar.sha256']);
});

test('what fails while it replaces something leaves that as it was', async t => {
  const cwd = await temporaryDirectory(t);
  await (
    await writer('x.tar', cwd)
  )(items.slice(0, 1), context);
  const before = await readFile(path.join(cwd, 'x.tar'));
  const wrong = streamBlob(content, { digests: [streamBlob(noise(5)).digests[0] ?? assert.fail()] });
  const write = await writer('x.tar', cwd, { force: true });
  await refused(write([...items, { kind: 'blob', blob: wrong }], context), 'DIGEST_MISMATCH', /./);
  assert.deepEqual(await readFile(path.join(cwd, 'x.tar')), before);
  assert.deepEqual(await namesIn(cwd), ['x.tar', 'x.tar.sha256']);
});

test('calls that make no sense are refused before anything is done', async t => {
  const cwd = await temporaryDirectory(t);
  await refused(writer('-', cwd, {}, true), 'USAGE', /is not written to a terminal$/);
  await refused(
    writer('x.tar', cwd, { compress: 'zstd' }),
    'USAGE',
    /^--compress zstd and the name "x.tar" do not fit$/,
  );
  await refused(writer('x.tar.gz', cwd, { compress: 'none' }), 'USAGE', /do not fit$/);
  await refused(writer('x.tar.zst', cwd, { compress: 'zstd:22' }), 'USAGE', /zstd has no level "22"/);
  await refused(writer('-', cwd, { compress: 'lz4' }), 'USAGE', /unknown compression "lz4"/);
  await refused(writer('x.tar', cwd, { split: 'many' }), 'USAGE', /"many" is no size/);
  await refused(writer('x.tar', cwd, { split: '1' }), 'USAGE', /too small/);
  await refused(writer('nosuch/x.tar', cwd), 'OUTPUT_INVALID', /nosuch does not exist/);
  assert.deepEqual(await namesIn(cwd), []);
  // a stream may be compressed in any way, and is no terminal's business when there is none
  for (const compress of [undefined, 'none', 'gzip', 'zstd:1']) await writer('-', cwd, { compress });
});
