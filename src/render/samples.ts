/** Reports for tests of what is shown. */
import type { ImageReport, Report, ReportTotals } from '../report.ts';

export function sampleDigest(number: number): string {
  return `sha256:${String(number).padStart(64, '0').split('').reverse().join('')}`;
}

export function sampleImage(name: string, changes: Partial<ImageReport> = {}): ImageReport {
  const [repository = '', tag = null] = name.split(':');
  return {
    requested: name,
    repository,
    tag,
    digest: sampleDigest(123_456_789),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    platforms: ['linux/amd64'],
    ...{
      outputRepository: repository,
      reasons: ['named exactly'],
      leftPlatforms: [],
      leftBytes: 0,
      referrers: [],
    },
    status: 'copied',
    bytes: 120_000_000,
    sharedBytes: 0,
    baseBytes: 0,
    ...changes,
  };
}

export function lostImage(name: string): ImageReport {
  return sampleImage(name, { digest: null, mediaType: null, platforms: [], status: 'failed', bytes: 0 });
}

export function sampleReport(
  images: readonly ImageReport[],
  { totals, ...changes }: Partial<Omit<Report, 'totals'>> & { readonly totals?: Partial<ReportTotals> } = {},
): Report {
  return {
    schemaVersion: 1,
    command: 'scrape',
    ok: (changes.errors ?? []).length === 0,
    dryRun: false,
    images,
    totals: {
      images: images.length,
      manifests: 2,
      blobs: 8,
      links: 12,
      bytes: 200_000_000,
      copiedBytes: 200_000_000,
      skippedBytes: 0,
      baseBytes: 0,
      linkedBytes: 0,
      scannedManifests: 0,
      durationMs: 2500,
      ...totals,
    },
    warnings: [],
    errors: [],
    ...changes,
  };
}
