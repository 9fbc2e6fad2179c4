import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { isScraperError, type ErrorCode } from '../errors.ts';
import { smallDisk } from '../testing/disks.ts';
import { asOrdinaryUser } from '../testing/ordinary-user.ts';
import { requirements } from '../testing/requirements.ts';
import { mustRun, run } from '../testing/run.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { noise, sha } from '../testing/unverified.ts';
import { file, write } from '../testing/writing.ts';
import { fileOutput, type FileOutputOptions } from './file-output.ts';
import type { Written } from './output.ts';
import { formatSums } from './parts.ts';

const MiB = 1024 * 1024;
const now = Date.now;

function open(path: string, options: Partial<FileOutputOptions> = {}) {
  return fileOutput({ path, force: false, sync: false, now, ...options });
}

/** Writes `bytes` in chunks whose size has nothing to do with anything. */
async function put(path: string, bytes: Buffer, options: Partial<FileOutputOptions> = {}): Promise<Written> {
  const output = await open(path, options);
  for (let start = 0; start < bytes.length; start += 99_991) {
    await output.write(bytes.subarray(start, start + 99_991));
  }
  return output.finish();
}

const hex = (bytes: Buffer): string => sha('sha256', bytes).slice('sha256:'.length);

const refused = (code: ErrorCode, path: string, hint?: RegExp) => (error: unknown) => {
  assert.ok(isScraperError(error, code), String(error));
  assert.equal(error.details.path, path);
  assert.ok(error.message.includes(path), error.message);
  if (hint) assert.match(error.details.hint ?? '', hint);
  return true;
};

describe('an archive in one file', () => {
  for (const sync of [false, true]) {
    test(
      `stands under its name with its checksum beside it${sync ? ', safe from a power failure' : ''}`,
      { skip: requirements(['sha256sum']) },
      async t => {
        const folder = await temporaryDirectory(t);
        const path = join(folder, 'app.tar');
        const bytes = noise(3 * MiB + 7);
        const written = await put(path, bytes, { sync });
        assert.deepEqual(written, {
          files: [{ path, size: bytes.length, sha256: hex(bytes) }],
          sums: `${path}.sha256`,
        });
        assert.deepEqual((await readdir(folder)).sort(), ['app.tar', 'app.tar.sha256']);
        assert.ok((await readFile(path)).equals(bytes));
        assert.equal(await mustRun('sha256sum', ['-c', 'app.tar.sha256'], { cwd: folder }), 'app.tar: OK\n');
      },
    );
  }

  test('is nowhere to be seen before it is complete', async t => {
    const folder = await temporaryDirectory(t);
    const output = await open(join(folder, 'app.tar'));
    await output.write(noise(MiB));
    assert.deepEqual(
      (await readdir(folder)).filter(name => name.includes('app.tar')),
      [],
    );
    await output.finish();
  });

  test('leaves nothing when it is given up', async t => {
    const folder = await temporaryDirectory(t);
    for (const partBytes of [undefined, 100_000]) {
      const output = await open(join(folder, 'app.tar'), partBytes === undefined ? {} : { partBytes });
      await output.write(noise(MiB));
      await output.abort(Buffer.from('the rest'));
      assert.deepEqual(await readdir(folder), []);
    }
  });

  test('leaves nothing when a signal ends it', async t => {
    const folder = await temporaryDirectory(t);
    const stop = new AbortController();
    const endless = function* () {
      for (let count = 0; ; count++) {
        if (count === 20) stop.abort(new Error('enough'));
        yield file(`file-${count}`, noise(MiB));
      }
    };
    const output = await open(join(folder, 'app.tar'), { partBytes: MiB });
    await assert.rejects(write(endless(), output, { signal: stop.signal }), /enough/);
    assert.deepEqual(await readdir(folder), []);
  });

  test('may be called anything', async t => {
    const folder = await temporaryDirectory(t);
    for (const name of [
      'a b.tar',
      "it's.tar",
      '-o.tar',
      'ünï.tar',
      'back\\slash.tar',
      'line\nend.tar',
      '...tar',
    ]) {
      await put(join(folder, name), noise(100));
      if (requirements(['sha256sum']) !== false) continue;
      const { status, stderr } = await run('sha256sum', ['--strict', '-c', `./${name}.sha256`], {
        cwd: folder,
      });
      assert.equal(status, 0, stderr);
    }
  });
});

describe('an archive in parts', () => {
  test(
    'gives the archive when they are joined, and each has its checksum',
    { skip: requirements(['sha256sum', 'sh']) },
    async t => {
      const folder = await temporaryDirectory(t);
      const path = join(folder, 'app.tar');
      const bytes = noise(5 * MiB + 12_345);
      const written = await put(path, bytes, { partBytes: MiB });
      const names = ['001', '002', '003', '004', '005', '006'].map(number => `app.tar.${number}`);
      assert.deepEqual((await readdir(folder)).sort(), [...names, 'app.tar.sha256']);
      assert.deepEqual(
        written.files.map(one => [basename(one.path), one.size]),
        names.map((name, index) => [name, index < 5 ? MiB : 12_345]),
      );
      await mustRun('sh', ['-c', 'cat app.tar.0* > joined'], { cwd: folder });
      assert.ok((await readFile(join(folder, 'joined'))).equals(bytes));
      const { stdout, status } = await run('sha256sum', ['--strict', '-c', 'app.tar.sha256'], {
        cwd: folder,
      });
      assert.equal(status, 0);
      assert.equal(stdout, names.map(name => `${name}: OK\n`).join(''));
    },
  );

  test('has no empty part, also when the last one is full', async t => {
    const folder = await temporaryDirectory(t);
    for (const [size, expected] of [
      [1, 1],
      [100_000, 1],
      [100_001, 2],
      [300_000, 3],
    ] as const) {
      const { files } = await put(join(folder, `${size}.tar`), noise(size), { partBytes: 100_000 });
      assert.equal(files.length, expected);
      assert.equal(
        files.reduce((sum, one) => sum + one.size, 0),
        size,
      );
    }
  });

  test('may have more than 999 of them', async t => {
    const folder = await temporaryDirectory(t);
    const { files } = await put(join(folder, 'app.tar'), noise(1001 * 100), { partBytes: 100 });
    assert.equal(basename(files.at(-1)?.path ?? ''), 'app.tar.1001');
  });
});

describe('what stands there already', () => {
  test('is kept, and named, unless it is to be replaced', async t => {
    for (const name of ['app.tar', 'app.tar.sha256', 'app.tar.001', 'app.tar.007']) {
      const folder = await temporaryDirectory(t);
      await writeFile(join(folder, name), 'old');
      for (const options of [{}, { partBytes: MiB }]) {
        await assert.rejects(
          open(join(folder, 'app.tar'), options),
          refused('OUTPUT_EXISTS', join(folder, name), /--force/),
        );
      }
      assert.deepEqual(await readdir(folder), [name]);
      assert.equal(await readFile(join(folder, name), 'utf8'), 'old');
    }
  });

  test('is no matter when it only sounds alike', async t => {
    const folder = await temporaryDirectory(t);
    const names = [
      'app.tar.gz',
      'app.tar.01',
      'app.tar.000',
      'app.tar.001.sha256',
      'an-app.tar',
      'app.tar.txt',
    ];
    for (const name of names) await writeFile(join(folder, name), name);
    await put(join(folder, 'app.tar'), noise(1000), { force: true });
    for (const name of names) assert.equal(await readFile(join(folder, name), 'utf8'), name);
  });

  for (const [from, to] of [
    [undefined, undefined],
    [undefined, 1000],
    [1000, undefined],
    [1000, 5000],
    [5000, 1000],
  ] as const) {
    const words = (size: number | undefined): string =>
      size === undefined ? 'one file' : `parts of ${size} bytes`;
    test(
      `is replaced by force: ${words(from)} by ${words(to)}`,
      { skip: requirements(['sha256sum']) },
      async t => {
        const folder = await temporaryDirectory(t);
        const path = join(folder, 'app.tar');
        const sized = (partBytes: number | undefined) => (partBytes === undefined ? {} : { partBytes });
        await put(path, noise(12_345), sized(from));
        const before = await readdir(folder);
        const output = await open(path, { force: true, ...sized(to) });
        const bytes = noise(12_346);
        await output.write(bytes);
        // until the new one is complete, the old one stays
        for (const name of before) assert.ok((await stat(join(folder, name))).isFile());
        const { files } = await output.finish();
        const expected = [...files.map(one => basename(one.path)), 'app.tar.sha256'];
        assert.deepEqual((await readdir(folder)).sort(), expected.sort());
        await mustRun('sha256sum', ['--strict', '-c', 'app.tar.sha256'], { cwd: folder });
        assert.ok(Buffer.concat(await Promise.all(files.map(one => readFile(one.path)))).equals(bytes));
      },
    );
  }

  test('stays when what was to replace it is given up', async t => {
    const folder = await temporaryDirectory(t);
    const path = join(folder, 'app.tar');
    await put(path, noise(5000), { partBytes: 1000 });
    const before = (await readdir(folder)).sort();
    const output = await open(path, { force: true });
    await output.write(noise(100));
    await output.abort(Buffer.alloc(0));
    assert.deepEqual((await readdir(folder)).sort(), before);
  });

  test('is kept when it comes there only while the archive is made', async t => {
    const folder = await temporaryDirectory(t);
    const path = join(folder, 'app.tar');
    const output = await open(path);
    await output.write(noise(100));
    await writeFile(path, 'another run');
    await assert.rejects(output.finish(), refused('OUTPUT_EXISTS', path));
    await output.abort(Buffer.alloc(0));
    assert.deepEqual(await readdir(folder), ['app.tar']);
    assert.equal(await readFile(path, 'utf8'), 'another run');
  });

  test('is told when it is a directory, a pipe or a device', { skip: requirements(['mkfifo']) }, async t => {
    const folder = await temporaryDirectory(t);
    const path = join(folder, 'app.tar');
    await mkdir(path);
    await mustRun('mkfifo', [join(folder, 'pipe.tar')]);
    await mkdir(join(folder, 'parts.tar.002'));
    for (const force of [false, true]) {
      await assert.rejects(open(path, { force }), refused('OUTPUT_INVALID', path, /does not end in \.tar/));
      const pipe = join(folder, 'pipe.tar');
      await assert.rejects(open(pipe, { force }), refused('OUTPUT_INVALID', pipe, /-o - > /));
      await assert.rejects(
        open('/dev/null', { force }),
        refused('OUTPUT_INVALID', '/dev/null', /-o - > \/dev\/null/),
      );
      const parts = join(folder, 'parts.tar');
      await assert.rejects(open(parts, { force }), refused('OUTPUT_INVALID', `${parts}.002`));
    }
  });

  test('is replaced, not followed, when it is a symbolic link to a file', async t => {
    const folder = await temporaryDirectory(t);
    const [target, path] = [join(folder, 'target'), join(folder, 'app.tar')];
    await writeFile(target, 'untouched');
    await symlink('target', path);
    await assert.rejects(open(path), refused('OUTPUT_EXISTS', path));
    await put(path, noise(100), { force: true });
    assert.ok((await lstat(path)).isFile());
    assert.equal(await readFile(target, 'utf8'), 'untouched');
    await symlink('nowhere', join(folder, 'dangling.tar'));
    await assert.rejects(
      open(join(folder, 'dangling.tar')),
      refused('OUTPUT_EXISTS', join(folder, 'dangling.tar')),
    );
    assert.equal(await readlink(join(folder, 'dangling.tar')), 'nowhere');
  });
});

describe('a place that cannot be written to', () => {
  test('is told when it does not exist, or is below a file', async t => {
    const folder = await temporaryDirectory(t);
    const missing = join(folder, 'missing', 'app.tar');
    await assert.rejects(open(missing), refused('OUTPUT_INVALID', missing, /make the directory/));
    await writeFile(join(folder, 'file'), '');
    const below = join(folder, 'file', 'app.tar');
    await assert.rejects(open(below), refused('OUTPUT_INVALID', below));
  });

  test('is told when it belongs to somebody else', { skip: requirements(['root']) }, async t => {
    const folder = await temporaryDirectory(t);
    await chmod(folder, 0o755);
    const path = join(folder, 'app.tar');
    await asOrdinaryUser(() => assert.rejects(open(path), refused('ACCESS_DENIED', folder)));
    assert.deepEqual(await readdir(folder), []);
  });

  test('is told when it is full, and nothing stays there', async t => {
    const disk = await smallDisk(t, 4 * MiB);
    if (disk === undefined) return t.skip('needs the right to mount a file system');
    for (const partBytes of [undefined, MiB]) {
      const path = join(disk, 'app.tar');
      const output = await open(path, partBytes === undefined ? {} : { partBytes });
      const full = async (): Promise<void> => {
        for (let count = 0; count < 10; count++) await output.write(noise(MiB));
      };
      const place = partBytes === undefined ? path : `${path}.004`;
      await assert.rejects(full(), error => {
        assert.ok(isScraperError(error, 'NO_SPACE'));
        assert.ok([place, `${path}.005`].includes(error.details.path ?? ''));
        assert.match(error.details.hint ?? '', /make room/);
        assert.doesNotMatch(error.details.hint ?? '', /goes on where/);
        return true;
      });
      await output.abort(Buffer.alloc(0));
      assert.deepEqual(await readdir(disk), []);
    }
  });

  test(
    'a file that is larger than files may be is told to be cut',
    { skip: requirements(['prlimit', 'sh']) },
    async t => {
      const folder = await temporaryDirectory(t);
      const program = `
      const { fileOutput } = await import(${JSON.stringify(join(import.meta.dirname, 'file-output.ts'))});
      const output = await fileOutput({ path: 'app.tar', force: false, sync: false, now: Date.now });
      process.on('SIGXFSZ', () => undefined);
      try {
        for (;;) await output.write(Buffer.alloc(100_000));
      } catch (error) {
        await output.abort(Buffer.alloc(0));
        console.log(error.code, error.details.hint);
      }`;
      const args = ['--fsize=1000000', process.execPath, '--input-type=module', '-e', program];
      const stdout = await mustRun('prlimit', args, { cwd: folder });
      assert.match(stdout, /^IO_ERROR cut it into parts that fit \(--split/);
      assert.deepEqual(await readdir(folder), []);
    },
  );
});

test('what a run left behind that died is removed by the next one', async t => {
  const folder = await temporaryDirectory(t);
  const program = `
    const { fileOutput } = await import(${JSON.stringify(join(import.meta.dirname, 'file-output.ts'))});
    const output = await fileOutput({ path: 'app.tar', force: false, sync: false, now: Date.now });
    await output.write(Buffer.alloc(100_000));
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => setInterval(() => undefined, 1000));`;
  await run(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
  assert.equal((await readdir(folder)).length, 1);
  await put(join(folder, 'app.tar'), noise(100));
  assert.deepEqual((await readdir(folder)).sort(), ['app.tar', 'app.tar.sha256']);
});

test('the sums file names each file as it is called where it stands', async t => {
  const folder = await temporaryDirectory(t);
  const path = join(folder, 'app.tar');
  const bytes = noise(2500);
  await put(path, bytes, { partBytes: 1000 });
  assert.equal(
    await readFile(`${path}.sha256`, 'utf8'),
    formatSums(
      [bytes.subarray(0, 1000), bytes.subarray(1000, 2000), bytes.subarray(2000)].map((part, index) => ({
        sha256: hex(part),
        name: `app.tar.00${index + 1}`,
      })),
    ),
  );
});
