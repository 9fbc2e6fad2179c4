import { checkSums, sumsFailure } from '../archive/check-sums.ts';
import { ScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { verifier, type Expected } from '../transfer/verifier.ts';
import type { BlobProver } from '../verify/prover.ts';
import { readVerifyKey } from './named-archive.ts';
import { isArchive, openRegistry } from './open-registry.ts';
import type { VerifySourceOption } from './verify-options.ts';

/** What is verified, open. */
export interface VerifySource {
  readonly driver: StorageDriver;
  /** Size of a blob that is known to be elsewhere. */
  readonly base?: (digest: Digest) => number | undefined;
  /** Answers for what was proved while it passed by. */
  readonly proved?: (prover: BlobProver) => BlobProver;
  close(): Promise<void>;
}

export interface OpenContext {
  readonly signal: AbortSignal;
  /** Look at no more than at structure and sizes. */
  readonly quick: boolean;
  readonly onBytes: (count: number) => void;
}

/**
 * Opens a directory, or an archive: that is checked against the checksums beside it, its signature and its manifest first. Blobs of a
 * compressed one are proved while it is read, because it cannot be read anywhere.
 * @throws ScraperError as `openRegistry` does; `PART_INVALID` naming every file that is not what its checksum says; `UNSIGNED`
 */
export async function openVerifySource(
  { path, isDataDir, verifyKey }: VerifySourceOption,
  { signal, quick, onBytes }: OpenContext,
): Promise<VerifySource> {
  const checker = verifyKey === undefined ? undefined : await readVerifyKey(verifyKey);
  if (checker && !(await isArchive(path))) throw unsigned(path);
  const results = new Map<Digest, ScraperError | undefined>();
  const { driver, manifest, archive, close } = await openRegistry(path, {
    signal,
    ...(checker && { checker }),
    ...(!isDataDir && { option: '' }),
    // a file that changed on its way is told by its checksum, before anything in it is believed
    async onOpened(opened) {
      const sums = quick ? undefined : await checkSums(opened, signal);
      const failure = sums && sumsFailure(sums);
      if (failure) throw failure;
    },
    async onBlob(digest, entry) {
      if (quick) return;
      results.set(
        digest,
        await proveStream(
          { digests: [digest], size: entry.size, origin: entry.path },
          entry.chunks(),
          onBytes,
        ),
      );
    },
  });
  const base =
    manifest?.base && new Map<Digest, number>(manifest.base.blobs.map(blob => [blob.digest, blob.size]));
  return {
    driver,
    ...(base && { base: digest => base.get(digest) }),
    ...(archive && archive.compression !== 'none' && { proved: prover => knowing(prover, results) }),
    close,
  };
}

async function proveStream(
  expected: Expected,
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): Promise<ScraperError | undefined> {
  const proof = verifier(expected);
  try {
    for await (const chunk of chunks) {
      proof.update(chunk);
      onBytes(chunk.length);
    }
    proof.finish();
    return undefined;
  } catch (error) {
    if (error instanceof ScraperError) return error;
    throw error;
  }
}

/** Blobs that were kept, because they are small, are proved as others are. */
function knowing(prover: BlobProver, results: ReadonlyMap<Digest, ScraperError | undefined>): BlobProver {
  return {
    inFlight: prover.inFlight,
    prove(expected) {
      const [digest] = expected.digests;
      if (digest === undefined || !results.has(digest)) return prover.prove(expected);
      const failure = results.get(digest);
      return failure ? Promise.reject(failure) : Promise.resolve();
    },
    close: () => prover.close(),
  };
}

function unsigned(place: string): ScraperError {
  return new ScraperError('UNSIGNED', `cannot check a signature of ${place}: it is no archive`, {
    path: place,
    hint: 'verify the archive as it was signed, or leave --verify-key away',
  });
}
