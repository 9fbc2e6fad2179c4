import { archiveDriver, isPlain, type PlainArchive } from '../archive/driver.ts';
import type { Archive } from '../archive/archive.ts';
import { checkedArchive } from '../bundle/checked.ts';
import type { BundleManifest } from '../bundle/manifest.ts';
import type { SignatureChecker } from '../bundle/sign.ts';
import { findRegistryBelow } from '../registry/below.ts';
import { pathFor } from '../registry/layout.ts';
import type { Sink } from '../sink/sink.ts';
import { checkBase, type Contents, type OpeningWatch } from './contents.ts';
import { movedTag, tagExists, type TagPolicy } from './existing-tags.ts';
import { checkRoom, receiveArchive } from './receive.ts';

export interface BundleOptions extends OpeningWatch {
  readonly archive: Archive;
  /** Refuses what its key has not signed; absent: a signature is not looked at. */
  readonly checker?: SignatureChecker;
  readonly sink: Sink;
  readonly onExistingTag: TagPolicy;
  readonly dryRun: boolean;
  readonly verifyExisting: boolean;
  readonly signal: AbortSignal;
  readonly onBytes: (count: number) => void;
}

/**
 * Opens a bundle to be applied. One that can be read anywhere is only looked at. A compressed one or a stream passes by once, so its
 * blobs are written while it is read, when its manifest was found good, the base complete and the space enough.
 * @throws ScraperError what reading and checking a bundle throw, `BASE_INCOMPLETE`, `NO_SPACE`, `TAG_EXISTS`, and what the sink throws
 */
export async function bundleContents(options: BundleOptions): Promise<Contents> {
  const { archive, checker, sink, signal, dryRun } = options;
  let manifest: BundleManifest | undefined;
  const checked = checkedArchive(archive, {
    ...(checker && { checker }),
    async onManifest(found) {
      manifest = found;
      if (!found) return;
      await checkBase(sink, found.base?.blobs ?? []);
      if (!dryRun && !isPlain(archive)) await checkBefore(found, options);
    },
  });
  const manifests = (): ReadonlySet<string> =>
    new Set(manifest?.blobs.flatMap(blob => (blob.manifest ? [blob.digest] : [])));
  let known: ReadonlySet<string> | undefined;
  const driver = isPlain(archive)
    ? await archiveDriver(plain(archive, checked.archive), signal)
    : await receiveArchive({
        ...options,
        archive: checked.archive,
        isManifest: digest => (known ??= manifests()).has(digest),
      });
  return { driver: await findRegistryBelow(driver, archive.name) };
}

function plain(archive: PlainArchive, checked: Archive): PlainArchive {
  return { ...checked, range: archive.range, localRange: archive.localRange };
}

/** What a plan would find out, which is made too late for an archive that is written while it is read. */
async function checkBefore(
  manifest: BundleManifest,
  { sink, onExistingTag }: Pick<BundleOptions, 'sink' | 'onExistingTag'>,
): Promise<void> {
  await checkRoom(sink, manifest.blobs);
  if (onExistingTag !== 'fail') return;
  for (const { name, tags } of manifest.repositories) {
    for (const [tag, target] of Object.entries(tags)) {
      const link = { kind: 'tagLink', repository: name, tag, target } as const;
      const moved = movedTag(link, await sink.readLink(pathFor(link)), onExistingTag);
      if (moved) throw tagExists([moved]);
    }
  }
}
