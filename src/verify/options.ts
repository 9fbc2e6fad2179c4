import type { ScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { StorageDriver } from '../storage/driver.ts';
import type { Finding } from './finding.ts';
import type { BlobProver } from './prover.ts';

/** How progress leaves a verification. Every method is optional and must return quickly. */
export interface VerifyObserver {
  /** `count` more blobs were found in the storage. */
  onBlobs?(count: number): void;
  /** All blobs are known; bytes follow. `bytes` is what will be hashed. */
  onListed?(found: { readonly blobs: number; readonly bytes: number }): void;
  /** `count` more bytes were hashed. */
  onBytes?(count: number): void;
  /** `count` more blobs were hashed. */
  onHashed?(count: number): void;
  /** One more repository was looked through. */
  onRepository?(name: string): void;
}

export interface VerifyOptions {
  readonly driver: StorageDriver;
  /** `none`: only manifests, which are read in any case; of other blobs that they are there and how large. */
  readonly hash: 'all' | 'none';
  /** Opened and closed by the caller; it tells the observer of the bytes that it proves. */
  readonly prover: BlobProver;
  /** Size of a blob that is known to be elsewhere, for the storage of a delta; it counts as there and is not hashed. */
  readonly base?: (digest: Digest) => number | undefined;
  /** Milliseconds since the epoch, to tell uploads under way from abandoned ones. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly observer: VerifyObserver;
  /** Takes each finding as it is made; the verification waits for it. */
  readonly onFinding: (finding: Finding) => void | Promise<void>;
  /** Takes what could not be looked at: `ACCESS_DENIED`, `IO_ERROR`. */
  readonly onError: (error: ScraperError) => void;
}
