import { stat } from 'node:fs/promises';
import { archiveDriver, isPlain } from '../archive/driver.ts';
import type { ArchiveEntry, OpenEntry } from '../archive/archive.ts';
import { indexArchive } from '../archive/index-archive.ts';
import { openArchive, type OpenedArchive } from '../archive/open.ts';
import { checkedArchive } from '../bundle/checked.ts';
import type { BundleManifest } from '../bundle/manifest.ts';
import type { SignatureChecker } from '../bundle/sign.ts';
import type { Digest } from '../oci/digest.ts';
import { findRegistryBelow, parsePathBelow } from '../registry/below.ts';
import { openDataDir, type DataDir } from '../registry/locate.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { withBase } from '../bundle/with-base.ts';

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

/** Most manifests and configs are not longer than this, in bytes. */
const SMALL = 64 * 1024;

/**
 * Opens a registry's data directory, or an archive or its parts as if it were unpacked.
 * @throws ScraperError as `openDataDir`, `openArchive` and `checkedArchive` do
 */
export async function openRegistry(path: string, options: OpenRegistryOptions): Promise<OpenedRegistry> {
  if (!(await isArchive(path))) {
    const place = await openDataDir(path, options.option);
    const { driver } = place;
    return { name: path, driver, own: driver, place, close: () => Promise.resolve() };
  }
  const archive = await openArchive(path, options);
  try {
    return await openChecked(archive, options);
  } catch (error) {
    await archive.close();
    throw error;
  }
}

async function openChecked(
  archive: OpenedArchive,
  { signal, checker, onBlob, onOpened }: OpenRegistryOptions,
): Promise<OpenedRegistry> {
  await onOpened?.(archive);
  const checked = checkedArchive(archive, checker ? { checker } : {});
  const manifests = new Set<string>();
  const keep = ({ path: entry, size }: ArchiveEntry): boolean => {
    const spec = parsePathBelow(entry);
    if (manifests.size === 0)
      for (const blob of checked.manifest()?.blobs ?? []) if (blob.manifest) manifests.add(blob.digest);
    return size <= SMALL || (spec?.kind === 'blob' && manifests.has(spec.digest));
  };
  const whole = isPlain(archive)
    ? await archiveDriver(
        { ...checked.archive, range: archive.range, localRange: archive.localRange },
        signal,
      )
    : await indexArchive(checked.archive, {
        signal,
        keep,
        async take(entry) {
          const spec = parsePathBelow(entry.path);
          if (spec?.kind === 'blob') await onBlob?.(spec.digest, entry);
        },
      });
  const manifest = checked.manifest();
  const own = await findRegistryBelow(whole, archive.name);
  return {
    name: archive.name,
    driver: manifest?.base ? withBase(own, manifest.base.blobs) : own,
    own,
    ...(manifest && { manifest }),
    archive,
    close: () => archive.close(),
  };
}

/** A file, or something that is not there: parts are named by what they are parts of. */
export async function isArchive(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory();
  } catch {
    return /\.(?:tar(?:\.gz|\.zst)?|tgz|tzst)(?:\.\d{3,6})?$/i.test(path);
  }
}
