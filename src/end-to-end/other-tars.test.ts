import assert from 'node:assert/strict';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { archiveDriver, isPlain } from '../archive/driver.ts';
import { openArchive } from '../archive/open.ts';
import { endOfArchive, entryHeader, paddingFor } from '../archive/tar.ts';
import { isScraperError } from '../errors.ts';
import { gather } from '../testing/gather.ts';
import { requirements } from '../testing/requirements.ts';
import { mustRun } from '../testing/run.ts';
import { temporaryDirectory, type Tidied } from '../testing/temporary.ts';
import {
  listDirectory,
  listTree,
  writeTree,
  type Listing,
  type Tree,
  type TreeEntry,
} from '../testing/tree.ts';
import { noise } from '../testing/unverified.ts';

const signal = new AbortController().signal;
const skip = requirements(['tar', 'bsdtar', 'busybox']);

/** Ways to make an archive. */
const writers = {
  'GNU tar, ustar': ['tar', '--format=ustar'],
  'GNU tar, pax': ['tar', '--format=posix'],
  'GNU tar, gnu': ['tar', '--format=gnu'],
  'GNU tar, oldgnu': ['tar', '--format=oldgnu'],
  'GNU tar, v7': ['tar', '--format=v7'],
  'bsdtar, ustar': ['bsdtar', '--format=ustar'],
  'bsdtar, pax': ['bsdtar', '--format=pax'],
  'bsdtar, gnu': ['bsdtar', '--format=gnutar'],
  'bsdtar, v7': ['bsdtar', '--format=v7'],
  'busybox tar': ['busybox', 'tar'],
} as const;

const readers = { 'GNU tar': ['tar'], bsdtar: ['bsdtar'], 'busybox tar': ['busybox', 'tar'] } as const;

/** Runs a tar; with a locale in which all names are text. */
function run([command, ...first]: readonly [string, ...string[]], args: readonly string[]): Promise<string> {
  return mustRun(command, [...first, ...args], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
}

const short: Tree = new Map<string, TreeEntry>([
  ['docker/registry/v2/empty file', Buffer.alloc(0)],
  ['docker/registry/v2/block', noise(512)],
  ['docker/registry/v2/more', noise(513)],
  ['docker/registry/v2/much', noise(300_000)],
  ['docker/registry/v2/_uploads', 'directory'],
]);
const medium: Tree = new Map<string, TreeEntry>([
  [`docker/registry/v2/blobs/sha256/ab/${'ab'.repeat(32)}/data`, noise(99)],
  [`${'p'.repeat(90)}/${'q'.repeat(60)}/${'n'.repeat(90)}`, noise(10)],
]);
const long: Tree = new Map<string, TreeEntry>([
  [`docker/${'registry/'.repeat(20)}${'n'.repeat(99)}`, noise(11)],
  [`docker/${'registry/'.repeat(20)}${'n'.repeat(140)}`, noise(12)],
  [`docker/${'registry/'.repeat(22)}_uploads`, 'directory'],
]);
const foreign: Tree = new Map([['b\u00fccher/\u65e5\u672c\u8a9e', noise(20)]]);

const all = (...trees: readonly Tree[]): Tree => new Map(trees.flatMap(tree => [...tree]));

/** What a format has room for. */
const trees: Readonly<Record<keyof typeof writers, Tree>> = {
  'GNU tar, ustar': all(short, medium, foreign),
  'GNU tar, pax': all(short, medium, long, foreign),
  'GNU tar, gnu': all(short, medium, long, foreign),
  'GNU tar, oldgnu': all(short, medium, long, foreign),
  'GNU tar, v7': all(short, foreign),
  'bsdtar, ustar': all(short, medium, foreign),
  'bsdtar, pax': all(short, medium, long, foreign),
  'bsdtar, gnu': all(short, medium, long, foreign),
  'bsdtar, v7': all(short, foreign),
  'busybox tar': all(short, medium, long, foreign),
};

/** What our reader finds in an archive. */
async function found(path: string): Promise<Listing> {
  const archive = await openArchive(path);
  const tree: Tree = new Map();
  for await (const entry of archive.entries(signal)) {
    if (entry.kind === 'file') tree.set(entry.path, Buffer.concat(await gather(entry.chunks())));
    else tree.set(entry.path, 'directory');
  }
  assert.ok(isPlain(archive));
  const driver = await archiveDriver(archive, signal);
  for (const [name, entry] of tree) {
    if (!(entry instanceof Uint8Array)) continue;
    assert.deepEqual(Buffer.concat(await gather(driver.stream(name))), entry);
  }
  await archive.close();
  return listTree(tree);
}

async function written(t: Tidied, tree: Tree): Promise<{ directory: string; archive: string; root: string }> {
  const directory = await temporaryDirectory(t);
  const root = join(directory, 'root');
  await writeTree(tree, root);
  return { directory, root, archive: join(directory, 'app.tar') };
}

describe('archives of other tars are read', { skip }, () => {
  for (const [name, command] of Object.entries(writers)) {
    const tree = trees[name as keyof typeof writers];
    test(`of ${name}, packed from inside`, async t => {
      const { root, archive } = await written(t, tree);
      await run(command, ['-cf', archive, '-C', root, '.']);
      assert.deepEqual(await found(archive), listTree(tree));
    });

    test(`of ${name}, packed from outside`, async t => {
      const { directory, archive } = await written(t, short);
      await run(command, ['-cf', archive, '-C', directory, 'root']);
      const below = new Map([...short].map(([path, entry]) => [`root/${path}`, entry]));
      assert.deepEqual(await found(archive), listTree(below));
    });
  }

  for (const [name, command] of Object.entries(writers).filter(([name]) => /pax|gnu/.test(name))) {
    test(`of ${name}, with a file of 9 GiB`, async t => {
      const { root, directory } = await written(t, new Map([['big', { zeros: 9 * 1024 ** 3 }]]));
      const begin = join(directory, 'begin.tar');
      const packed = `${command.join(' ')} ${command[0] === 'bsdtar' ? '--no-read-sparse' : ''} -cf - -C '${root}' big 2>/dev/null | head -c 8192 > '${begin}'`;
      await mustRun('sh', ['-c', packed]);
      const archive = await openArchive(begin);
      const entries = archive.entries(signal)[Symbol.asyncIterator]();
      const first = await entries.next();
      assert.ok(first.done !== true);
      assert.deepEqual([first.value.path, first.value.size], ['big', 9 * 1024 ** 3]);
      await assert.rejects(entries.next(), error => isScraperError(error, 'ARCHIVE_TRUNCATED'));
      await archive.close();
    });
  }

  test('unless they hold links or sparse files', async t => {
    const { root, archive } = await written(
      t,
      new Map<string, TreeEntry>([
        ['a', noise(10)],
        ['b', { symlink: 'a' }],
      ]),
    );
    await run(['tar'], ['-cf', archive, '-C', root, '.']);
    await assert.rejects(found(archive), /b\) is a symbolic link/);
    await mustRun('ln', [join(root, 'a'), join(root, 'c')]);
    await run(['tar'], ['-cf', archive, '-C', root, 'a', 'c']);
    await assert.rejects(found(archive), /\(c\) is a hard link/);
    await writeTree(new Map([['sparse', { zeros: 1_000_000 }]]), root);
    const sparse = [
      ['tar', '--format=gnu', '-S'],
      ['tar', '--format=posix', '-S'],
      ['bsdtar', '--format=pax'],
    ] as const;
    for (const command of sparse) {
      await run(command, ['-cf', archive, '-C', root, 'sparse']);
      await assert.rejects(found(archive), /is a sparse file/);
    }
  });
});

describe('archives of ours are unpacked', { skip }, () => {
  const tree = all(short, medium, long, foreign);

  for (const [name, command] of Object.entries(readers)) {
    test(`by ${name}`, async t => {
      const { directory, archive } = await written(t, new Map());
      const pieces: Buffer[] = [];
      for (const [path, entry] of tree) {
        const body = entry instanceof Uint8Array ? Buffer.from(entry) : Buffer.alloc(0);
        const kind = entry === 'directory' ? 'directory' : 'file';
        pieces.push(
          entryHeader({ path, kind, size: body.length }),
          body,
          Buffer.alloc(paddingFor(body.length)),
        );
      }
      await writeFile(archive, Buffer.concat([...pieces, endOfArchive]));
      const target = join(directory, 'target');
      await mkdir(target);
      assert.equal(await run(command, ['-xf', archive, '-C', target]), '');
      assert.deepEqual(await listDirectory(target), listTree(tree));
      assert.deepEqual(await readFile(join(target, 'docker/registry/v2/much')), noise(300_000));
      assert.deepEqual(await found(archive), listTree(tree));
    });

    test(`by ${name}, which finds its way over a file of 9 GiB`, async t => {
      const { directory, archive } = await written(t, new Map());
      const size = 9 * 1024 ** 3;
      const big = entryHeader({ path: 'big', kind: 'file', size });
      const after = entryHeader({ path: 'after', kind: 'file', size: 4 });
      const file = await open(archive, 'w');
      await file.write(big, 0, big.length, 0);
      const rest = Buffer.concat([after, Buffer.from('last'), Buffer.alloc(508), endOfArchive]);
      await file.write(rest, 0, rest.length, big.length + size);
      await file.close();
      const listed = await run(command, ['-tvf', archive]);
      assert.match(listed, new RegExp(`\\b${size}\\b.* big\\n.*\\b4\\b.* after\\n$`));
      await run(command, ['-xf', archive, '-C', directory, 'after']);
      assert.equal(await readFile(join(directory, 'after'), 'utf8'), 'last');
    });
  }
});
