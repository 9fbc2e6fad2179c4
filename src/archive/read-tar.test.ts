import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isScraperError, type ErrorCode, type ScraperError } from '../errors.ts';
import { hostileTars } from '../testing/hostile-tar.ts';
import {
  longName,
  magics,
  paxHeader,
  plainDirectory,
  plainFile,
  rawEntry,
  tarOf,
} from '../testing/raw-tar.ts';
import { gather } from '../testing/gather.ts';
import { noise } from '../testing/unverified.ts';
import type { OpenEntry } from './archive.ts';
import { streamReader } from './byte-reader.ts';
import { readTar, type ReadTarOptions } from './read-tar.ts';

const signal = new AbortController().signal;

/** Yields `bytes` in chunks of a size that fits nothing. */
async function* inChunks(bytes: Buffer, size = 1000): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) {
    yield await Promise.resolve(bytes.subarray(start, start + size));
  }
}

function entriesOf(
  archive: Buffer,
  options: Partial<ReadTarOptions> = {},
  chunk?: number,
): AsyncGenerator<OpenEntry> {
  return readTar(streamReader(inChunks(archive, chunk), signal), { name: 'app.tar', ...options });
}

/** Path → content, or `/` for a directory. */
async function read(archive: Buffer, chunk?: number): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of entriesOf(archive, {}, chunk)) {
    const bytes = Buffer.concat(await gather(entry.chunks()));
    assert.equal(bytes.length, entry.size);
    found[entry.path] = entry.kind === 'directory' ? '/' : bytes.toString();
  }
  return found;
}

async function failureOf(work: Promise<unknown>): Promise<ScraperError> {
  const error = await work.then(
    () => assert.fail('it was read to its end'),
    (found: unknown) => found,
  );
  assert.ok(isScraperError(error), String(error));
  return error;
}

async function fails(archive: Buffer, code: ErrorCode, says: RegExp): Promise<void> {
  const error = await failureOf(read(archive));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, says);
  assert.match(error.message, /^cannot read app\.tar: /);
  assert.equal(error.details.path, 'app.tar');
  assert.ok(error.details.hint);
}

describe('a tar that is read strictly', () => {
  for (const { name, archive, says } of hostileTars) {
    test(`is refused for ${name}`, () => fails(archive, 'ARCHIVE_INVALID', says));
  }

  test('names the entry and its path when it is refused', async () => {
    const archive = tarOf(plainFile('a'), plainDirectory('b'), rawEntry({ name: 'b/link', type: '2' }));
    await fails(
      archive,
      'ARCHIVE_INVALID',
      /entry 3 \(b\/link\) is a symbolic link, a file or a directory was/,
    );
  });

  test('quotes paths that could mislead', async () => {
    const archive = tarOf(rawEntry({ name: 'a b\x1b[2J\u202e' }));
    await fails(archive, 'ARCHIVE_INVALID', /entry 1 \("a b\\u001b\[2J\ufffd"\) has a control character/);
  });

  test('gives files, directories and empty files in their order', async () => {
    const archive = tarOf(
      plainDirectory('b'),
      plainFile('b/z', 'one'),
      plainFile('a', ''),
      plainFile('c', 'two'),
    );
    assert.deepEqual(Object.entries(await read(archive)), [
      ['b', '/'],
      ['b/z', 'one'],
      ['a', ''],
      ['c', 'two'],
    ]);
  });

  test('says where bytes begin and when they were changed', async () => {
    const archive = tarOf(rawEntry({ name: 'a', modified: 1_700_000_000 }, 'abc'), plainFile('b'));
    const [a, b] = await gather(entriesOf(archive));
    assert.deepEqual([a?.offset, a?.size, a?.modified], [512, 3, 1_700_000_000_000]);
    assert.equal(archive.toString('latin1', b?.offset, (b?.offset ?? 0) + 7), 'content');
  });

  test('takes an archive without entries', async () => {
    assert.deepEqual(await read(tarOf()), {});
    assert.deepEqual(await read(Buffer.alloc(10240)), {});
  });

  test('takes padding of zeros to any length that tars make', async () => {
    for (const size of [1, 511, 512, 9216, 10 * 1024 * 1024]) {
      const archive = Buffer.concat([tarOf(plainFile('a')), Buffer.alloc(size)]);
      assert.deepEqual(await read(archive, 64 * 1024), { a: 'content' });
    }
  });

  test('refuses padding that does not end', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield tarOf(plainFile('a'));
      for (;;) yield await Promise.resolve(Buffer.alloc(1024 * 1024));
    }
    const entries = readTar(streamReader(endless(), signal), { name: 'app.tar' });
    assert.match((await failureOf(gather(entries))).message, /other bytes than a few zeros/);
  });

  test('takes what is said before an entry in other ways', async () => {
    const long = `${'long/'.repeat(40)}name`;
    const cases: readonly (readonly [Buffer, string])[] = [
      [rawEntry({ name: './a' }, 'content'), 'a'],
      [rawEntry({ name: 'a', type: '\0' }, 'content'), 'a'],
      [rawEntry({ name: 'a', type: '7' }, 'content'), 'a'],
      [rawEntry({ name: 'a', magic: magics.v7, type: '\0' }, 'content'), 'a'],
      [rawEntry({ name: 'a', magic: magics.gnu, prefix: 'no prefix' }, 'content'), 'a'],
      [rawEntry({ name: 'b', prefix: 'a' }, 'content'), 'a/b'],
      [
        rawEntry({ name: 'n'.repeat(100), prefix: 'p'.repeat(155) }, 'content'),
        `${'p'.repeat(155)}/${'n'.repeat(100)}`,
      ],
      [Buffer.concat([longName(long), rawEntry({ name: long.slice(0, 100) }, 'content')]), long],
      [Buffer.concat([paxHeader({ path: long }), rawEntry({ name: 'x' }, 'content')]), long],
      [Buffer.concat([paxHeader({ path: long }), longName(long), rawEntry({ name: 'x' }, 'content')]), long],
      [Buffer.concat([longName(long), paxHeader({ path: long }), rawEntry({ name: 'x' }, 'content')]), long],
      [Buffer.concat([paxHeader({ size: '7' }), rawEntry({ name: 'a', size: 0 }, 'content')]), 'a'],
      [Buffer.concat([paxHeader({ size: '7' }), rawEntry({ name: 'a' }, 'content')]), 'a'],
      [
        Buffer.concat([paxHeader({ comment: 'x', uid: '1', 'LIBARCHIVE.xattr.a': 'b' }), plainFile('a')]),
        'a',
      ],
      [Buffer.concat([paxHeader({ comment: 'commit' }, 'g'), plainFile('a')]), 'a'],
      [Buffer.concat([paxHeader({ path: 'a' }, 'g'), rawEntry({ name: 'x' }, 'content')]), 'a'],
      [rawEntry({ name: 'a', size: Buffer.from('        7 \0\0') }, 'content'), 'a'],
      [rawEntry({ name: 'a', size: Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]) }, 'content'), 'a'],
      [rawEntry({ name: 'a', size: Buffer.from('000000000007') }, 'content'), 'a'],
      [rawEntry({ name: '..a/...' }, 'content'), '..a/...'],
      [rawEntry({ name: '\u00fcml\u00e4ut/\u65e5\u672c' }, 'content'), '\u00fcml\u00e4ut/\u65e5\u672c'],
    ];
    for (const [entry, path] of cases) assert.deepEqual(await read(tarOf(entry)), { [path]: 'content' });
  });

  test('takes directories as tars write them', async () => {
    const types = [{ type: '5' }, { type: '0' }, { type: '\0', magic: magics.v7 }];
    for (const fields of types) {
      const entry = rawEntry({ ...fields, name: 'a/b/' });
      assert.deepEqual(await read(tarOf(entry, plainFile('a/b/c'))), { 'a/b': '/', 'a/b/c': 'content' });
    }
    assert.deepEqual(await read(tarOf(rawEntry({ name: 'a', type: '5' }))), { a: '/' });
  });

  test('does not report the root directory', async () => {
    for (const name of ['.', './']) {
      assert.deepEqual(await read(tarOf(rawEntry({ name, type: '5' }), rawEntry({ name: './a' }, 'x'))), {
        a: 'x',
      });
    }
  });

  test('takes a directory after what is in it', async () => {
    const archive = tarOf(plainFile('a/b/c'), plainDirectory('a'), plainDirectory('a/b'));
    assert.deepEqual(await read(archive), { 'a/b/c': 'content', a: '/', 'a/b': '/' });
  });

  test('takes checksums that were added up from signed bytes', async () => {
    const entry = rawEntry({ name: 'ü' }, 'content');
    const sum = entry
      .subarray(0, 512)
      .reduce((total, byte, at) => total + (at < 148 || at > 155 ? (byte << 24) >> 24 : 32), 0);
    entry.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    assert.deepEqual(await read(tarOf(entry)), { ü: 'content' });
  });

  test('takes the time from a pax header', async () => {
    const [entry] = await gather(entriesOf(tarOf(paxHeader({ mtime: '1700000000.25' }), plainFile('a'))));
    assert.equal(entry?.modified, 1_700_000_000_250);
  });

  test('refuses more entries than its limit, directories on the way included', async () => {
    const archive = tarOf(plainFile('a/b/1'), plainFile('a/b/2'), plainFile('a/c'));
    assert.equal((await gather(entriesOf(archive, { entryLimit: 5 }))).length, 3);
    const error = await failureOf(gather(entriesOf(archive, { entryLimit: 4 })));
    assert.match(error.message, /entry 3 \(a\/c\) is too many: at most 4 files and directories/);
  });
});

describe('the bytes of an entry', () => {
  const bytes = noise(100_000);
  const archive = tarOf(plainFile('a', bytes), plainFile('b', bytes), plainFile('c', 'last'));

  test('may be left, or taken in part', async () => {
    for (const taken of [0, 1, 3]) {
      const paths: string[] = [];
      for await (const entry of entriesOf(archive)) {
        paths.push(entry.path);
        let count = 0;
        if (taken > 0)
          for await (const chunk of entry.chunks()) if (chunk.length > 0 && ++count === taken) break;
      }
      assert.deepEqual(paths, ['a', 'b', 'c']);
    }
  });

  test('can be had once, and in time', async () => {
    const entries = entriesOf(archive);
    const first = (await entries.next()).value as OpenEntry;
    const half = first.chunks()[Symbol.asyncIterator]();
    await half.next();
    await assert.rejects(gather(first.chunks()), /can be had once/);
    await entries.next();
    await assert.rejects(half.next(), /before the next entry/);
    await assert.rejects(gather(first.chunks()), /can be had once/);
  });

  test('come whole whatever the chunks of the source are', async () => {
    for (const size of [1, 511, 512, 513, 4096, 1_000_000]) {
      const small = tarOf(
        plainFile('a', bytes.subarray(0, 2000)),
        paxHeader({ path: 'b' }),
        plainFile('x', 'y'),
      );
      assert.equal(Object.keys(await read(small, size)).join(), 'a,b');
    }
  });
});

describe('a cut tar', () => {
  const archive = tarOf(
    plainFile('a', noise(700)),
    plainDirectory('d'),
    paxHeader({ path: 'p' }),
    plainFile('x', noise(1300)),
    longName('long'),
    plainFile('y', 'end'),
  );

  test('is never taken for whole, wherever it is cut', async () => {
    for (let length = 0; length < archive.length; length++) {
      const error = await failureOf(read(archive.subarray(0, length)));
      assert.equal(error.code, 'ARCHIVE_TRUNCATED', `${length}: ${error.message}`);
    }
  });

  test('says where it ends', async () => {
    const cuts: readonly (readonly [number, RegExp])[] = [
      [0, /it ends at its beginning$/],
      [100, /within the headers of entry 1$/],
      [512, /within the bytes of entry 1 \(a\)$/],
      [512 + 700, /within the bytes of entry 1 \(a\)$/],
      [512 + 1024, /without the two blocks of zeros that mark the end, after entry 1 \(a\)$/],
      [2 * 512 + 1024 + 600, /within the headers of entry 3$/],
      [archive.length - 1024, /that mark the end, after entry 4 \(long\)$/],
      [archive.length - 512, /within its end blocks, after entry 4 \(long\)$/],
    ];
    for (const [length, says] of cuts) await fails(archive.subarray(0, length), 'ARCHIVE_TRUNCATED', says);
  });

  test('is noticed when its bytes are not taken', async () => {
    const error = await failureOf(gather(entriesOf(archive.subarray(0, 900))));
    assert.equal(error.code, 'ARCHIVE_TRUNCATED');
  });

  test('names the part that holds the trouble', async () => {
    const part = (which: 'current' | 'last'): string => `app.tar.00${which === 'last' ? '2' : '1'}`;
    const cut = await failureOf(
      gather(entriesOf(archive.subarray(0, 900), { part, sums: '/media/app.tar.sha256' })),
    );
    assert.match(cut.message, /entry 1 \(a\); the last part that is there is app\.tar\.002$/);
    assert.match(cut.details.hint ?? '', /sha256sum -c app\.tar\.sha256, in its directory, tells which part/);
    const link = tarOf(rawEntry({ name: 'a', type: '2' }));
    const refused = await failureOf(gather(entriesOf(link, { part })));
    assert.match(refused.message, /entry 1 \(a\), in app\.tar\.001, is a symbolic link/);
    assert.equal(refused.details.path, 'app.tar.001');
  });
});

describe('something else than a tar', () => {
  const others: readonly (readonly [string, Buffer, RegExp])[] = [
    ['a zip file', Buffer.from('PK\x03\x04'), /it is a zip file, a tar was expected/],
    ['xz data', Buffer.from('\xfd7zXZ\0', 'latin1'), /it is xz data/],
    ['bzip2 data', Buffer.from('BZh9'), /it is bzip2 data/],
    ['JSON', Buffer.from('{"schemaVersion":1}'), /it is JSON/],
    ['text', Buffer.from('Lorem ipsum '.repeat(100)), /it does not begin with a tar header/],
    ['noise', noise(5000), /it does not begin with a tar header/],
  ];
  for (const [name, bytes, says] of others) {
    test(`is named: ${name}`, () => fails(bytes, 'ARCHIVE_INVALID', says));
  }

  test('is told from a tar whose first header is damaged', async () => {
    const archive = tarOf(plainFile('a'));
    archive.writeUInt8(archive.readUInt8(3) ^ 1, 3);
    await fails(archive, 'ARCHIVE_INVALID', /entry 1 is not readable: the header is damaged/);
  });
});

test('one flipped bit never leads elsewhere, hangs or crashes', async () => {
  const archive = tarOf(
    plainFile('a/first', 'first'),
    plainDirectory('empty'),
    paxHeader({ path: 'a/second', size: '6', mtime: '1.5' }),
    rawEntry({ name: 'x', size: 0 }, 'second'),
    longName('a/third'),
    plainFile('y', 'third'),
  );
  let [refused, taken] = [0, 0];
  for (let at = 0; at < archive.length; at++) {
    for (const bit of [at % 8, (at + 3) % 8]) {
      const flipped = Buffer.from(archive);
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << bit), at);
      try {
        for (const path of Object.keys(await read(flipped, 10_000))) {
          assert.ok(!/^\/|(^|\/)\.{0,2}(\/|$)|[\\\p{Cc}]/u.test(path), JSON.stringify(path));
        }
        taken += 1;
      } catch (error) {
        assert.ok(isScraperError(error, 'ARCHIVE_INVALID', 'ARCHIVE_TRUNCATED'), String(error));
        refused += 1;
      }
    }
  }
  assert.ok(refused > 2000 && taken > 1000, `${refused} refused, ${taken} taken`);
});

test('an aborted reader throws the reason, also while its source says nothing', async () => {
  const stop = new AbortController();
  async function* silent(): AsyncGenerator<Uint8Array> {
    yield plainFile('a');
    await new Promise(() => undefined);
  }
  const entries = readTar(streamReader(silent(), stop.signal), { name: 'app.tar' });
  await entries.next();
  setTimeout(() => {
    stop.abort(new Error('enough'));
  }, 20);
  await assert.rejects(entries.next(), /enough/);
});
