import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { exitCodeFor, ScraperError, type ErrorCode, type Failure } from './errors.ts';
import type { Report } from './report.ts';
import { memorySink, type MemoryOutput } from './sink/memory.ts';
import type { Sink } from './sink/sink.ts';
import { resizeDisk, otherFileSystem, smallDisk } from './testing/disks.ts';
import type { Image } from './testing/image.ts';
import { inlineWorker } from './testing/inline-worker.ts';
import { asOrdinaryUser } from './testing/ordinary-user.ts';
import { buildRegistry, type RegistryBuilder } from './testing/registry.ts';
import { localSink, scrapeDirectory, scrapeTree } from './testing/scrape.ts';
import { temporaryDirectory } from './testing/temporary.ts';
import { listDirectory, type Listing } from './testing/tree.ts';

interface Place {
  readonly registry: RegistryBuilder;
  readonly image: Image;
  readonly source: string;
  readonly output: string;
  /** What the output should hold in the end. */
  readonly expected: Listing;
}

const references = ['team/app:1', 'team/app:2'];
const spawn = inlineWorker;

/** A source of two images on disk, and an output directory that is empty. */
async function place(t: { after(work: () => Promise<void>): void }): Promise<Place> {
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  const image = app.image({ tag: '1', layers: [50_000, 3000] });
  app.image({ tag: '2' });
  const directory = await temporaryDirectory(t);
  const [source, output] = [join(directory, 'source'), join(directory, 'output')];
  await chmod(directory, 0o755);
  await registry.write(source);
  await mkdir(output);
  return { registry, image, source, output, expected: registry.listing() };
}

/** The one failure of a scrape, which left no scratch behind and published no tag. */
async function failureOf(
  report: Report,
  output: string,
  code: ErrorCode,
  exitCode: number,
): Promise<Failure> {
  const [failure] = report.errors;
  assert.ok(failure, 'it did not fail');
  assert.deepEqual([new Set(report.errors.map(error => error.code)), failure.code], [new Set([code]), code]);
  assert.equal(exitCodeFor(report.errors), exitCode);
  const left = await readdir(output, { recursive: true }).catch(() => []);
  assert.deepEqual(
    left.filter(name => name.includes('.registry-scraper') || name.endsWith('current/link')),
    [],
  );
  return failure;
}

test('an output in which this user may not write is told as such, and nothing is written', async t => {
  const { source, output } = await place(t);
  await chmod(output, 0o555);
  for (const to of [output, join(output, 'new/below')]) {
    const report = await asOrdinaryUser(() => scrapeDirectory(source, to, references, { spawn }));
    const { message, path, hint } = await failureOf(report, output, 'ACCESS_DENIED', 1);
    assert.match(message, /cannot write .*output.*: permission denied/);
    assert.equal(path, to);
    assert.match(hint ?? '', /choose an output where this user may write/);
    assert.deepEqual(await readdir(output), []);
  }
});

test('a directory of the output in which this user may not write is named', async t => {
  const { source, output } = await place(t);
  const blobs = join(output, 'docker/registry/v2/blobs');
  await mkdir(blobs, { recursive: true });
  for (const open of [output, dirname(blobs)]) await chmod(open, 0o777);
  await chmod(blobs, 0o555);
  const report = await asOrdinaryUser(() => scrapeDirectory(source, output, references, { spawn }));
  const { path, hint } = await failureOf(report, output, 'ACCESS_DENIED', 1);
  assert.equal(path, join(blobs, 'sha256'));
  assert.ok(hint);
});

test('an output that this user may not even look into is told as such', async t => {
  const { source, output } = await place(t);
  await chmod(output, 0);
  const report = await asOrdinaryUser(() => scrapeDirectory(source, output, references, { spawn }));
  const { hint } = await failureOf(report, output, 'ACCESS_DENIED', 1);
  assert.ok(hint);
});

test('an output that is a file, or lies below one, stays as it is', async t => {
  const { source, output } = await place(t);
  await rm(output, { recursive: true });
  await writeFile(output, 'precious');
  for (const to of [output, join(output, 'below')]) {
    const report = await scrapeDirectory(source, to, references, { spawn });
    const { message, path } = await failureOf(report, output, 'IO_ERROR', 1);
    assert.match(message, /cannot write .*output/);
    assert.equal(path, to);
    assert.equal(await readFile(output, 'utf8'), 'precious');
  }
});

test('what stands in the way within the output is named and left alone', async t => {
  const blobs = 'docker/registry/v2/blobs';
  const repositories = 'docker/registry/v2/repositories';
  for (const [path, code] of [
    ['docker', 'OUTPUT_INVALID'],
    [`${blobs}/sha256`, 'OUTPUT_INVALID'],
    [`${repositories}/team/app/_layers`, 'OUTPUT_INVALID'],
    [`${repositories}/team/app/_uploads`, 'OUTPUT_INVALID'],
  ] as const) {
    for (const kind of ['a file', 'a symbolic link']) {
      const { source, output } = await place(t);
      const [inTheWay, away] = [join(output, path), await temporaryDirectory(t)];
      await mkdir(dirname(inTheWay), { recursive: true });
      await (kind === 'a file' ? writeFile(inTheWay, 'precious') : symlink(away, inTheWay));
      const report = await scrapeDirectory(source, output, references, { spawn });
      const failure = await failureOf(report, output, code, 2);
      assert.equal(failure.path, inTheWay);
      assert.match(failure.message, /is in the way: a directory must stand there/);
      assert.ok(failure.hint);
      assert.deepEqual(await readdir(away), []);
      if (kind === 'a file') assert.equal(await readFile(inTheWay, 'utf8'), 'precious');
    }
  }
});

test('what lies behind a symbolic link within the output does not count as there', async t => {
  const { source, output } = await place(t);
  assert.ok((await scrapeDirectory(source, output, references, { spawn })).ok);
  const away = join(await temporaryDirectory(t), 'docker');
  await rename(join(output, 'docker'), away);
  await symlink(away, join(output, 'docker'));
  const report = await scrapeDirectory(source, output, references, { spawn });
  assert.deepEqual(
    report.errors.map(({ code, path }) => [code, path]),
    report.errors.map(() => ['OUTPUT_INVALID', join(output, 'docker')]),
  );
  assert.equal(exitCodeFor(report.errors), 2);
});

test('a directory at the place of a blob or a link is named and left alone', async t => {
  const { source, output, registry, image } = await place(t);
  const app = registry.repository('team/app');
  for (const path of [registry.pathOf(image.layer(0)), app.revisionLink(image)]) {
    await mkdir(join(output, path, 'precious'), { recursive: true });
    const report = await scrapeDirectory(source, output, 'team/app:1', { spawn });
    const { message, path: named } = await failureOf(report, output, 'IO_ERROR', 1);
    assert.match(message, /a directory .*stands there/);
    assert.equal(named, join(output, path));
    assert.deepEqual(await readdir(join(output, path)), ['precious']);
    await rm(join(output, path), { recursive: true });
  }
});

/** A sink that takes so many bytes of blobs and then is full. */
function fullAfter(bytes: number, output: MemoryOutput): Sink {
  const sink = memorySink(output);
  let left = bytes;
  return {
    ...sink,
    writeBlob(blob) {
      left -= blob.size;
      if (left >= 0) return sink.writeBlob(blob);
      return Promise.reject(new ScraperError('NO_SPACE', 'the disk is full', { hint: 'make room' }));
    },
  };
}

test('a full disk stops everything, even with --keep-going, and a run with more room completes it', async t => {
  const { registry, source, expected } = await place(t);
  const memory: MemoryOutput = new Map();
  const settings = { keepGoing: true, output: memory, sink: fullAfter(2000, memory) };
  const { report } = await scrapeTree(registry, references, settings);
  assert.deepEqual([report.errors.map(({ code }) => code), exitCodeFor(report.errors)], [['NO_SPACE'], 1]);
  assert.ok(![...memory.keys()].some(path => path.endsWith('/link')));
  assert.deepEqual((await scrapeTree(registry, references, { output: memory })).listing, expected);

  const disk = await smallDisk(t, 32 * 1024);
  if (disk === undefined) return;
  // as if the room were taken by somebody else after it was looked at
  const full = { ...localSink(disk, { spawn }), freeBytes: () => Promise.resolve(undefined) };
  const stopped = await scrapeDirectory(source, disk, references, { keepGoing: true, sink: full });
  const { message, hint } = await failureOf(stopped, disk, 'NO_SPACE', 1);
  assert.match(message, /cannot write .*: the disk is full/);
  assert.match(hint ?? '', /run the same command again/);
  await resizeDisk(disk, 1024 * 1024);
  assert.deepEqual((await scrapeDirectory(source, disk, references, { spawn })).errors, []);
  assert.deepEqual(await listDirectory(disk), expected);
});

test('a disk that is too small is told before anything is written', async t => {
  const { source, output } = await place(t);
  const disk = await smallDisk(t, 32 * 1024);
  const sink =
    disk === undefined ? { ...localSink(output, { spawn }), freeBytes: () => Promise.resolve(7) } : undefined;
  const report = await scrapeDirectory(source, disk ?? output, references, { spawn, ...(sink && { sink }) });
  const { message, hint } = await failureOf(report, disk ?? output, 'NO_SPACE', 1);
  assert.match(message, /has \d+ bytes free, \d+ are needed; nothing was written/);
  assert.ok(hint);
  assert.deepEqual(await readdir(disk ?? output), []);
});

test('an output on another file system gets copies where links were asked for, and a warning', async t => {
  const { source, output, expected } = await place(t);
  const away = await otherFileSystem(t);
  const report = await scrapeDirectory(source, away ?? output, references, { link: true, spawn });
  assert.deepEqual(report.errors, []);
  const { bytes, copiedBytes, linkedBytes } = report.totals;
  // on a machine with but one file system, all there is to see is that links are made
  assert.deepEqual([copiedBytes, linkedBytes], away === undefined ? [0, bytes] : [bytes, 0]);
  assert.deepEqual(
    report.warnings.map(({ code }) => code),
    away === undefined ? [] : ['LINK_FALLBACK'],
  );
  assert.deepEqual(await listDirectory(away ?? output), expected);
});

test('what a run left that died is cleared away by the next', async t => {
  const { source, output, expected } = await place(t);
  // as the sink calls it, of a process that is long gone
  const sink = localSink(output, { spawn });
  await sink.open({
    signal: new AbortController().signal,
    onBytes: () => undefined,
    onWarning: () => undefined,
  });
  const [live = ''] = await readdir(output);
  const dead = live.replace(/-\d+-(\d+|running)-/, '-99999999-1-');
  await mkdir(join(output, dead));
  await writeFile(join(output, dead, '1'), 'partial');
  await scrapeDirectory(source, output, references, { spawn });
  assert.deepEqual((await readdir(output)).sort(), [live, 'docker'].sort());
  await sink.close();
  assert.deepEqual(await listDirectory(output), expected);
});

test('a part of the source that this user may not read is told as such, and nothing is written', async t => {
  const { source, registry, image } = await place(t);
  const app = registry.repository('team/app');
  const parts = [
    'docker/registry/v2/blobs',
    'docker/registry/v2/repositories/team',
    dirname(app.tagLink('1')),
    app.tagLink('1'),
    app.layerLink(image.config),
    registry.pathOf(image),
    dirname(registry.pathOf(image.layer(1))),
    registry.pathOf(image.layer(1)),
  ];
  for (const path of parts) {
    const { mode } = await stat(join(source, path));
    await chmod(join(source, path), 0);
    const output: MemoryOutput = new Map();
    const report = await asOrdinaryUser(() =>
      scrapeDirectory(source, 'unused', 'team/app:1', { sink: memorySink(output) }),
    );
    await chmod(join(source, path), mode);
    const { message, hint, path: named = '' } = await failureOf(report, `${source}-none`, 'ACCESS_DENIED', 1);
    assert.match(message, /cannot read .*: permission denied/);
    assert.match(hint ?? '', /run as a user who may read the registry's storage/);
    assert.ok(named.startsWith(join(source, path)), named);
    assert.ok(![...output.keys()].some(name => name.endsWith('/link')));
  }
});
