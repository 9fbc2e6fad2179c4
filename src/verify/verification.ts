import { isOfSurroundings, isScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import { registrySource, type RegistrySource } from '../registry/source.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { blobIndex, marks, type BlobIndex } from './blob-index.ts';
import { finding, type FindingDetails } from './finding.ts';
import type { FindingKind } from './kinds.ts';
import type { VerifyOptions } from './options.ts';
import { emptyTally, type Tally } from './totals.ts';

/** Findings about blobs wait for the names of the images that they concern; past this number they do not. */
export const MOST_NAMED = 10_000;

/** What the steps of one verification share. */
export interface Verification {
  readonly options: VerifyOptions;
  readonly driver: StorageDriver;
  readonly source: RegistrySource;
  readonly blobs: BlobIndex;
  readonly tally: Tally;
  /** Names of the repositories looked at so far. */
  readonly repositories: string[];
  /** Rows of blobs that turned up after they were listed: a push went on meanwhile. */
  readonly late: number[];
  /** Rows of blobs that were gone when they were to be hashed. */
  readonly vanished: number[];
  /** Links that name a blob by another algorithm's digest, by its row: that has to be true as well. */
  readonly aliases: Map<number, { readonly digest: Digest; readonly path: string }[]>;
  /** What is wrong with blobs, by row, until it is known which images that concerns. */
  readonly unnamed: Map<number, { readonly kind: FindingKind; readonly details: FindingDetails }>;
  /** Sizes that manifests wrongly give, by row. */
  readonly claims: Map<number, number>;
  /** Set when something that names blobs could not be read, so that nobody can tell which ones are in use. */
  incomplete: boolean;
  report(kind: FindingKind, details: FindingDetails): Promise<void>;
  /** Reports something about a blob once, with the images that it concerns if there are not too many such findings. */
  reportBlob(row: number, kind: FindingKind, details: FindingDetails): Promise<void>;
  /** Notes what cannot be read. Throws what ends everything. */
  fail(error: unknown): void;
}

export function verification(options: VerifyOptions): Verification {
  const { driver, onFinding, onError } = options;
  const blobs = blobIndex();
  const tally = emptyTally();

  async function report(kind: FindingKind, details: FindingDetails): Promise<void> {
    const made = finding(kind, details);
    const { count = 0, bytes = 0 } = tally.findings[kind] ?? {};
    tally.findings[kind] = { count: count + 1, bytes: bytes + (details.size ?? 0) };
    if (made.severity === 'damaged') tally.damaged += 1;
    else if (made.severity === 'missing') tally.missing += 1;
    else tally.notices += 1;
    await onFinding(made);
  }

  const verifying: Verification = {
    options,
    driver,
    source: registrySource(driver, () => undefined),
    blobs,
    tally,
    repositories: [],
    late: [],
    vanished: [],
    aliases: new Map(),
    unnamed: new Map(),
    claims: new Map(),
    incomplete: false,
    report,
    async reportBlob(row, kind, details) {
      if (blobs.has(row, marks.bad)) return;
      blobs.mark(row, marks.bad);
      const digest = blobs.digest(row);
      const whole = { path: driver.describe(pathFor({ kind: 'blob', digest })), ...details, digest };
      if (verifying.unnamed.size < MOST_NAMED) verifying.unnamed.set(row, { kind, details: whole });
      else await report(kind, whole);
    },
    fail(error) {
      if (!isScraperError(error) || !isOfSurroundings(error)) throw error;
      onError(error);
    },
  };
  return verifying;
}

/**
 * The row of a blob, which then is marked `stored`, `based` or `absent`. What is not in the list of blobs is looked for
 * once more: it may have been pushed since.
 */
export async function rowOf(verifying: Verification, digest: Digest): Promise<number> {
  const { blobs, options } = verifying;
  const row = blobs.add(digest);
  const known = marks.stored | marks.based | marks.absent;
  if (blobs.has(row, known)) return row;
  const elsewhere = options.base?.(digest);
  if (elsewhere !== undefined) {
    blobs.setSize(row, elsewhere);
    blobs.mark(row, marks.based);
    return row;
  }
  const size = await sizeNow(verifying, digest);
  if (blobs.has(row, known)) return row;
  if (typeof size !== 'number') {
    // of what cannot be looked at nothing is said but that
    blobs.mark(row, size === undefined ? marks.absent : marks.stored | marks.bad);
    return row;
  }
  addBlob(verifying, row, size);
  verifying.late.push(row);
  return row;
}

export function addBlob({ blobs, tally }: Verification, row: number, size: number): void {
  blobs.mark(row, marks.stored);
  blobs.setSize(row, size);
  tally.blobs += 1;
  tally.bytes += size;
}

/** `unknown` when it cannot be looked at. */
async function sizeNow(verifying: Verification, digest: Digest): Promise<number | 'unknown' | undefined> {
  try {
    return await verifying.source.blobSize(digest);
  } catch (error) {
    // what is odd was told of when the blobs were listed, and so was a directory that cannot be read
    if (!isScraperError(error)) throw error;
    if (!verifying.incomplete && !isScraperError(error, 'NOT_A_FILE', 'OUTSIDE_ROOT')) verifying.fail(error);
    return 'unknown';
  }
}

/** Whether a link is there after all; also when nobody can tell, because then it is not missing for certain. */
export async function isPushed(
  verifying: Verification,
  look: () => Promise<Digest | undefined>,
): Promise<boolean> {
  try {
    return (await look()) !== undefined;
  } catch (error) {
    if (!isScraperError(error)) throw error;
    if (isOfSurroundings(error) && !verifying.incomplete) verifying.fail(error);
    return true;
  }
}

/** Whether a blob can be had, from here or from what a delta was made against. */
export function isThere({ blobs }: Verification, row: number): boolean {
  return blobs.has(row, marks.stored | marks.based);
}
