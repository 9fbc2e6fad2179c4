import { createHash, type Hash } from 'node:crypto';
import { ScraperError } from '../errors.ts';
import { algorithmOf, encodedOf, type Digest } from '../oci/digest.ts';

/** What bytes must turn out to be. */
export interface Expected {
  /** All must hold. */
  readonly digests: readonly Digest[];
  /** Bytes. */
  readonly size: number;
  /** Where the bytes come from, for messages. */
  readonly origin: string;
}

/** Proves bytes in one pass while they go by. */
export interface Verifier {
  /** Throws `SIZE_INVALID` as soon as there are too many bytes. */
  update(chunk: Uint8Array): void;
  /** Throws `SIZE_INVALID` or `DIGEST_MISMATCH` unless the bytes were the expected ones. */
  finish(): void;
}

export function verifier(expected: Expected): Verifier {
  const hashes = expected.digests.map((digest): [Digest, Hash] => [digest, createHash(algorithmOf(digest))]);
  let size = 0;
  return {
    update(chunk) {
      size += chunk.byteLength;
      if (size > expected.size) throw wrongSize(expected, `at least ${String(size)}`);
      for (const [, hash] of hashes) hash.update(chunk);
    },
    finish() {
      if (size !== expected.size) throw wrongSize(expected, String(size));
      for (const [digest, hash] of hashes) {
        const found = hash.digest('hex');
        if (found !== encodedOf(digest))
          throw wrongDigest(expected, digest, `${algorithmOf(digest)}:${found}`);
      }
    },
  };
}

const hint = 'the stored blob is damaged; restore it from a backup or push the image again';

export function wrongSize({ digests, size, origin }: Expected, found: string): ScraperError {
  const digest = digests[0] ?? '';
  const message = `blob ${digest} has the wrong size: expected ${String(size)} bytes, found ${found}`;
  return new ScraperError('SIZE_INVALID', message, { digest, path: origin, hint });
}

function wrongDigest({ origin }: Expected, digest: Digest, found: string): ScraperError {
  const message = `the blob's bytes are not what its name says: expected ${digest}, found ${found}`;
  return new ScraperError('DIGEST_MISMATCH', message, { digest, path: origin, hint });
}
