import type { CopyResult } from './copy.ts';
import { toFailure, type Failure, type ScraperError, type Warning } from './errors.ts';
import type { Gathered, Unresolved } from './gather.ts';
import type { Plan, PlannedImage } from './plan.ts';
import type { ImageReport, ImageStatus, Report } from './report.ts';

/** What was asked for, as far as the report needs it. */
export type GatheredNames = Omit<Gathered, 'images'> & {
  /** In the order of the report; of what was found, the plan says the rest. */
  readonly images: readonly (
    Pick<Exclude<Gathered['images'][number], Unresolved>, 'reference'> | Unresolved
  )[];
};

export interface ReportInput {
  readonly command: Report['command'];
  readonly gathered?: GatheredNames;
  readonly plan?: Plan;
  readonly copied?: CopyResult;
  readonly dryRun: boolean;
  readonly warnings: readonly Warning[];
  /** What failed as a whole, not for one image. */
  readonly failures: readonly Failure[];
  readonly durationMs: number;
}

/** Puts together what a scrape did. */
export function makeReport(input: ReportInput): Report {
  const { command, gathered, plan, copied, dryRun, warnings, failures, durationMs } = input;
  const asked = gathered?.images ?? [];
  const unresolved = asked.filter(image => 'errors' in image);
  // the plan has those that were resolved, in the same order
  const planned = [...(plan?.images ?? [])];
  const images = asked.flatMap(image => {
    if ('errors' in image) return reportUnresolved(image);
    const next = planned.shift();
    return next ? reportImage(next, dryRun, copied) : [];
  });
  const thrown = new Set<ScraperError>([
    ...unresolved.flatMap(({ errors }) => errors),
    ...(copied?.failed.values() ?? []),
  ]);
  if (copied?.stopped) thrown.add(copied.stopped);
  const errors = [...failures, ...[...thrown].map(toFailure)];
  const { totals } = plan ?? {};
  return {
    schemaVersion: 1,
    command,
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
      baseBytes: totals?.baseBytes ?? 0,
      linkedBytes: copied?.linkedBytes ?? 0,
      scannedManifests: gathered?.scannedManifests ?? 0,
      durationMs,
    },
    ...(copied?.archive && { archive: copied.archive }),
    warnings,
    errors,
  };
}

function reportImage(image: PlannedImage, dryRun: boolean, copied: CopyResult | undefined): ImageReport {
  const { requested, repository, tag, digest, mediaType, platforms, bytes, sharedBytes, baseBytes } = image;
  const { name: outputRepository, reasons, leftPlatforms, leftBytes, referrers } = image;
  const error = copied?.failed.get(image);
  const untouched: ImageStatus = dryRun && image.present ? 'present' : 'planned';
  const status: ImageStatus = error ? 'failed' : (copied?.done.get(image) ?? untouched);
  return {
    ...{
      requested,
      repository,
      outputRepository,
      tag,
      digest,
      mediaType,
      platforms,
      leftPlatforms,
      leftBytes,
    },
    ...{ referrers, reasons, status, bytes, sharedBytes, baseBytes },
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
    ...{ outputRepository: reference.repository, platforms: [], leftPlatforms: [], leftBytes: 0 },
    ...{ referrers: [], reasons: [] },
    status: 'failed',
    bytes: 0,
    sharedBytes: 0,
    baseBytes: 0,
    ...(error && { error: toFailure(error) }),
  };
}
