import type { Failure, Warning } from './errors.ts';

export type ImageStatus = 'copied' | 'present' | 'planned' | 'failed';

/** One image of the report. `digest`, `mediaType` are null when the reference could not be resolved. */
export interface ImageReport {
  readonly requested: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
  readonly mediaType: string | null;
  readonly platforms: readonly string[];
  /** Name of the repository in the output. */
  readonly outputRepository: string;
  /** Why it was selected. */
  readonly reasons: readonly string[];
  /** Platforms that a filter left out, and how many bytes that saves. */
  readonly leftPlatforms: readonly string[];
  readonly leftBytes: number;
  /** What signs, attests or describes it and is taken along. */
  readonly referrers: readonly ReferrerReport[];
  readonly status: ImageStatus;
  readonly bytes: number;
  readonly sharedBytes: number;
  readonly error?: Failure;
}

export interface ReferrerReport {
  readonly digest: string;
  /** The manifest that it is about. */
  readonly subject: string;
  /** Kind of artifact, or a digest tag's suffix; empty when unknown. */
  readonly artifactType: string;
  /** The digest tag that leads to it; null when only its `subject` does. */
  readonly tag: string | null;
}

export interface ReportTotals {
  readonly images: number;
  readonly manifests: number;
  readonly blobs: number;
  readonly links: number;
  /** Bytes of everything selected, each blob once. */
  readonly bytes: number;
  readonly copiedBytes: number;
  /** Bytes that the output already had. */
  readonly skippedBytes: number;
  readonly linkedBytes: number;
  /** Manifests read only to find out what they are about. */
  readonly scannedManifests: number;
  readonly durationMs: number;
}

/** What a command did: the document that `--json` prints. Names are stable within a `schemaVersion`. */
export interface Report {
  readonly schemaVersion: 1;
  readonly command: 'scrape';
  readonly ok: boolean;
  readonly dryRun: boolean;
  readonly images: readonly ImageReport[];
  readonly totals: ReportTotals;
  readonly warnings: readonly Warning[];
  readonly errors: readonly Failure[];
}
