import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gather } from '../testing/gather.ts';
import { magics, rawEntry } from '../testing/raw-tar.ts';
import { streamReader } from './byte-reader.ts';
import { readEntry } from './tar-entry.ts';
import { endOfArchive, entryHeader, paddingFor, parseHeader, type Header } from './tar.ts';

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** What a reader makes of a header that was built. */
async function readBack(path: string, kind: 'file' | 'directory', size: number): Promise<unknown> {
  const header = entryHeader({ path, kind, size });
  assert.equal(header.length % 512, 0);
  const reader = streamReader(once(header), new AbortController().signal);
  const next = await readEntry(reader, new Map());
  assert.deepEqual(await gather(reader.chunks(1)), [], 'nothing is left behind the header');
  return typeof next === 'object' && 'entry' in next ? next.entry : next;
}

const modified = Date.UTC(1980, 0, 1);

describe('a header', () => {
  test('is one block of ustar for what a registry usually has', () => {
    const path = `docker/registry/v2/blobs/sha256/ab/${'ab'.repeat(32)}/data`;
    const header = entryHeader({ path, kind: 'file', size: 1234 });
    assert.equal(header.length, 512);
    assert.equal(header.toString('latin1', 257, 265), 'ustar\x0000');
    assert.equal(header.toString('latin1', 100, 108), '0000644\0');
    assert.equal(header.toString('latin1', 108, 124), '0000000\x000000000\0');
    assert.equal(header.toString('latin1', 124, 136), '00000002322\0');
    assert.equal(header.toString('latin1', 156, 157), '0');
    // the first slash behind which the rest fits
    assert.equal(header.toString('latin1', 0, 100).replaceAll('\0', ''), path.slice('docker/'.length));
    assert.equal(header.toString('latin1', 345, 500).replaceAll('\0', ''), 'docker');
  });

  test('is the same for the same entry', () => {
    const entry = { path: 'p/'.repeat(200), kind: 'directory', size: 0 } as const;
    assert.deepEqual(entryHeader(entry), entryHeader(entry));
  });

  test('of a directory has its mode, and a slash behind the name', () => {
    const header = entryHeader({ path: 'a/_uploads', kind: 'directory', size: 0 });
    assert.equal(header.toString('latin1', 0, 12), 'a/_uploads/\0');
    assert.equal(header.toString('latin1', 100, 108), '0000755\0');
    assert.equal(header.toString('latin1', 156, 157), '5');
  });

  test('has room for paths at the edges of the format', async () => {
    const [n, p] = ['n'.repeat(99), 'p'.repeat(154)];
    const paths = [
      ...['n', n, `${n}n`, `${n}nn`, `${n}nnn`],
      ...[`p/${n}n`, `p/${n}nn`, `${p}/${n}`, `${p}p/${n}n`, `${p}pp/${n}`, `${p}p/${n}nn`],
      ...[`a/${n}/${n}/${n}`, `${'d/'.repeat(200)}n`, 'n'.repeat(4096)],
    ];
    for (const path of paths) {
      for (const kind of ['file', 'directory'] as const) {
        assert.deepEqual(await readBack(path, kind, 0), { path, kind, size: 0, modified });
      }
    }
  });

  test('grows only where ustar is too narrow', () => {
    const blocks = (path: string, size = 0): number => entryHeader({ path, kind: 'file', size }).length / 512;
    assert.equal(blocks(`${'p'.repeat(155)}/${'n'.repeat(100)}`), 1);
    assert.equal(blocks('a', 8 * 1024 ** 3 - 1), 1);
    assert.equal(blocks('a', 8 * 1024 ** 3), 3);
    assert.equal(blocks('n'.repeat(101)), 5);
  });

  test('holds sizes that eleven octal digits cannot', async () => {
    for (const size of [0, 1, 8 * 1024 ** 3 - 1, 8 * 1024 ** 3, 2 ** 45 + 1, Number.MAX_SAFE_INTEGER]) {
      assert.deepEqual(await readBack('a/b', 'file', size), { path: 'a/b', kind: 'file', size, modified });
    }
  });

  test('is read as it was built, whatever the path', async () => {
    const component = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 120 })
      .map(text => text.replace(/[/\\\p{C}]/gu, 'x'))
      .filter(text => text !== '.' && text !== '..');
    const paths = fc.array(component, { minLength: 1, maxLength: 12 }).map(parts => parts.join('/'));
    const sizes = fc.oneof(fc.constant(0), fc.maxSafeNat());
    await fc.assert(
      fc.asyncProperty(paths, sizes, fc.boolean(), async (path, size, directory) => {
        const kind = directory ? 'directory' : 'file';
        const expected = { path, kind, size: directory ? 0 : size, modified };
        assert.deepEqual(await readBack(path, kind, expected.size), expected);
      }),
    );
  });
});

describe('parsing a header', () => {
  const parsed = (block: Buffer): Header => {
    const header = parseHeader(block.subarray(0, 512));
    assert.ok(typeof header === 'object' && !('problem' in header), JSON.stringify(header));
    return header;
  };

  test('tells a block of zeros', () => {
    assert.equal(parseHeader(Buffer.alloc(512)), 'zeros');
    assert.notEqual(parseHeader(Buffer.concat([Buffer.alloc(511), Buffer.from('x')])), 'zeros');
  });

  test('reads what is the same in all formats', () => {
    for (const magic of Object.values(magics)) {
      const header = parsed(rawEntry({ name: 'a/b', magic, modified: 5 }, 'four'));
      assert.deepEqual(header, { path: 'a/b', type: '0', size: 4, modified: 5000 });
    }
  });

  test('joins name and prefix only in ustar', () => {
    const path = (magic: string): string | undefined =>
      parsed(rawEntry({ name: 'b', prefix: 'a', magic })).path;
    assert.deepEqual([path(magics.ustar), path(magics.gnu), path(magics.v7)], ['a/b', 'b', 'b']);
  });

  test('knows no path that is not UTF-8', () => {
    assert.equal(parsed(rawEntry({ name: Buffer.from([0xc3]) })).path, undefined);
  });
});

test('padding fills the last block', () => {
  assert.deepEqual([0, 1, 511, 512, 513, 2 ** 52 + 1].map(paddingFor), [0, 511, 1, 0, 511, 511]);
  assert.deepEqual(endOfArchive, Buffer.alloc(1024));
});
