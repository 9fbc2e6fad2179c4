import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

const block = 512;

/**
 * One file out of an npm tarball (gzip, ustar), whose bytes are proved first.
 * @param integrity subresource integrity of the tarball, `sha512-…` in base64
 * @param path the file's path inside the package, without npm's leading `package/`
 */
export function extractFromTarball(tarball: Buffer, integrity: string, path: string): Buffer {
  checkIntegrity(tarball, integrity);
  const tar = gunzipSync(tarball);
  for (let at = 0; at + block <= tar.length;) {
    const header = tar.subarray(at, at + block);
    const size = Number.parseInt(text(header, 124, 12), 8) || 0;
    const regular = header[156] === 0 || header[156] === 0x30;
    // npm puts everything below one folder, whatever its name.
    const name = text(header, 0, 100).split('/').slice(1).join('/');
    if (regular && name === path) return tar.subarray(at + block, at + block + size);
    at += block + Math.ceil(size / block) * block;
  }
  throw new Error(`the package has no file ${path}`);
}

function checkIntegrity(bytes: Buffer, integrity: string): void {
  const [algorithm = '', expected = ''] = integrity.split('-', 2);
  const actual = createHash(algorithm).update(bytes).digest();

  if (!actual.equals(Buffer.from(expected, 'base64'))) {
    throw new Error(
      `the package's bytes are not what they must be: expected ${integrity}, found ${algorithm}-${actual.toString('base64')}`,
    );
  }
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field
    .subarray(0, end === -1 ? length : end)
    .toString('latin1')
    .trim();
}
