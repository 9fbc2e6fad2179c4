import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { digestOf, type Digest } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import type { UnverifiedBlob } from '../sink/sink.ts';
import { seededRandom } from './random.ts';
import { temporaryDirectory, type Tidied } from './temporary.ts';

/** Bytes that are the same for the same size. */
export const noise = (size: number): Buffer => seededRandom(size).bytes(size);

/** A copy with one bit flipped. */
export function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const index = Math.floor(copy.length / 2);
  copy.writeUInt8(copy.readUInt8(index) ^ 1, index);
  return copy;
}

export function sha(algorithm: 'sha256' | 'sha512', bytes: Uint8Array): Digest {
  return digestOf(algorithm, createHash(algorithm).update(bytes).digest('hex'));
}

/** A blob that says of itself what is true of `bytes`, except for what `claim` says. */
export function streamBlob(bytes: Uint8Array, claim: Partial<UnverifiedBlob> = {}): UnverifiedBlob {
  const digests = claim.digests ?? [sha('sha256', bytes)];
  const [stored = sha('sha256', bytes)] = digests;
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    // odd sizes, so that no chunk of a sink's own coincides with one of these
    for (let start = 0; start < bytes.length; start += 99_991)
      yield await Promise.resolve(bytes.subarray(start, start + 99_991));
  };
  return {
    path: pathFor({ kind: 'blob', digest: stored }),
    size: bytes.length,
    origin: 'the test',
    stream,
    ...claim,
    digests,
  };
}

/** The same over a local file, which is gone after the test. */
export async function localBlob(
  t: Tidied,
  bytes: Uint8Array,
  claim?: Partial<UnverifiedBlob>,
): Promise<UnverifiedBlob> {
  const file = path.join(await temporaryDirectory(t), 'source');
  await writeFile(file, bytes);
  const stream = (): AsyncIterable<Uint8Array> => createReadStream(file);
  return {
    ...streamBlob(bytes, claim),
    origin: file,
    stream,
    localRange: () => Promise.resolve({ path: file }),
  };
}
