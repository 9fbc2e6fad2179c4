import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rmdir, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { isScraperError, type Warning } from '../errors.ts';
import { emptyDigest } from '../oci/digest.ts';
import { blobOf } from '../testing/contents.ts';
import { otherFileSystem } from '../testing/disks.ts';
import { inlineWorker } from '../testing/inline-worker.ts';
import { seededRandom } from '../testing/random.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { listDirectory, type Listing } from '../testing/tree.ts';
import { pathFor } from '../registry/layout.ts';
import { spawnTransferWorker } from '../transfer/spawn.ts';
import { directorySink } from './directory.ts';
import { SCRATCH_PREFIX } from './scratch.ts';
import { sinkSuite } from './sink.suite.ts';
import type { Sink, SinkSession, UnverifiedBlob } from './sink.ts';

interface Test {
  after(work: () => Promise<void>): void;
}

async function listing(root: string): Promise<Listing> {
  return (await readdir(root).catch(() => undefined)) ? listDirectory(root) : new Map();
}

for (const link of [false, true]) {
  // threads where bytes are copied, for they are what is used; the other run does without, for the time they take
  const spawn = link ? inlineWorker : spawnTransferWorker;
  sinkSuite(`directory sink that ${link ? 'links' : 'copies'}`, async t => {
    const root = join(await temporaryDirectory(t), 'output');
    return {
      sink: () => directorySink({ root, link, concurrency: 2, spawn, now: Date.now }),
      listing: () => listing(root),
      put: async (path, bytes) => {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), bytes);
      },
    };
  });
}

const random = seededRandom('directory sink');

/** A blob that is a local file below `directory`. */
async function fileBlob(
  directory: string,
  size: number,
): Promise<UnverifiedBlob & { readonly file: string }> {
  const { stored, contents } = blobOf(random, size);
  const file = join(directory, stored.replace(':', '-'));
  await writeFile(file, contents as Uint8Array);
  return {
    file,
    path: pathFor({ kind: 'blob', digest: stored }),
    digests: [stored],
    size,
    origin: file,
    stream: () => {
      throw new Error('a local file is not to be streamed');
    },
    localRange: () => Promise.resolve({ path: file }),
  };
}

interface OpenedSink {
  readonly sink: Sink;
  readonly warnings: readonly Warning[];
  readonly stop: AbortController;
}

async function openSink(
  t: Test,
  root: string,
  { link = false, spawn = inlineWorker, onBytes = (): void => undefined } = {},
): Promise<OpenedSink> {
  const sink = directorySink({ root, link, concurrency: 2, spawn, now: Date.now });
  const warnings: Warning[] = [];
  const stop = new AbortController();
  const session: SinkSession = {
    signal: stop.signal,
    onBytes,
    onWarning: warning => warnings.push(warning),
  };
  await sink.open(session);
  t.after(() => sink.close());
  return { sink, warnings, stop };
}

const scratchIn = async (root: string): Promise<string[]> =>
  (await readdir(root)).filter(name => name.startsWith(SCRATCH_PREFIX));

describe('directory sink', () => {
  test('writes in a scratch directory beside the tree, and takes it away with what is in it', async t => {
    const root = await temporaryDirectory(t);
    const { sink } = await openSink(t, root);
    const [scratch = ''] = await scratchIn(root);
    assert.equal((await stat(join(root, scratch))).mode & 0o777, 0o700);
    await writeFile(join(root, scratch, 'left'), 'over');
    await sink.close();
    assert.deepEqual(await readdir(root), []);
    // closing twice, or before opening, does no harm
    await sink.close();
  });

  test('makes the output directory and those above it, and only when it is opened', async t => {
    const root = join(await temporaryDirectory(t), 'a/b/c');
    const sink = directorySink({ root, link: false, concurrency: 1, spawn: inlineWorker, now: Date.now });
    assert.equal(typeof (await sink.freeBytes()), 'number');
    assert.equal(await sink.hasDirectory('docker'), false);
    assert.equal(await sink.hasDirectory(''), false);
    await assert.rejects(stat(dirname(root)));
    await sink.open({
      signal: new AbortController().signal,
      onBytes: () => undefined,
      onWarning: () => undefined,
    });
    assert.ok((await stat(root)).isDirectory());
    await sink.close();
  });

  test('gives files and directories the modes that the umask leaves', async t => {
    const root = await temporaryDirectory(t);
    const { sink } = await openSink(t, root);
    const blob = await fileBlob(await temporaryDirectory(t), 100);
    const before = process.umask(0o027);
    try {
      await sink.writeBlob(blob);
      await sink.publish(['uploads'], [{ path: 'x/link', content: 'y' }]);
    } finally {
      process.umask(before);
    }
    const modeOf = async (path: string): Promise<number> => (await stat(join(root, path))).mode & 0o777;
    assert.deepEqual(await Promise.all([blob.path, 'x/link'].map(modeOf)), [0o640, 0o640]);
    assert.deepEqual(
      await Promise.all([dirname(blob.path), 'x', 'uploads'].map(modeOf)),
      [0o750, 0o750, 0o750],
    );
  });

  test('links blobs where it is asked to, the same file as the source, and says so', async t => {
    const root = await temporaryDirectory(t);
    const source = await temporaryDirectory(t);
    for (const round of [1, 2]) {
      const { sink, warnings } = await openSink(t, root, { link: true });
      const blob = await fileBlob(source, round * 1000);
      assert.equal(await sink.writeBlob(blob), 'linked');
      // what is linked already is the same file: renaming one onto the other leaves both
      assert.equal(await sink.writeBlob(blob), 'linked');
      assert.equal((await stat(join(root, blob.path))).ino, (await stat(blob.file)).ino);
      assert.equal((await stat(blob.file)).nlink, 2);
      assert.equal(await sink.freeBytes(), undefined);
      await sink.close();
      assert.deepEqual(warnings, []);
    }
    assert.deepEqual(await scratchIn(root), []);
  });

  test('copies where it cannot link, and says so once', async t => {
    const away = await otherFileSystem(t);
    const root = await temporaryDirectory(t);
    const { sink, warnings } = await openSink(t, root, { link: true });
    const blobs = await Promise.all([1, 2, 3, 4].map(size => fileBlob(away ?? root, size * 1000)));
    const outcomes = await Promise.all(blobs.map(blob => sink.writeBlob(blob)));
    await sink.close();
    for (const blob of blobs)
      assert.deepEqual(await readFile(join(root, blob.path)), await readFile(blob.file));
    // with but one file system at hand there is nothing to fall back from
    assert.deepEqual(outcomes, Array(4).fill(away ? 'copied' : 'linked'));
    assert.deepEqual(
      warnings.map(({ code, message, path }) => [code, message, path]),
      away
        ? [['LINK_FALLBACK', 'blobs are copied, not hard-linked: the output is on another file system', root]]
        : [],
    );
  });

  test('links nothing that is not what it should be', async t => {
    const root = await temporaryDirectory(t);
    const { sink } = await openSink(t, root, { link: true });
    const blob = await fileBlob(await temporaryDirectory(t), 1000);
    await writeFile(blob.file, Buffer.alloc(1000));
    await assert.rejects(sink.writeBlob(blob), error => isScraperError(error, 'DIGEST_MISMATCH'));
    await sink.close();
    assert.deepEqual(await readdir(root), []);
    assert.equal((await stat(blob.file)).nlink, 1);
  });

  test('replaces a symbolic link at a blob’s place by the blob, and leaves what it pointed to', async t => {
    const root = await temporaryDirectory(t);
    const away = await temporaryDirectory(t);
    const { sink } = await openSink(t, root);
    const blob = await fileBlob(away, 500);
    await mkdir(dirname(join(root, blob.path)), { recursive: true });
    await writeFile(join(away, 'victim'), 'untouched');
    await symlink(join(away, 'victim'), join(root, blob.path));
    assert.equal(await sink.size(blob.path), undefined);
    await sink.writeBlob(blob);
    assert.ok((await stat(join(root, blob.path))).size === 500);
    assert.equal(await readFile(join(away, 'victim'), 'utf8'), 'untouched');
  });

  test('refuses to write through a symbolic link within the output', async t => {
    const root = await temporaryDirectory(t);
    const away = await temporaryDirectory(t);
    await symlink(away, join(root, 'docker'));
    const { sink } = await openSink(t, root);
    const blob = await fileBlob(await temporaryDirectory(t), 500);
    const streamed: UnverifiedBlob = {
      path: pathFor({ kind: 'blob', digest: emptyDigest }),
      digests: [emptyDigest],
      size: 0,
      origin: 'nothing',
      // eslint-disable-next-line @typescript-eslint/require-await
      stream: async function* () {
        return;
      },
    };
    const work = [
      () => sink.writeBlob(blob),
      () => sink.writeBlob(streamed),
      () => sink.publish([], [{ path: 'docker/link', content: 'x' }]),
      () => sink.publish(['docker/directory'], []),
    ];
    for (const each of work) {
      await assert.rejects(each, error => {
        assert.ok(isScraperError(error, 'OUTPUT_INVALID'), String(error));
        assert.equal(error.details.path, join(root, 'docker'));
        return error.details.hint !== undefined;
      });
    }
    await sink.close();
    assert.deepEqual([await readdir(away), await readdir(root)], [[], ['docker']]);
  });

  test('finds nothing sound where something else stands than a file', async t => {
    const root = await temporaryDirectory(t);
    const { sink } = await openSink(t, root);
    const blob = await fileBlob(await temporaryDirectory(t), 500);
    const place = join(root, blob.path);
    await mkdir(place, { recursive: true });
    assert.equal(await sink.verify(blob), false);
    await rmdir(place);
    await symlink(blob.file, place);
    assert.equal(await sink.verify(blob), false);
  });

  test('follows a symbolic link that is the output itself', async t => {
    const away = await temporaryDirectory(t);
    const root = join(await temporaryDirectory(t), 'link');
    await symlink(away, root);
    const { sink } = await openSink(t, root);
    const blob = await fileBlob(await temporaryDirectory(t), 500);
    await sink.writeBlob(blob);
    await sink.close();
    assert.equal((await stat(join(away, blob.path))).size, 500);
    assert.deepEqual(await readdir(away), ['docker']);
  });

  test('leaves no scratch when it is stopped in the middle of a large file', async t => {
    const root = await temporaryDirectory(t);
    const reason = new Error('stopped');
    const onBytes = (): void => stop.abort(reason);
    const { sink, stop } = await openSink(t, root, { spawn: spawnTransferWorker, onBytes });
    const blob = await fileBlob(await temporaryDirectory(t), 10);
    const size = 1024 ** 3;
    await truncate(blob.file, size);
    await assert.rejects(sink.writeBlob({ ...blob, size }), reason);
    await sink.close();
    assert.deepEqual(await readdir(root), []);
  });
});
