import { createHash } from 'node:crypto';
import { isScraperError } from '../errors.ts';
import { algorithmOf, encodedOf, isDigest, type Digest } from '../oci/digest.ts';
import { MAX_MANIFEST_BYTES, parseManifest, type Manifest } from '../oci/manifest.ts';
import { marks } from './blob-index.ts';
import type { FindingKind } from './kinds.ts';
import { rowOf, type Verification } from './verification.ts';

/**
 * Reads a manifest, proves it and parses it. What is wrong with it is reported; the blobs that a damaged one seems to
 * name are then held: whoever mends it will need them.
 * @param names digests that its bytes must have
 */
export async function readManifestFile(
  verifying: Verification,
  row: number,
  names: readonly Digest[],
): Promise<Manifest | undefined> {
  const { blobs } = verifying;
  if (blobs.has(row, marks.based)) return undefined;
  const bytes = await readBytes(verifying, row);
  if (!bytes) return undefined;
  countHashed(verifying, row, bytes.length);
  const { message, kind, manifest } = judge(bytes, names);
  if (manifest) return manifest;
  // damaged bytes may have named more
  if (kind === 'BLOB_CORRUPT') verifying.incomplete = true;
  await verifying.reportBlob(row, kind, { message, size: bytes.length });
  await holdMentioned(verifying, bytes);
  return undefined;
}

async function readBytes(verifying: Verification, row: number): Promise<Uint8Array | undefined> {
  const { blobs, source } = verifying;
  try {
    return await source.readBlob(blobs.digest(row));
  } catch (error) {
    if (isScraperError(error, 'SIZE_INVALID')) {
      const size = blobs.size(row);
      const message = `the manifest has ${String(size)} bytes, a registry serves at most ${String(MAX_MANIFEST_BYTES)}`;
      await verifying.reportBlob(row, 'MANIFEST_INVALID', { message, size });
    } else if (isScraperError(error, 'PATH_UNKNOWN')) verifying.vanished.push(row);
    // else what stands in its place was reported when blobs were listed
    else if (!isScraperError(error, 'NOT_A_FILE', 'OUTSIDE_ROOT')) verifying.fail(error);
    verifying.incomplete = true;
    return undefined;
  }
}

/** It need not be hashed a second time with the other blobs, unless that has happened already. */
function countHashed({ blobs, tally, options }: Verification, row: number, size: number): void {
  if (blobs.has(row, marks.hashed)) return;
  blobs.mark(row, marks.hashed);
  tally.hashedBlobs += 1;
  tally.hashedBytes += size;
  options.observer.onBytes?.(size);
  options.observer.onHashed?.(1);
}

interface Judgement {
  readonly manifest?: Manifest;
  readonly kind: FindingKind;
  readonly message: string;
}

function judge(bytes: Uint8Array, names: readonly Digest[]): Judgement {
  for (const name of names) {
    const found = createHash(algorithmOf(name)).update(bytes).digest('hex');
    if (found === encodedOf(name)) continue;
    const message = `the manifest's bytes are not what its name says: expected ${name}, found ${algorithmOf(name)}:${found}`;
    return { kind: 'BLOB_CORRUPT', message };
  }
  try {
    const manifest = parseManifest(bytes);
    if (manifest.kind !== 'artifact') return { manifest, kind: 'MANIFEST_INVALID', message: '' };
    const message = 'the manifest is an OCI artifact manifest, a withdrawn type: a registry answers 500';
    return { kind: 'MANIFEST_UNSUPPORTED', message };
  } catch (error) {
    if (!isScraperError(error, 'MANIFEST_INVALID')) throw error;
    return { kind: 'MANIFEST_INVALID', message: `the manifest cannot be used: ${error.message}` };
  }
}

/** Holds everything that stands in these bytes as a digest and in the storage as a blob. */
async function holdMentioned(verifying: Verification, bytes: Uint8Array): Promise<void> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  for (const [digest] of text.matchAll(/sha256:[0-9a-f]{64}/g)) {
    if (!isDigest(digest)) continue;
    const row = await rowOf(verifying, digest);
    verifying.blobs.mark(row, marks.held);
  }
}
