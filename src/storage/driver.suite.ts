import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { isScraperError, type ErrorCode } from '../errors.ts';
import { gather } from '../testing/gather.ts';
import { seededRandom } from '../testing/random.ts';
import type { Tidied } from '../testing/temporary.ts';
import type { TreeEntry } from '../testing/tree.ts';
import type { Entry, StorageDriver } from './driver.ts';

/** Gives a driver over a storage that holds `files`, all of them below the v2 directory. */
type MakeDriver = (t: Tidied, files: ReadonlyMap<string, TreeEntry>) => Promise<StorageDriver>;
type Over = (t: Tidied, files: Readonly<Record<string, TreeEntry>>) => Promise<StorageDriver>;

const root = 'docker/registry/v2';
const text = (content: string): Buffer => Buffer.from(content);
const noise = (size: number): Buffer => seededRandom(size).bytes(size);

/** What every driver must do. */
export function driverSuite(name: string, makeDriver: MakeDriver): void {
  const over = filling(makeDriver);

  describe(name, () => {
    for (const size of [0, 1, 71, 8191, 8192, 8193, 100_000]) {
      test(`reads a file of ${String(size)} bytes whole`, async t => {
        const driver = await over(t, { 'a/link': noise(size) });
        for (const limit of [size, size + 1, 4 * 1024 * 1024]) {
          assert.deepEqual(Buffer.from(await driver.read(`${root}/a/link`, limit)), noise(size));
        }
      });
    }

    for (const [size, limit] of [
      [1, 0],
      [257, 256],
      [8193, 8192],
      [4 * 1024 * 1024 + 1, 4 * 1024 * 1024],
    ] as const) {
      test(`refuses to read ${String(size)} bytes where ${String(limit)} are the limit`, async t => {
        const driver = await over(t, { 'a/link': { zeros: size } });
        await fails(driver, 'SIZE_INVALID', `${root}/a/link`, path => driver.read(path, limit));
      });
    }

    test('refuses to read a huge file without reading it', async t => {
      const size = 5 * 1024 ** 3;
      const driver = await over(t, { 'a/data': { zeros: size } });
      assert.equal((await driver.stat(`${root}/a/data`)).size, size);
      await fails(driver, 'SIZE_INVALID', `${root}/a/data`, path => driver.read(path, 4 * 1024 * 1024));
    });

    for (const size of [0, 1, 1000, 3 * 1024 * 1024 + 1]) {
      test(`streams a file of ${String(size)} bytes`, async t => {
        const driver = await over(t, { 'a/data': noise(size) });
        const chunks = await gather(driver.stream(`${root}/a/data`));
        assert.ok(Buffer.concat(chunks).equals(noise(size)));
      });
    }

    test('streams a file twice at once, and not to the end', async t => {
      const driver = await over(t, { 'a/data': noise(1_000_000) });
      const [first, second] = [driver.stream(`${root}/a/data`), driver.stream(`${root}/a/data`)];
      for await (const chunk of first) {
        assert.ok(chunk.length > 0);
        break;
      }
      assert.equal(Buffer.concat(await gather(second)).length, 1_000_000);
    });

    test('does not overwrite a chunk that it has given away', async t => {
      const driver = await over(t, { 'a/data': noise(2_000_000) });
      const chunks = await gather(driver.stream(`${root}/a/data`));
      assert.ok(Buffer.concat(chunks).equals(noise(2_000_000)));
    });

    test('tells files from directories', async t => {
      const driver = await over(t, { 'a/b/data': noise(12), 'a/empty': 'directory' });
      const file = await driver.stat(`${root}/a/b/data`);
      assert.deepEqual([file.kind, file.size], ['file', 12]);
      assert.ok(Number.isFinite(file.modified));
      for (const path of [root, `${root}/a`, `${root}/a/b`, `${root}/a/empty`]) {
        const info = await driver.stat(path);
        assert.deepEqual([info.kind, info.size], ['directory', 0]);
      }
    });

    test('lists what is directly in a directory', async t => {
      const driver = await over(t, {
        'a/b/c/data': text('x'),
        'a/file': text('y'),
        'a/empty': 'directory',
        ab: text('z'),
      });
      assert.deepEqual(await list(driver, `${root}/a`), { b: 'directory', empty: 'directory', file: 'file' });
      assert.deepEqual(await list(driver, root), { a: 'directory', ab: 'file' });
      assert.deepEqual(await list(driver, `${root}/a/empty`), {});
    });

    test('lists a directory of 700 entries, and part of it', async t => {
      const names = Array.from({ length: 700 }, (_, index) => `tag-${String(index)}`);
      const driver = await over(t, Object.fromEntries(names.map(tag => [`tags/${tag}/link`, text(tag)])));
      assert.deepEqual(Object.keys(await list(driver, `${root}/tags`)).sort(), names.sort());
      for await (const entry of driver.list(`${root}/tags`)) {
        assert.equal(entry.kind, 'directory');
        break;
      }
    });

    test('tells what has a name in each directory, if it can do that at once', async t => {
      const names = Array.from({ length: 300 }, (_, index) => `n${String(index)}`);
      const driver = await over(t, {
        ...Object.fromEntries(names.map((name, index) => [`a/${name}/data`, noise(index)])),
        'a/data': text('no directory'),
        'a/empty': 'directory',
        'a/other/link': text('x'),
        'a/deep/data/data': text('x'),
        'b/x/data': text('x'),
      });
      if (!driver.leaves) return;
      const found = await driver.leaves(`${root}/a`, 'data');
      const expected = names.map((name, index): [string, number | undefined] => [name, index]);
      assert.deepEqual(
        new Map(found.map(({ name, size }) => [name, size])),
        new Map([...expected, ['deep', undefined]]),
      );
      assert.deepEqual(await driver.leaves(`${root}/a/empty`, 'data'), []);
      for (const path of [`${root}/c`, `${root}/a/data`])
        await fails(driver, 'PATH_UNKNOWN', path, async at => driver.leaves?.(at, 'data'));
      await fails(driver, 'OUTSIDE_ROOT', '../a', async at => driver.leaves?.(at, 'data'));
    });

    for (const path of [
      `${root}/b`,
      `${root}/a/x`,
      `${root}/a/file/below`,
      `${root}/a/fil`,
      `${root}/A/file`,
    ]) {
      test(`knows nothing at ${path}`, async t => {
        const driver = await over(t, { 'a/file': text('x') });
        for (const work of everyWay(driver)) await fails(driver, 'PATH_UNKNOWN', path, work);
        await fails(driver, 'PATH_UNKNOWN', path, at => gather(driver.list(at)));
      });
    }

    test('lists no file', async t => {
      const driver = await over(t, { 'a/file': text('x') });
      await fails(driver, 'PATH_UNKNOWN', `${root}/a/file`, path => gather(driver.list(path)));
    });

    test('reads no directory', async t => {
      const driver = await over(t, { 'a/file': text('x'), empty: 'directory' });
      for (const path of [`${root}/a`, `${root}/empty`]) {
        for (const work of everyWayToBytes(driver)) await fails(driver, 'NOT_A_FILE', path, work);
      }
    });

    for (const path of [
      '..',
      `${root}/../../../etc/passwd`,
      `${root}/a/./file`,
      `${root}//a`,
      `/${root}/a`,
      `${root}/a/`,
      `${root}/a\0`,
    ]) {
      test(`refuses the path ${JSON.stringify(path)}`, async t => {
        const driver = await over(t, { 'a/file': text('x') });
        const ways = [...everyWay(driver), (at: string): Promise<unknown> => gather(driver.list(at))];
        for (const work of ways) await fails(driver, 'OUTSIDE_ROOT', path, work);
      });
    }

    test('takes names that only look like steps upwards', async t => {
      const driver = await over(t, { 'a/..b/...': text('x') });
      assert.equal(String(await driver.read(`${root}/a/..b/...`, 10)), 'x');
    });

    test('names places so that they can be told apart', async t => {
      const driver = await over(t, { 'a/file': text('x') });
      assert.ok(driver.describe(`${root}/a/file`).endsWith('registry/v2/a/file'));
      assert.notEqual(driver.describe(`${root}/a`), driver.describe(`${root}/b`));
    });

    test('gives the local place of a file, if it has one', async t => {
      const driver = await over(t, { 'a/file': text('x') });
      const local = await driver.localRange?.(`${root}/a/file`);
      if (!local) return;
      const { path, offset = 0 } = local;
      assert.equal((await readFile(path)).subarray(offset, offset + 1).toString(), 'x');
    });

    test('answers many questions at once', async t => {
      const names = Array.from({ length: 200 }, (_, index) => `n${String(index)}`);
      const driver = await over(t, Object.fromEntries(names.map(at => [`x/${at}/link`, text(at)])));
      const answers = await Promise.all(names.map(at => driver.read(`${root}/x/${at}/link`, 100)));
      assert.deepEqual(answers.map(String), names);
    });
  });
}

/** What a driver must do whose storage can hold links, pipes and the like. */
export function specialEntriesSuite(name: string, makeDriver: MakeDriver): void {
  const over = filling(makeDriver);

  describe(`${name}, where it holds more than files`, () => {
    test('follows links to files and directories that stay inside', async t => {
      const driver = await over(t, {
        'real/dir/data': noise(100),
        'linked/file': { symlink: '../real/dir/data' },
        'linked/dir': { symlink: '../real/dir' },
        'linked/twice': { symlink: 'dir' },
      });
      for (const path of ['linked/file', 'linked/dir/data', 'linked/twice/data']) {
        assert.deepEqual(Buffer.from(await driver.read(`${root}/${path}`, 100)), noise(100));
        assert.equal((await driver.stat(`${root}/${path}`)).size, 100);
      }
      assert.deepEqual(await list(driver, `${root}/linked`), {
        file: 'file',
        dir: 'directory',
        twice: 'directory',
      });
      assert.deepEqual(await list(driver, `${root}/linked/dir`), { data: 'file' });
    });

    for (const symlink of ['/etc', '../../../../..', '../../../../../../../../../../../../etc']) {
      test(`refuses to follow a link to ${symlink}`, async t => {
        const driver = await over(t, { 'a/file': text('x'), 'a/out': { symlink } });
        for (const path of [`${root}/a/out`, `${root}/a/out/passwd`]) {
          for (const work of everyWay(driver)) await fails(driver, 'OUTSIDE_ROOT', path, work);
          await fails(driver, 'OUTSIDE_ROOT', path, at => gather(driver.list(at)));
        }
        assert.deepEqual(await list(driver, `${root}/a`), { file: 'file', out: 'other' });
      });
    }

    test('gives no size for what is not a plain file in a plain directory', async t => {
      const driver = await over(t, {
        'a/plain/data': noise(3),
        'a/link/data': { symlink: '../plain/data' },
        'a/pipe/data': 'fifo',
        'a/dir/data/x': text('x'),
        'a/away': { symlink: '/etc' },
        'a/nowhere': { symlink: 'nowhere' },
        in: { symlink: 'a' },
        out: { symlink: '/etc' },
      });
      if (!driver.leaves) return;
      for (const path of ['a', 'in']) {
        const found = await driver.leaves(`${root}/${path}`, 'data');
        const sizes = found.map(({ name, size }) => `${name} ${String(size)}`).sort();
        const odd = ['away', 'dir', 'link', 'nowhere', 'pipe'].map(name => `${name} undefined`);
        assert.deepEqual(sizes, [...odd, 'plain 3'].sort());
      }
      await fails(driver, 'OUTSIDE_ROOT', `${root}/out`, async path => driver.leaves?.(path, 'data'));
    });

    for (const symlink of ['nowhere', 'self']) {
      test(`finds nothing behind a link to ${symlink}`, async t => {
        const driver = await over(t, { 'a/self': { symlink } });
        for (const work of everyWay(driver)) await fails(driver, 'PATH_UNKNOWN', `${root}/a/self`, work);
        assert.deepEqual(await list(driver, `${root}/a`), { self: 'other' });
      });
    }

    test('does not wait for a named pipe', { timeout: 10_000 }, async t => {
      const driver = await over(t, { 'a/link': 'fifo', 'a/to-it': { symlink: 'link' } });
      for (const path of [`${root}/a/link`, `${root}/a/to-it`]) {
        for (const work of everyWay(driver)) await fails(driver, 'NOT_A_FILE', path, work);
        await fails(driver, 'PATH_UNKNOWN', path, at => gather(driver.list(at)));
      }
      assert.deepEqual(await list(driver, `${root}/a`), { link: 'other', 'to-it': 'other' });
    });
  });
}

function filling(makeDriver: MakeDriver): Over {
  return (t, files) =>
    makeDriver(t, new Map(Object.entries(files).map(([path, entry]) => [`${root}/${path}`, entry])));
}

async function list(driver: StorageDriver, path: string): Promise<Record<string, Entry['kind']>> {
  const entries = await gather(driver.list(path));
  return Object.fromEntries(entries.map(entry => [entry.name, entry.kind]));
}

type Work = (path: string) => Promise<unknown>;

function everyWayToBytes(driver: StorageDriver): Work[] {
  const local = driver.localRange?.bind(driver);
  return [path => driver.read(path, 1000), path => gather(driver.stream(path)), ...(local ? [local] : [])];
}

function everyWay(driver: StorageDriver): Work[] {
  return [path => driver.stat(path), ...everyWayToBytes(driver)];
}

async function fails(driver: StorageDriver, code: ErrorCode, path: string, work: Work): Promise<void> {
  await assert.rejects(work(path), error => {
    assert.ok(isScraperError(error, code), `expected ${code} for ${path}, got ${String(error)}`);
    assert.equal(error.details.path, driver.describe(path));
    return true;
  });
}
