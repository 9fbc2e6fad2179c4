import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { compressionOfName, parseCompression } from './compression.ts';

test('a compression is named with or without a level', () => {
  assert.deepEqual(parseCompression('none'), { kind: 'none' });
  assert.deepEqual(parseCompression('gzip'), { kind: 'gzip', level: 6 });
  assert.deepEqual(parseCompression('gzip:9'), { kind: 'gzip', level: 9 });
  assert.deepEqual(parseCompression('zstd'), { kind: 'zstd', level: 3 });
  assert.deepEqual(parseCompression('zstd:19'), { kind: 'zstd', level: 19 });
});

test('an unknown compression is refused, and the known ones are named', () => {
  for (const text of ['', 'xz', 'GZIP', 'gz', 'gzip:6:7', 'none:1', ':3', 'zstd ']) {
    assert.throws(
      () => parseCompression(text),
      error => isScraperError(error, 'USAGE') && error.message.includes('zstd:1 to zstd:19'),
      text,
    );
  }
});

test('a level that the compression lacks is refused, and those that it has are named', () => {
  for (const [text, levels] of [
    ['gzip:0', '1 (fastest) to 9 (smallest)'],
    ['gzip:10', '1 (fastest) to 9 (smallest)'],
    ['gzip:', '1 (fastest) to 9 (smallest)'],
    ['gzip:fast', '1 (fastest) to 9 (smallest)'],
    ['zstd:22', '1 (fastest) to 19 (smallest)'],
    ['zstd:-5', '1 (fastest) to 19 (smallest)'],
    ['zstd:3.5', '1 (fastest) to 19 (smallest)'],
  ] as const) {
    assert.throws(
      () => parseCompression(text),
      error => isScraperError(error, 'USAGE') && error.message.includes(levels),
      text,
    );
  }
});

test('a file name asks for a compression', () => {
  assert.deepEqual(compressionOfName('a.tar'), { kind: 'none' });
  for (const name of ['a.tar.gz', 'A.TGZ'])
    assert.deepEqual(compressionOfName(name), { kind: 'gzip', level: 6 });
  for (const name of ['a.tar.zst', 'a.tzst'])
    assert.deepEqual(compressionOfName(name), { kind: 'zstd', level: 3 });
  for (const name of ['a', 'tar', 'a.tar.xz', 'a.gz', 'a.tar/b', 'a.zip']) {
    assert.equal(compressionOfName(name), undefined, name);
  }
});
