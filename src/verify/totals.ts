import type { FindingKind } from './kinds.ts';

/** How many findings of one kind there are, and the bytes that they take. */
export interface KindTotals {
  readonly count: number;
  readonly bytes: number;
}

/** What was looked at, and what it came to. */
export interface VerifyTotals {
  readonly repositories: number;
  readonly tags: number;
  readonly revisions: number;
  /** All links: of layers, revisions, signatures, tags and their histories. */
  readonly links: number;
  /** Blobs in the storage. */
  readonly blobs: number;
  readonly bytes: number;
  /** Blobs, and their bytes, that were hashed. */
  readonly hashedBlobs: number;
  readonly hashedBytes: number;
  /** Blobs in use that are not in the storage, because they are in what a delta was made against. */
  readonly baseBlobs: number;
  readonly baseBytes: number;
  /** Blobs that no manifest needs; null where not everything could be read, so that nobody can tell. */
  readonly orphans: KindTotals | null;
  /** By kind, only those that there are. */
  readonly findings: Readonly<Partial<Record<FindingKind, KindTotals>>>;
  readonly damaged: number;
  readonly missing: number;
  readonly notices: number;
}

/** The same while it is still growing. */
export type Tally = {
  -readonly [Key in keyof Omit<VerifyTotals, 'findings'>]: VerifyTotals[Key];
} & { findings: Partial<Record<FindingKind, KindTotals>> };

export function emptyTally(): Tally {
  return {
    ...{ repositories: 0, tags: 0, revisions: 0, links: 0, blobs: 0, bytes: 0 },
    ...{ hashedBlobs: 0, hashedBytes: 0, baseBlobs: 0, baseBytes: 0 },
    ...{ orphans: null, findings: {}, damaged: 0, missing: 0, notices: 0 },
  };
}
