import { shortDigest } from '../oci/digest.ts';
import type { ImageReport, ImageStatus } from '../report.ts';
import { digestColumn } from './digest-column.ts';
import { count, formatBytes, formatCount, platformVariants } from './format.ts';
import { renderTable, type Column, type Concession } from './table.ts';
import type { Colors } from './terminal.ts';
import { printable } from './text.ts';

export interface ReportContext {
  readonly colors: Colors;
  /** Cells available; undefined where lines may have any length. */
  readonly width: number | undefined;
  /** Show every image and whole digests. */
  readonly verbose: boolean;
}

/** So many images are listed before the rest is only counted. */
const SHOWN_IMAGES = 30;

/** Lines that list images. `shared` tells what each needs alone and what together with others. */
export function renderImages(
  images: readonly ImageReport[],
  sizes: 'total' | 'shared',
  { colors, width, verbose }: ReportContext,
): readonly string[] {
  const shown = select(images, verbose);
  const size = (title: string, bytes: (image: ImageReport) => number): Column<ImageReport> => ({
    title,
    align: 'right',
    cell: image => (image.digest === null ? '-' : formatBytes(bytes(image))),
  });
  const status: Column<ImageReport> = {
    title: 'STATUS',
    cell: image => image.status,
    style: (text, image) => statusColor(image.status, colors)(text),
  };
  const referrers: Column<ImageReport> = {
    title: 'REFERRERS',
    align: 'right',
    cell: image => (image.digest === null ? '-' : formatCount(image.referrers.length)),
  };
  const digests = digestColumn<ImageReport>(({ digest }) => digest, { whole: verbose, width, colors });
  const columns: Column<ImageReport>[] = [
    { title: 'IMAGE', cell: image => printable(nameOf(image)) },
    ...digests.columns,
    { title: 'PLATFORMS', cell: image => platformVariants(image.platforms.map(printable)) },
    ...(images.some(image => image.referrers.length > 0) ? [referrers] : []),
    ...(sizes === 'shared'
      ? [size('OWN', image => image.bytes - image.sharedBytes), size('SHARED', image => image.sharedBytes)]
      : []),
    ...(images.some(image => image.baseBytes > 0)
      ? [size('IN BASE', image => image.baseBytes), size('NEW', image => image.bytes - image.baseBytes)]
      : []),
    size(sizes === 'shared' ? 'TOTAL' : 'SIZE', image => image.bytes),
    // Where all went the same way the headline has said so.
    ...(new Set(images.map(image => image.status)).size > 1 ? [status] : []),
  ];
  const lines = renderTable(columns, shown, {
    ...{ width, indent: 2, concessions, styleTitle: colors.dim },
    ...(digests.below && { below: digests.below }),
  });
  const hidden = images.length - shown.length;
  return hidden === 0
    ? lines
    : [...lines, `  ... and ${count(hidden, 'more image')}; --verbose lists them all`];
}

const concessions: readonly Concession[] = [
  { title: 'PLATFORMS', how: 'shorten' },
  { title: 'DIGEST', how: 'shorten' },
  { title: 'IMAGE', how: 'squeeze', least: 28 },
  { title: 'REFERRERS', how: 'drop' },
  { title: 'PLATFORMS', how: 'drop' },
  { title: 'SHARED', how: 'drop' },
  { title: 'DIGEST', how: 'drop' },
  { title: 'OWN', how: 'drop' },
  { title: 'IN BASE', how: 'drop' },
  { title: 'IMAGE', how: 'squeeze' },
  { title: 'STATUS', how: 'drop' },
];

/** The beginning of a long list, with failures before anything else. */
function select(images: readonly ImageReport[], verbose: boolean): readonly ImageReport[] {
  if (verbose || images.length <= SHOWN_IMAGES) return images;
  const failed = images.filter(image => image.status === 'failed');
  const kept = new Set([...new Set([...failed, ...images])].slice(0, SHOWN_IMAGES));
  return images.filter(image => kept.has(image));
}

/** The image's name in the output; what was asked for where it could not be resolved. */
export function nameOf({ requested, outputRepository, tag, digest }: ImageReport): string {
  if (digest === null) return requested;
  return tag === null ? `${outputRepository}@${shortDigest(digest)}` : `${outputRepository}:${tag}`;
}

function statusColor(status: ImageStatus, colors: Colors): (text: string) => string {
  return { copied: colors.green, present: colors.dim, planned: colors.cyan, failed: colors.red }[status];
}
