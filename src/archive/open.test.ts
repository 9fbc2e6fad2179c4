import assert from 'node:assert/strict';
import { copyFile, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { isScraperError, type ErrorCode, type ScraperError } from '../errors.ts';
import { asOrdinaryUser } from '../testing/ordinary-user.ts';
import { gather } from '../testing/gather.ts';
import { plainFile, tarOf } from '../testing/raw-tar.ts';
import { mustRun } from '../testing/run.ts';
import { temporaryDirectory, type Tidied } from '../testing/temporary.ts';
import { noise, sha } from '../testing/unverified.ts';
import { checkSums, sumsFailure } from './check-sums.ts';
import { openArchive, streamArchive, type OpenedArchive } from './open.ts';
import { formatSums, partName } from './parts.ts';

const signal = new AbortController().signal;
const files = { 'a/one': noise(700), 'a/two': noise(40_000), three: Buffer.from('three') };
const whole = tarOf(...Object.entries(files).map(([path, bytes]) => plainFile(path, bytes)));

async function contents(archive: OpenedArchive): Promise<Record<string, Buffer>> {
  const found: Record<string, Buffer> = {};
  for await (const entry of archive.entries(signal))
    found[entry.path] = Buffer.concat(await gather(entry.chunks()));
  return found;
}

async function reads(path: string): Promise<void> {
  const archive = await openArchive(path);
  assert.deepEqual(await contents(archive), files, path);
  assert.deepEqual(await contents(archive), files, 'and once more');
  await archive.close();
}

async function failure(work: Promise<unknown>, code: ErrorCode): Promise<ScraperError> {
  const error = await work.then(
    () => assert.fail('it was read'),
    (found: unknown) => found,
  );
  assert.ok(isScraperError(error, code), String(error));
  return error;
}

const sums = (parts: Readonly<Record<string, Buffer>>): string =>
  formatSums(Object.entries(parts).map(([name, bytes]) => ({ name, sha256: sha('sha256', bytes).slice(7) })));

interface Parts {
  readonly directory: string;
  /** Path of the archive that was cut. */
  readonly base: string;
  readonly part: (number: number) => string;
  readonly count: number;
}

/** Writes parts of 4096 bytes, and their sums file. */
async function cut(t: Tidied, bytes: Buffer, withSums = true): Promise<Parts> {
  const directory = await temporaryDirectory(t);
  const base = join(directory, 'app.tar');
  const parts: Record<string, Buffer> = {};
  for (let start = 0; start < bytes.length; start += 4096) {
    parts[partName('app.tar', start / 4096 + 1)] = bytes.subarray(start, start + 4096);
  }
  for (const [name, part] of Object.entries(parts)) await writeFile(join(directory, name), part);
  if (withSums) await writeFile(`${base}.sha256`, sums(parts));
  return { directory, base, part: number => partName(base, number), count: Object.keys(parts).length };
}

describe('an archive', () => {
  test('is read from a file, plain or compressed, whatever it is called', async t => {
    const directory = await temporaryDirectory(t);
    const kinds = { none: whole, gzip: gzipSync(whole), zstd: zstdCompressSync(whole) };
    for (const [kind, bytes] of Object.entries(kinds)) {
      const path = join(directory, `${kind}.dat`);
      await writeFile(path, bytes);
      const archive = await openArchive(path);
      assert.deepEqual([archive.compression, archive.rewindable, archive.name], [kind, true, path]);
      assert.equal(archive.range !== undefined, kind === 'none');
      assert.equal(archive.partAt, undefined);
      await archive.close();
      await reads(path);
    }
  });

  test('is read through a symbolic link', async t => {
    const directory = await temporaryDirectory(t);
    await writeFile(join(directory, 'real'), whole);
    await symlink('real', join(directory, 'link'));
    const archive = await openArchive(join(directory, 'link'));
    assert.deepEqual(archive.localRange?.(5, 10), { path: join(directory, 'real'), offset: 5 });
    await archive.close();
    await reads(join(directory, 'link'));
  });

  test('is found by its sums file', async t => {
    const directory = await temporaryDirectory(t);
    await writeFile(join(directory, 'app.tar'), whole);
    await writeFile(join(directory, 'app.tar.sha256'), sums({ 'app.tar': whole }));
    await reads(join(directory, 'app.tar.sha256'));
  });

  test('is one by itself when it is only called like a part', async t => {
    const directory = await temporaryDirectory(t);
    for (const [name, bytes] of Object.entries({ 'backup.2024': whole, 'backup.365': gzipSync(whole) })) {
      await writeFile(join(directory, name), bytes);
      await reads(join(directory, name));
    }
  });

  test('must be there', async t => {
    const directory = await temporaryDirectory(t);
    for (const path of ['app.tar', 'gone/app.tar', 'app.tar.sha256']) {
      const error = await failure(openArchive(join(directory, path)), 'PATH_UNKNOWN');
      assert.match(error.message, /it does not exist$/);
    }
  });

  test('must not be a directory', async t => {
    const directory = await temporaryDirectory(t);
    assert.match(
      (await failure(openArchive(directory), 'NOT_A_FILE')).message,
      /is a directory, an archive was expected/,
    );
    await writeFile(join(directory, 'oci-layout'), '{}');
    const error = await failure(openArchive(directory), 'NOT_A_FILE');
    assert.match(error.message, /is an OCI image layout/);
    assert.match(error.details.hint ?? '', /skopeo copy/);
  });

  test('must be readable', async t => {
    const directory = await temporaryDirectory(t);
    const path = join(directory, 'app.tar');
    await writeFile(path, whole, { mode: 0 });
    await mustRun('chmod', ['755', directory]);
    const error = await asOrdinaryUser(() => failure(openArchive(path), 'ACCESS_DENIED'));
    assert.equal(error.details.hint, 'run as a user who may read it');
  });

  test('that is cut or damaged names the archive and the entry', async t => {
    const directory = await temporaryDirectory(t);
    for (const [kind, bytes] of Object.entries({
      tar: whole,
      gz: gzipSync(whole),
      zst: zstdCompressSync(whole),
    })) {
      for (let twentieth = 0; twentieth < 20; twentieth++) {
        const path = join(directory, `${kind}.${twentieth}x`);
        await writeFile(path, bytes.subarray(0, Math.floor((bytes.length * twentieth) / 20)));
        const archive = await openArchive(path);
        const error = await failure(contents(archive), 'ARCHIVE_TRUNCATED');
        assert.ok(error.message.startsWith(`cannot read ${path}: `));
        if (twentieth > 1) assert.match(error.message, /entry \d|entry \d \(a\/two\)/);
        assert.match(
          error.details.hint ?? '',
          new RegExp(`sha256sum -c ${kind}\\.${twentieth}x\\.sha256, in its directory`),
        );
        await archive.close();
      }
    }
    const flipped = gzipSync(whole);
    flipped.writeUInt8(flipped.readUInt8(20_000) ^ 1, 20_000);
    await writeFile(join(directory, 'flipped'), flipped);
    const archive = await openArchive(join(directory, 'flipped'));
    const error = await failure(contents(archive), 'ARCHIVE_INVALID');
    assert.match(error.message, /entry \d.* cannot be read: the gzip data are damaged/);
    await archive.close();
  });

  test('that needs another program to decompress says which', async t => {
    const directory = await temporaryDirectory(t);
    await writeFile(join(directory, 'app.tar'), whole);
    await mustRun('xz', ['-k', join(directory, 'app.tar')]);
    const archive = await openArchive(join(directory, 'app.tar.xz'));
    const error = await failure(contents(archive), 'ARCHIVE_INVALID');
    assert.match(`${error.message} ${error.details.hint ?? ''}`, /it is xz data.* xz -dc FILE/);
    await archive.close();
  });
});

describe('parts', () => {
  for (const [kind, bytes] of Object.entries({ tar: whole, gzip: gzipSync(whole, { level: 0 }) })) {
    test(`of a ${kind} are read, whichever of them is named, with and without a sums file`, async t => {
      for (const withSums of [true, false]) {
        const { base, part, count } = await cut(t, bytes, withSums);
        assert.ok(count > 9);
        for (const path of [base, part(1), part(5), part(count), ...(withSums ? [`${base}.sha256`] : [])]) {
          await reads(path);
          const archive = await openArchive(path);
          assert.equal(archive.name, base);
          assert.equal(archive.files.length, count);
          assert.deepEqual(archive.partAt?.(4096), { number: 2, path: part(2) });
          await archive.close();
        }
      }
    });
  }

  test('are in the order of their numbers, beyond 999 too', async t => {
    const directory = await temporaryDirectory(t);
    const archive = tarOf(plainFile('a', noise(1010 * 512)));
    for (let number = 1; number * 512 <= archive.length; number++) {
      const path = join(directory, partName('app.tar', number));
      await writeFile(path, archive.subarray((number - 1) * 512, number * 512));
    }
    const opened = await openArchive(join(directory, 'app.tar'));
    assert.deepEqual(await contents(opened), { a: noise(1010 * 512) });
    assert.match(opened.files[999]?.path ?? '', /\.1000$/);
    await opened.close();
  });

  test('that lie in one file are given as a place in it', async t => {
    const { base, part } = await cut(t, whole);
    const archive = await openArchive(base);
    assert.ok(archive.localRange && archive.range);
    assert.deepEqual(archive.localRange(4096 * 2 + 10, 100), { path: part(3), offset: 10 });
    assert.equal(archive.localRange(4096 - 10, 100), undefined);
    const across = Buffer.concat(await gather(archive.range(4000, 9000)));
    assert.ok(across.equals(whole.subarray(4000, 13_000)));
    await archive.close();
  });

  for (const [lost, says] of [
    [[1], /a part is missing: app\.tar\.001 \(of 11\)$/],
    [[5], /a part is missing: app\.tar\.005 \(of 11\)$/],
    [[1, 5, 7], /parts are missing: app\.tar\.001, app\.tar\.005, app\.tar\.007 \(of 11\)$/],
    [[11], /a part is missing: app\.tar\.011 \(of 11\)$/],
    [[10, 11], /parts are missing: app\.tar\.010, app\.tar\.011 \(of 11\)$/],
  ] as const) {
    test(`are missed: ${lost.join(', ')}`, async t => {
      const { base, part } = await cut(t, whole);
      for (const number of lost) await rm(part(number));
      for (const path of [base, part(8), `${base}.sha256`]) {
        assert.match((await failure(openArchive(path), 'PART_MISSING')).message, says);
      }
    });
  }

  test('are all missed when only the sums file came', async t => {
    const { base, part, count } = await cut(t, whole);
    for (let number = 1; number <= count; number++) await rm(part(number));
    const error = await failure(openArchive(base), 'PART_MISSING');
    assert.match(error.message, /parts are missing: app\.tar\.001, .*app\.tar\.011 \(of 11\)$/);
  });

  test('without a sums file end where the last one ends', async t => {
    const { base, part } = await cut(t, whole, false);
    await rm(part(11));
    const archive = await openArchive(base);
    const error = await failure(contents(archive), 'ARCHIVE_TRUNCATED');
    assert.match(error.message, /entry 2 \(a\/two\); the last part that is there is .*app\.tar\.010$/);
    await archive.close();
    await rm(part(2));
    assert.match((await failure(openArchive(base), 'PART_MISSING')).message, /: app\.tar\.002 \(of 10\)/);
  });

  test('of the wrong size are named', async t => {
    for (const [number, size, says] of [
      [3, 4000, /expected 4096 bytes.*found 4000 in app\.tar\.003$/],
      [1, 4000, /found 4000 in app\.tar\.001$/],
      [3, 0, /found 0 in app\.tar\.003$/],
      [3, 5000, /found 5000 in app\.tar\.003$/],
      [11, 5000, /found 5000 in app\.tar\.011$/],
      [11, 0, /found 0 in app\.tar\.011$/],
    ] as const) {
      const { base, part } = await cut(t, whole);
      await truncate(part(number), size);
      assert.match((await failure(openArchive(base), 'PART_INVALID')).message, says);
    }
  });

  test('of another archive are named', async t => {
    const { base, part } = await cut(t, whole);
    await writeFile(part(12), 'left from before');
    const error = await failure(openArchive(base), 'PART_INVALID');
    assert.match(error.message, /app\.tar\.sha256 does not list app\.tar\.012$/);
  });

  test('need a sums file that is one, if there is one', async t => {
    const { base } = await cut(t, whole);
    await writeFile(`${base}.sha256`, 'hello\n');
    const error = await failure(openArchive(base), 'PART_INVALID');
    assert.match(error.message, /app\.tar\.sha256, line 1: expected a SHA-256/);
  });

  test('are named when what they hold is damaged', async t => {
    const { base, part } = await cut(t, whole);
    const third = await readFile(part(11));
    // where the header of the last file begins
    third.writeUInt8(third.readUInt8(1536) ^ 1, 1536);
    await writeFile(part(11), third);
    const archive = await openArchive(base);
    const error = await failure(contents(archive), 'ARCHIVE_INVALID');
    assert.match(error.message, /entry 3, in .*app\.tar\.011, is not readable/);
    assert.equal(error.details.path, part(11));
    await archive.close();
  });
});

describe('checking sums', () => {
  async function check(path: string): Promise<readonly string[]> {
    const archive = await openArchive(path);
    let bytes = 0;
    const found = await checkSums(archive, signal, count => (bytes += count));
    assert.ok(found);
    assert.equal(
      bytes,
      archive.files.reduce((total, { size }) => total + size, 0),
    );
    const error = sumsFailure(found);
    assert.equal(error === undefined, found.bad.length === 0);
    for (const { path: bad } of found.bad) assert.ok(error?.message.includes(bad));
    await archive.close();
    return found.bad.map(bad => bad.path);
  }

  test('finds nothing where nothing is wrong', async t => {
    const { base, directory } = await cut(t, whole);
    assert.deepEqual(await check(base), []);
    await writeFile(join(directory, 'b.tar'), whole);
    await writeFile(join(directory, 'b.tar.sha256'), sums({ 'b.tar': whole }));
    assert.deepEqual(await check(join(directory, 'b.tar')), []);
  });

  test('names exactly the parts that are damaged, doubled or swapped', async t => {
    const { base, part } = await cut(t, whole);
    const bytes = await readFile(part(4));
    await writeFile(part(4), Buffer.from(bytes.map((byte, at) => (at === 99 ? byte ^ 1 : byte))));
    await copyFile(part(6), part(7));
    const ninth = await readFile(part(9));
    await copyFile(part(8), part(9));
    await writeFile(part(8), ninth);
    assert.deepEqual(await check(base), [4, 7, 8, 9].map(part));
  });

  test('names a file that is not listed', async t => {
    const { base, directory } = await cut(t, whole);
    await writeFile(base, whole);
    assert.deepEqual(await check(base), [base]);
    const archive = await openArchive(base);
    const found = await checkSums(archive, signal);
    assert.match((found && sumsFailure(found))?.message ?? '', /app\.tar is not listed/);
    assert.ok(directory);
    await archive.close();
  });

  test('has nothing to say without a sums file, and of a stream', async t => {
    const { base } = await cut(t, whole, false);
    const archive = await openArchive(base);
    assert.equal(await checkSums(archive, signal), undefined);
    await archive.close();
    const stream = await streamArchive('stdin', createReadStream(partName(base, 1)));
    assert.equal(await checkSums(stream, signal), undefined);
    await stream.close();
  });

  test('stops when it is told to', async t => {
    const { base } = await cut(t, whole);
    const archive = await openArchive(base);
    await assert.rejects(checkSums(archive, AbortSignal.abort(new Error('enough'))), /enough/);
    await archive.close();
  });
});

describe('a stream', () => {
  async function* slowly(bytes: Buffer): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < bytes.length; start += 333) {
      yield await Promise.resolve(bytes.subarray(start, start + 333));
    }
  }

  test('is read once, plain or compressed', async () => {
    for (const bytes of [whole, gzipSync(whole), zstdCompressSync(whole)]) {
      const archive = await streamArchive('standard input', slowly(bytes));
      assert.equal(archive.rewindable, false);
      assert.deepEqual(await contents(archive), files);
      assert.throws(() => archive.entries(signal), /can be read only once/);
      await archive.close();
    }
  });

  test('that is empty or no archive is named', async () => {
    const empty = await streamArchive('standard input', slowly(Buffer.alloc(0)));
    assert.match(
      (await failure(contents(empty), 'ARCHIVE_TRUNCATED')).message,
      /^cannot read standard input: it ends at/,
    );
    const text = await streamArchive(
      'standard input',
      slowly(Buffer.from('ssh: permission denied\n'.repeat(40))),
    );
    assert.match(
      (await failure(contents(text), 'ARCHIVE_INVALID')).message,
      /does not begin with a tar header/,
    );
  });

  test('is read from a named pipe', async t => {
    const directory = await temporaryDirectory(t);
    const [pipe, file] = [join(directory, 'pipe'), join(directory, 'file')];
    await mustRun('mkfifo', [pipe]);
    await writeFile(file, gzipSync(whole));
    const writing = mustRun('sh', [
      '-c',
      `sleep 0.1; (head -c 700; sleep 0.05; cat) < '${file}' > '${pipe}'`,
    ]);
    const archive = await openArchive(pipe);
    assert.deepEqual([archive.rewindable, archive.compression], [false, 'gzip']);
    assert.deepEqual(await contents(archive), files);
    await archive.close();
    await writing;
  });

  test('is read from /dev/stdin, a pipe or a file', async t => {
    const path = join(await temporaryDirectory(t), 'app.tar.zst');
    await writeFile(path, zstdCompressSync(whole));
    const script = `
      const { openArchive } = await import(${JSON.stringify(new URL('open.ts', import.meta.url).href)});
      const archive = await openArchive('/dev/stdin');
      for await (const entry of archive.entries(new AbortController().signal)) console.log(entry.path);
      console.log(archive.rewindable);
      await archive.close();
    `;
    const program = `'${process.execPath}' --input-type=module -e "$SCRIPT"`;
    for (const [command, rewindable] of [
      [`cat '${path}' | ${program}`, false],
      [`${program} < '${path}'`, true],
    ] as const) {
      const said = await mustRun('sh', ['-c', command], { env: { ...process.env, SCRIPT: script } });
      assert.equal(said, `${Object.keys(files).join('\n')}\n${rewindable}\n`);
    }
  });

  test('that never comes can be given up', { timeout: 5000 }, async t => {
    const pipe = join(await temporaryDirectory(t), 'pipe');
    await mustRun('mkfifo', [pipe]);
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort(new Error('enough'));
    }, 50);
    await assert.rejects(openArchive(pipe, { signal: stop.signal }), /enough/);
  });

  test('that stalls can be given up', { timeout: 5000 }, async t => {
    const pipe = join(await temporaryDirectory(t), 'pipe');
    await mustRun('mkfifo', [pipe]);
    const stop = new AbortController();
    const writing = mustRun('sh', ['-c', `(head -c 1600 /dev/zero; sleep 1) > '${pipe}'`]);
    const archive = await openArchive(pipe);
    setTimeout(() => {
      stop.abort(new Error('enough'));
    }, 50);
    await assert.rejects(gather(archive.entries(stop.signal)), /enough/);
    await archive.close();
    await writing.catch(() => undefined);
  });
});
