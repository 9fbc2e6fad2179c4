import type { Failure, Warning } from './errors.ts';

export type ImageStatus = 'copied' | 'present' | 'planned' | 'failed';

/** One image of the report. `digest`, `mediaType` are null when the reference could not be resolved. */
export interface ImageReport {
  /** As given; of what a pattern found, its own name. */
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
  /** The part of `bytes` that is left to the base. */
  readonly baseBytes: number;
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
  /** Bytes that were left out because the other side has them. */
  readonly baseBytes: number;
  readonly linkedBytes: number;
  /** Manifests read only to find out what they are about. */
  readonly scannedManifests: number;
  readonly durationMs: number;
}

/** An archive that was written. */
export interface ArchiveReport {
  /** The archive, or its parts in their order; none on standard output. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
  /** The file with their checksums; null where there is none. */
  readonly sums: string | null;
  /** Bytes of the tar before compression. */
  readonly tarBytes: number;
}

/** What a command did: the document that `--json` prints. Names are stable within a `schemaVersion`. */
export interface Report {
  readonly schemaVersion: 1;
  readonly command: 'scrape' | 'apply';
  readonly ok: boolean;
  readonly dryRun: boolean;
  readonly images: readonly ImageReport[];
  readonly totals: ReportTotals;
  /** Only when the output is an archive, and was written. */
  readonly archive?: ArchiveReport;
  readonly warnings: readonly Warning[];
  readonly errors: readonly Failure[];
}
