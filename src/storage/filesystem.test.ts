import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isScraperError, type ErrorCode } from '../errors.ts';
import { gather } from '../testing/gather.ts';
import { asOrdinaryUser } from '../testing/ordinary-user.ts';
import { temporaryDirectory, type Tidied } from '../testing/temporary.ts';
import { writeTree, type TreeEntry } from '../testing/tree.ts';
import { directCalls, pooledCalls, type FileCalls } from './calls.ts';
import { driverSuite, specialEntriesSuite } from './driver.suite.ts';
import { filesystemDriver } from './filesystem.ts';

for (const suite of [driverSuite, specialEntriesSuite]) {
  for (const [name, calls] of [
    ['filesystem driver with direct calls', directCalls],
    ['filesystem driver with pooled calls', pooledCalls],
  ] as const) {
    suite(name, async (t, files) => {
      const root = await temporaryDirectory(t);
      await writeTree(files, root);
      return filesystemDriver({ root, calls });
    });
  }

  suite('filesystem driver with a mount', async (t, files) => {
    const directory = await temporaryDirectory(t);
    await writeTree(files, directory);
    return filesystemDriver({ root: join(directory, 'docker/registry'), mount: 'docker/registry' });
  });
}

/** A directory with these files, open to everyone. */
async function directoryOf(
  t: Tidied,
  files: Readonly<Record<string, Exclude<TreeEntry, 'directory' | 'fifo'> | string>>,
): Promise<string> {
  const directory = await temporaryDirectory(t);
  const entries = Object.entries(files).map(([path, entry]): [string, TreeEntry] => [
    path,
    typeof entry === 'string' && entry !== 'directory' && entry !== 'fifo' ? Buffer.from(entry) : entry,
  ]);
  await writeTree(new Map(entries), directory);
  await chmod(directory, 0o755);
  return directory;
}

async function rejects(
  code: ErrorCode,
  work: Promise<unknown>,
  message?: RegExp,
  hint?: RegExp,
): Promise<void> {
  await assert.rejects(work, error => {
    assert.ok(isScraperError(error, code), `expected ${code}, got ${String(error)}`);
    if (message) assert.match(error.message, message);
    if (hint) assert.match(error.details.hint ?? '', hint);
    return true;
  });
}

describe('filesystem driver', () => {
  test('says that a file may not be read, and how it may', async t => {
    const root = await directoryOf(t, { 'a/link': 'x' });
    await chmod(join(root, 'a/link'), 0);
    await asOrdinaryUser(async () => {
      const driver = filesystemDriver({ root });
      const message = new RegExp(`^cannot read ${root}/a/link: permission denied$`);
      await rejects('ACCESS_DENIED', driver.read('a/link', 10), message, /run as a user who/);
      await rejects('ACCESS_DENIED', gather(driver.stream('a/link')), message);
      assert.equal((await driver.stat('a/link')).size, 1);
    });
  });

  test('says that a directory may not be listed, or not be entered', async t => {
    const root = await directoryOf(t, { 'unlisted/link': 'x', 'locked/link': 'x' });
    await chmod(join(root, 'unlisted'), 0o311);
    await chmod(join(root, 'locked'), 0);
    await asOrdinaryUser(async () => {
      const driver = filesystemDriver({ root });
      await rejects('ACCESS_DENIED', gather(driver.list('locked')), /locked: permission denied$/);
      await rejects('ACCESS_DENIED', driver.read('locked/link', 10), /locked\/link: permission denied$/);
      await rejects('ACCESS_DENIED', driver.stat('locked/link'));
      if (process.getuid?.() === 0) await rejects('ACCESS_DENIED', gather(driver.list('unlisted')));
      assert.equal(String(await driver.read('unlisted/link', 10)), 'x');
    });
    // whoever is not root could not tidy up otherwise
    for (const name of ['locked', 'unlisted']) await chmod(join(root, name), 0o755);
  });

  test('knows nothing outside its mount', async t => {
    const root = await directoryOf(t, { 'v2/file': 'x', file: 'y' });
    const driver = filesystemDriver({ root, mount: 'docker/registry' });
    assert.equal(String(await driver.read('docker/registry/v2/file', 10)), 'x');
    assert.equal(String(await driver.read('docker/registry/file', 10)), 'y');
    assert.equal((await gather(driver.list('docker/registry'))).length, 2);
    assert.equal(driver.describe('docker/registry/v2/file'), join(root, 'v2/file'));
    assert.equal(driver.describe('docker'), join(root, '..'));
    for (const path of ['', 'docker', 'v2/file', 'file', 'docker/registry2/file', 'docker/registryfile']) {
      await rejects('PATH_UNKNOWN', driver.stat(path));
    }
  });

  test('lists its root, which may be a symbolic link', async t => {
    const root = await directoryOf(t, { 'a/file': 'x' });
    const link = join(await temporaryDirectory(t), 'link');
    await symlink(root, link);
    const driver = filesystemDriver({ root: link });
    assert.deepEqual(await gather(driver.list('')), [{ name: 'a', kind: 'directory' }]);
    assert.equal((await driver.stat('')).kind, 'directory');
    assert.deepEqual(await driver.localRange?.('a/file'), { path: join(root, 'a/file') });
    assert.equal(driver.describe('a/file'), join(link, 'a/file'));
  });

  test('finds nothing when its root is missing', async t => {
    const driver = filesystemDriver({ root: join(await temporaryDirectory(t), 'missing') });
    await rejects('PATH_UNKNOWN', driver.stat(''));
    await rejects('PATH_UNKNOWN', driver.read('a', 1));
    await rejects('PATH_UNKNOWN', gather(driver.list('')));
  });

  test('follows an absolute link that stays inside, and tells where the file really is', async t => {
    const root = await directoryOf(t, { 'real/file': 'x' });
    await symlink(join(root, 'real'), join(root, 'linked'));
    const driver = filesystemDriver({ root });
    assert.equal(String(await driver.read('linked/file', 10)), 'x');
    assert.deepEqual(await driver.localRange?.('linked/file'), { path: join(root, 'real/file') });
  });

  test('does not take a neighbour whose name begins like its own for itself', async t => {
    const directory = await directoryOf(t, { 'root/a': 'x', 'root-2/secret': 'y' });
    await symlink('../root-2/secret', join(directory, 'root/link'));
    const driver = filesystemDriver({ root: join(directory, 'root') });
    await rejects(
      'OUTSIDE_ROOT',
      driver.read('link', 10),
      /this symbolic link leads out .* to .*root-2\/secret$/,
      /bind mount/,
    );
  });

  test('reads no socket and no device', async t => {
    const root = await directoryOf(t, {});
    const server = createServer();
    await new Promise<void>(resolve => server.listen(join(root, 'socket'), resolve));
    t.after(() => void server.close());
    await rejects(
      'NOT_A_FILE',
      filesystemDriver({ root }).read('socket', 10),
      /it is a socket, a file was expected$/,
    );
    await rejects('NOT_A_FILE', filesystemDriver({ root: '/dev' }).read('null', 10), /it is a device/);
    await rejects('NOT_A_FILE', gather(filesystemDriver({ root: '/dev' }).stream('zero')), /it is a device/);
  });

  test('finds nothing under a name longer than names can be', async t => {
    const driver = filesystemDriver({ root: await directoryOf(t, { a: 'x' }) });
    await rejects('PATH_UNKNOWN', driver.read('x'.repeat(300), 10), /longer than a name can be/);
    await rejects('PATH_UNKNOWN', driver.read(`${'x/'.repeat(3000)}x`, 10));
  });

  test('sees what is made and taken away while it is used', async t => {
    const root = await directoryOf(t, { 'a/b/link': 'x' });
    const driver = filesystemDriver({ root });
    assert.equal(String(await driver.read('a/b/link', 10)), 'x');
    await rm(join(root, 'a/b'), { recursive: true });
    await rejects('PATH_UNKNOWN', driver.read('a/b/link', 10));
    await rejects('PATH_UNKNOWN', driver.stat('a/b'));
    await mkdir(join(root, 'a/b'));
    await writeFile(join(root, 'a/b/link'), 'y');
    await writeFile(join(root, 'a/b/more'), 'z');
    assert.equal(String(await driver.read('a/b/link', 10)), 'y');
    assert.equal(String(await driver.read('a/b/more', 10)), 'z');
  });

  for (const real of [0, 3, 20_000]) {
    test(`takes what it reads for the truth when a file of 5000 bytes comes to have ${String(real)}`, async t => {
      const root = await directoryOf(t, { link: 'x'.repeat(5000) });
      const changing = {
        ...directCalls,
        open: async (place: string): Promise<number> => {
          await writeFile(place, 'y'.repeat(real));
          return directCalls.open(place);
        },
      };
      const driver = filesystemDriver({ root, calls: changing });
      assert.equal(String(await driver.read('link', 30_000)), 'y'.repeat(real));
      await writeFile(join(root, 'link'), 'x');
      const short = driver.read('link', 10);
      if (real > 10) await rejects('SIZE_INVALID', short, /is longer, at most 10 bytes/);
      else assert.equal((await short).length, real);
    });
  }

  test('does not follow a link that takes the place of a file which was just looked at', async t => {
    const root = await directoryOf(t, { 'a/link': 'x' });
    const calls = {
      ...directCalls,
      open: (place: string): number | Promise<number> => {
        rmSync(place);
        symlinkSync('/etc/passwd', place);
        return directCalls.open(place);
      },
    };
    await rejects('PATH_UNKNOWN', filesystemDriver({ root, calls }).read('a/link', 10_000_000));
  });

  test('says which directory may not be looked into, when asked for what is in many', async t => {
    const root = await directoryOf(t, { 'a/b/data': 'x', 'a/c/data': 'x' });
    await chmod(join(root, 'a/b'), 0);
    const driver = filesystemDriver({ root });
    const { leaves } = driver;
    assert.ok(leaves);
    const denied = /^cannot read .*\/a\/b\/data: permission denied$/;
    await asOrdinaryUser(() => rejects('ACCESS_DENIED', leaves('a', 'data'), denied));
    await chmod(join(root, 'a/b'), 0o755);
  });

  test('says what to do when too many files are open', async t => {
    const root = await directoryOf(t, { link: 'x' });
    const open = (): never => {
      throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    };
    const driver = filesystemDriver({ root, calls: { ...directCalls, open } });
    await rejects('IO_ERROR', driver.read('link', 10), /too many files open/, /ulimit -n/);
  });

  test('leaves no file open, whatever happens', async t => {
    const root = await directoryOf(t, { 'a/small': 'x', 'a/large': { zeros: 10_000_000 }, 'a/pipe': 'fifo' });
    let open = 0;
    const calls = {
      ...directCalls,
      open: async (place: string): Promise<number> => {
        const file = await directCalls.open(place);
        open += 1;
        return file;
      },
      close: async (file: number): Promise<void> => {
        await directCalls.close(file);
        open -= 1;
      },
      read: (file: number, into: Uint8Array): number | Promise<number> => {
        if (failing) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
        return directCalls.read(file, into);
      },
    };
    let failing = false;
    const driver = filesystemDriver({ root, calls });
    await driver.read('a/small', 10);
    await assert.rejects(driver.read('a/large', 10));
    await assert.rejects(driver.read('a/pipe', 10));
    await gather(driver.stream('a/large'));
    for await (const chunk of driver.stream('a/large')) {
      assert.ok(chunk.length > 0);
      break;
    }
    failing = true;
    await rejects('IO_ERROR', driver.read('a/small', 10), /the disk failed/);
    await rejects('IO_ERROR', gather(driver.stream('a/large')), /the disk failed/);
    assert.equal(open, 0);
    assert.equal((await readdir(join(root, 'a'))).length, 3);
  });
});

test('a read that gives less than was asked for is not taken for the end', async t => {
  const text = 'sha256:'.padEnd(3000, '0123456789abcdef');
  const root = await directoryOf(t, { link: text });
  const read: FileCalls['read'] = (file, into) => directCalls.read(file, into.subarray(0, 29));
  const driver = filesystemDriver({ root, calls: { ...directCalls, read } });
  assert.equal(Buffer.from(await driver.read('link', 4000)).toString(), text);
  assert.equal(Buffer.concat(await gather(driver.stream('link'))).toString(), text);
});
