import type { OpenEntry } from '../archive/archive.ts';
import type { OpenedArchive } from '../archive/open.ts';
import type { BundleManifest } from '../bundle/manifest.ts';
import type { SignatureChecker } from '../bundle/sign.ts';
import type { Digest } from '../oci/digest.ts';
import type { DataDir } from '../registry/locate.ts';
import type { StorageDriver } from '../storage/driver.ts';

/** A registry to be read: a directory, or an archive of one. */
export interface OpenedRegistry {
  /** As an operator would name it. */
  readonly name: string;
  /** Blobs that a delta leaves to its base are there with their sizes, so that it can be looked at. */
  readonly driver: StorageDriver;
  /** The same without these blobs, which have no bytes. */
  readonly own: StorageDriver;
  /** Where a directory really is; undefined for an archive. */
  readonly place?: DataDir;
  /** Of a bundle. */
  readonly manifest?: BundleManifest;
  /** Set for an archive. */
  readonly archive?: OpenedArchive;
  close(): Promise<void>;
}

export interface OpenRegistryOptions {
  readonly signal: AbortSignal;
  /** Refuses what its key has not signed; a directory has no signature. */
  readonly checker?: SignatureChecker;
  /** The option that named it, for messages; empty for an argument. */
  readonly option?: string;
  /** Told of an archive before anything in it is read. */
  readonly onOpened?: (archive: OpenedArchive) => Promise<void>;
  /** Gets the larger blobs of a compressed archive as they pass by, because they cannot be had again as quickly. */
  readonly onBlob?: (digest: Digest, entry: OpenEntry) => Promise<void>;
}
