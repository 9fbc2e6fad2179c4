import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { directoryDestination, parseDestination, type Destination } from './destination.ts';

const cwd = path.resolve('/srv/place');
const parse = (given: string): Destination => parseDestination(given, cwd);

function refused(given: string, says: RegExp, hint: RegExp): void {
  assert.throws(
    () => parse(given),
    (error: unknown) => {
      assert.ok(isScraperError(error, 'OUTPUT_INVALID'), given);
      assert.match(error.message, says, given);
      assert.match(error.details.hint ?? '', hint, given);
      return true;
    },
  );
}

test('archives are told by their suffix, which also says how they are compressed', () => {
  const cases = [
    ['images.tar', 'none'],
    ['a/b.TAR', 'none'],
    ['.tar', 'none'],
    ['x.tar.gz', 'gzip'],
    ['x.Tar.Gz', 'gzip'],
    ['x.tgz', 'gzip'],
    ['x.tar.zst', 'zstd'],
    ['v1.2.tzst', 'zstd'],
  ] as const;
  for (const [given, compression] of cases) {
    const place = path.join(cwd, given);
    assert.deepEqual(parse(given), { kind: 'archive', path: place, given, compression }, given);
  }
});

test('a hyphen is standard output', () => {
  assert.deepEqual(parse('-'), { kind: 'archive', path: undefined, given: '-', compression: 'none' });
  assert.equal(parse('./-').path, path.join(cwd, '-'));
});

test('anything else is a directory', () => {
  const names = [
    'out',
    'tar',
    'star',
    'images.tar/',
    'x.tar.d',
    'out-1.2',
    'C:\\out',
    'x.gz',
    'x.zst',
    '/abs/x',
  ];
  for (const given of names)
    assert.deepEqual(parse(given), { kind: 'directory', path: path.resolve(cwd, given), given }, given);
});

test('archives of other kinds are refused, so that no directory is named after them', () => {
  for (const given of [
    'x.tar.xz',
    'x.tar.bz2',
    'x.tbz2',
    'x.txz',
    'x.zip',
    'x.7z',
    'x.rar',
    'x.tar.001',
    'X.ZIP',
  ])
    refused(given, /^cannot write to an archive of this kind: /, /\.tar\.zst.*--output-dir/);
});

test('object stores are refused, and what to do instead is said', () => {
  for (const given of ['s3://bucket/x', 'gs://b', 'https://x/y.tar', 'file:///x'])
    refused(given, new RegExp(`^cannot write to "${given}"$`), /write to a directory and copy it/);
});

test('a name is needed', () => {
  refused('', /has no name/, /-o DEST/);
  assert.throws(() => directoryDestination('', cwd), /has no name/);
  const given = 'images.tar';
  assert.deepEqual(directoryDestination(given, cwd), {
    kind: 'directory',
    path: path.join(cwd, given),
    given,
  });
});
