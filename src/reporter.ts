import type { CopyResult } from './copy.ts';
import { toFailure, type Failure, type ScraperError, type Warning } from './errors.ts';
import type { ResolvedReference } from './graph/resolve.ts';
import type { Plan, PlannedImage } from './plan.ts';
import type { ImageReport, ImageStatus, Report } from './report.ts';

/** A reference that cannot be shipped, and why. */
export interface Unresolved {
  readonly requested: string;
  /** As far as it was resolved: found in the registry, or at least parsed. */
  readonly reference: Pick<ResolvedReference, 'repository' | 'tag'> & { readonly digest?: string };
  /** At least one. */
  readonly errors: readonly ScraperError[];
}

export interface ReportInput {
  /** As asked for: images are reported in this order. */
  readonly references: readonly string[];
  readonly plan?: Plan;
  readonly unresolved: readonly Unresolved[];
  readonly copied?: CopyResult;
  readonly dryRun: boolean;
  readonly warnings: readonly Warning[];
  /** What failed as a whole, not for one image. */
  readonly failures: readonly Failure[];
  readonly durationMs: number;
}

/** Puts together what a scrape did. */
export function makeReport(input: ReportInput): Report {
  const { references, plan, unresolved, copied, dryRun, warnings, failures, durationMs } = input;
  const position = new Map(references.map((reference, index) => [reference, index]));
  const images = [
    ...(plan?.images ?? []).map(image => reportImage(image, dryRun, copied)),
    ...unresolved.map(reportUnresolved),
  ].sort((a, b) => (position.get(a.requested) ?? 0) - (position.get(b.requested) ?? 0));
  const thrown = new Set<ScraperError>([
    ...unresolved.flatMap(({ errors }) => errors),
    ...(copied?.failed.values() ?? []),
  ]);
  if (copied?.stopped) thrown.add(copied.stopped);
  const errors = [...failures, ...[...thrown].map(toFailure)];
  const { totals } = plan ?? {};
  return {
    schemaVersion: 1,
    command: 'scrape',
    ok: errors.length === 0,
    dryRun,
    images,
    totals: {
      images: images.length,
      manifests: totals?.manifests ?? 0,
      blobs: totals?.blobs ?? 0,
      links: totals?.links ?? 0,
      bytes: totals?.bytes ?? 0,
      copiedBytes: copied?.copiedBytes ?? 0,
      skippedBytes: copied?.skippedBytes ?? totals?.presentBytes ?? 0,
      linkedBytes: copied?.linkedBytes ?? 0,
      durationMs,
    },
    warnings,
    errors,
  };
}

function reportImage(image: PlannedImage, dryRun: boolean, copied: CopyResult | undefined): ImageReport {
  const { requested, repository, tag, digest, mediaType, platforms, bytes, sharedBytes } = image;
  const error = copied?.failed.get(image);
  const untouched: ImageStatus = dryRun && image.present ? 'present' : 'planned';
  const status: ImageStatus = error ? 'failed' : (copied?.done.get(image) ?? untouched);
  return {
    ...{ requested, repository, tag, digest, mediaType, platforms, status, bytes, sharedBytes },
    ...(error && { error: toFailure(error) }),
  };
}

function reportUnresolved({ requested, reference, errors: [error] }: Unresolved): ImageReport {
  return {
    requested,
    repository: reference.repository,
    tag: reference.tag,
    digest: reference.digest ?? null,
    mediaType: null,
    platforms: [],
    status: 'failed',
    bytes: 0,
    sharedBytes: 0,
    ...(error && { error: toFailure(error) }),
  };
}
