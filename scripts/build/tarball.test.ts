import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { extractFromTarball } from './tarball.ts';

function entry(name: string, content: string, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(type, 156);
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

function integrityOf(tarball: Buffer): string {
  return `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
}

const tarball = gzipSync(
  Buffer.concat([
    entry('package/', '', '5'),
    entry('package/README.md', 'x'.repeat(700)),
    entry('package/bin/node', 'the binary'),
    Buffer.alloc(1024),
  ]),
);

test('a file is taken out of a package', () => {
  assert.equal(extractFromTarball(tarball, integrityOf(tarball), 'bin/node').toString(), 'the binary');
});

test('a package whose bytes are not the locked ones is refused', () => {
  const other = gzipSync(Buffer.concat([entry('package/bin/node', 'something else'), Buffer.alloc(1024)]));
  assert.throws(() => extractFromTarball(other, integrityOf(tarball), 'bin/node'), /not what they must be/);
});

test('a package without the file is an error', () => {
  assert.throws(
    () => extractFromTarball(tarball, integrityOf(tarball), 'bin/other'),
    /has no file bin\/other/,
  );
});
