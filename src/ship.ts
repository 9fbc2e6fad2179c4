import type { ArchiveItem } from './archive/item.ts';
import type { WrittenArchive } from './archive/write-tar.ts';
import { encodeManifest } from './bundle/encode-manifest.ts';
import { bundleItems } from './bundle/items.ts';
import { makeManifest, type ManifestInput } from './bundle/make-manifest.ts';
import type { CopyResult } from './copy.ts';
import { isScraperError, ScraperError } from './errors.ts';
import type { Output } from './output.ts';
import type { Plan } from './plan.ts';
import type { ArchiveReport } from './report.ts';

export interface ShipOptions extends Omit<ManifestInput, 'plan'> {
  /** Makes the detached signature of a bundle manifest. */
  readonly sign?: (manifest: Uint8Array) => Uint8Array;
  /** Writes the archive's entries, proved, to where they go. Throws ScraperError. */
  readonly write: (
    items: Iterable<ArchiveItem>,
    context: { readonly signal: AbortSignal; readonly onBytes: (count: number) => void },
  ) => Promise<WrittenArchive>;
}

/**
 * An output that is one archive: all of it or nothing. Images cannot be told apart in it while it is written, so the first
 * failure ends it.
 */
export function archiveOutput({ sign, write, ...input }: ShipOptions): Output {
  return {
    async shape(plan) {
      refuseTwins(plan);
      return Promise.resolve({ plan, notes: [], failed: new Map() });
    },
    async carry(plan, { driver, signal, observer }) {
      const manifest = encodeManifest(makeManifest({ ...input, plan }));
      const signature = sign?.(manifest);
      const items = bundleItems({ plan, driver, manifest, ...(signature && { signature }) });
      return carryItems(plan, () => write(items, { signal, onBytes: count => observer.onBytes?.(count) }));
    },
  };
}

function reportOf({ files, sums, tarBytes }: WrittenArchive): ArchiveReport {
  return {
    files: files.map(({ path, size, sha256 }) => ({ path, bytes: size, sha256 })),
    sums: sums ?? null,
    tarBytes,
  };
}

/**
 * An archive means the same on every medium, and there are some on which two names that differ only in case are one: whoever
 * reads archives refuses such names, so none is made. Only tags have upper case.
 * @throws ScraperError `UNSUPPORTED`
 */
function refuseTwins({ images }: Plan): void {
  const known = new Map<string, string>();
  for (const { requested, links } of images) {
    for (const link of links) {
      if (link.kind !== 'tagLink') continue;
      const name = `${link.repository}:${link.tag}`;
      const twin = known.get(name.toLowerCase()) ?? name;
      if (twin !== name)
        throw new ScraperError(
          'UNSUPPORTED',
          `an archive cannot hold both ${twin} and ${name}: the names of their tags differ only in case`,
          {
            reference: requested,
            hint: 'ship them in two archives, leaving one out with --exclude, or as a directory: --output-dir',
          },
        );
      known.set(name.toLowerCase(), name);
    }
  }
}

/** Runs `write` and says what became of the plan: all images are there, or none. */
export async function carryItems(plan: Plan, write: () => Promise<WrittenArchive>): Promise<CopyResult> {
  try {
    const archive = reportOf(await write());
    return {
      done: new Map(plan.images.map(image => [image, 'copied'])),
      failed: new Map(),
      archive,
      copiedBytes: plan.totals.bytes - plan.totals.baseBytes,
      linkedBytes: 0,
      skippedBytes: 0,
    };
  } catch (error) {
    if (!isScraperError(error)) throw error;
    return { ...nothing, ...blame(plan, error) };
  }
}

const nothing: CopyResult = {
  done: new Map(),
  failed: new Map(),
  copiedBytes: 0,
  linkedBytes: 0,
  skippedBytes: 0,
};

/** The images that a blob's failure concerns, or that it concerns them all. */
function blame(plan: Plan, error: ScraperError): Pick<CopyResult, 'failed' | 'stopped'> {
  const { digest } = error.details;
  const blob = plan.blobs.find(one => one.digests.some(alias => alias === digest));
  if (!blob) return { failed: new Map(), stopped: error };
  const images = plan.images.filter(image => image.blobs.includes(blob.digest));
  const [first] = images;
  const explained = new ScraperError(
    error.code,
    `${blob.trail}: ${error.message}; the archive was not finished`,
    {
      ...error.details,
      ...(first && { reference: first.requested }),
      hint:
        error.details.hint ??
        'look at it with verify; to ship the others, leave the image out with --exclude',
      cause: error,
    },
  );
  return { failed: new Map(images.map(image => [image, explained])) };
}
