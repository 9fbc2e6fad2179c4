import type { ArchiveEntry } from '../archive/archive.ts';
import { archiveDriver, isPlain } from '../archive/driver.ts';
import { indexArchive } from '../archive/index-archive.ts';
import { openArchive, type OpenedArchive } from '../archive/open.ts';
import { checkedArchive } from '../bundle/checked.ts';
import { withBase } from '../bundle/with-base.ts';
import { findRegistryBelow, parsePathBelow } from '../registry/below.ts';
import type { OpenedRegistry, OpenRegistryOptions } from './opened-registry.ts';

/** Most manifests and configs are not longer than this, in bytes. */
const SMALL = 64 * 1024;

/**
 * Opens an archive or its parts as if it were unpacked.
 * @throws ScraperError as `openArchive` and `checkedArchive` do
 */
export async function openArchivedRegistry(
  path: string,
  options: OpenRegistryOptions,
): Promise<OpenedRegistry> {
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
