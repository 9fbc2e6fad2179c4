import { isScraperError } from '../errors.ts';
import { posix } from 'node:path';
import { pathFor, STORAGE_ROOT } from '../registry/layout.ts';
import { marks, rowsBySize } from './blob-index.ts';
import { listBlobs } from './blobs.ts';
import { entriesOf } from './entries.ts';
import { reportForeign } from './foreign.ts';
import { hashAliases, hashBlobs, rowsToHash } from './hashing.ts';
import { reportBlobs } from './naming.ts';
import type { VerifyOptions } from './options.ts';
import { checkRepositories, isNoDirectory } from './repositories.ts';
import type { VerifyTotals } from './totals.ts';
import { verification, type Verification } from './verification.ts';

/**
 * Verifies a whole registry: every repository, tag, revision, link and blob, as far as a stock registry reads them when it
 * serves, lists and collects garbage. Findings come as they are made; those about blobs come last, because then it is
 * known which images they concern. A million blobs take some 60 MB of memory.
 * @throws the signal's reason, and what ends everything; whatever is wrong with the registry is a finding
 */
export async function verifyRegistry(options: VerifyOptions): Promise<VerifyTotals> {
  const halt = new AbortController();
  const signal = AbortSignal.any([options.signal, halt.signal]);
  const verifying = verification({ ...options, signal });
  const { observer, hash } = options;
  const top = await lookAtTop(verifying);
  if (top.has('blobs')) await listBlobs(verifying);
  const rows = hash === 'all' ? rowsToHash(verifying) : new Uint32Array();
  const bytes = rows.reduce((total, row) => total + verifying.blobs.size(row), 0);
  observer.onListed?.({ blobs: verifying.tally.blobs, bytes });
  await together(
    [
      () => (top.has('repositories') ? checkRepositories(verifying) : Promise.resolve()),
      () => hashBlobs(verifying, rows),
    ],
    halt,
  );
  if (hash === 'all') {
    await hashBlobs(verifying, verifying.late);
    await hashAliases(verifying);
  }
  await settle(verifying);
  await reportBlobs(verifying);
  await reportOrphans(verifying);
  return verifying.tally;
}

type Top = 'blobs' | 'repositories';

/** What stands at the top of the storage. */
async function lookAtTop(verifying: Verification): Promise<ReadonlySet<Top>> {
  const found = new Set<Top>();
  const names: readonly Top[] = ['blobs', 'repositories'];
  for await (const entry of entriesOf(verifying, STORAGE_ROOT)) {
    const path = `${STORAGE_ROOT}/${entry.name}`;
    const name = names.find(kind => posix.basename(pathFor({ kind })) === entry.name);
    if (!name) await reportForeign(verifying, path, entry);
    else if (entry.kind === 'directory') found.add(name);
    else if (await isNoDirectory(verifying, path, entry)) {
      const what = entry.kind === 'file' ? 'a file' : 'something that is neither a file nor a directory';
      const message = `a directory was expected, found ${what}`;
      await verifying.report('NOT_A_FILE', { message, path: verifying.driver.describe(path) });
    } else await reportForeign(verifying, path, entry);
  }
  for (const kind of names) if (!found.has(kind)) await reportIfMissing(verifying, kind);
  if (await isDatabaseInUse(verifying)) {
    const path = verifying.driver.describe(pathFor({ kind: 'databaseInUse' }));
    const message = 'a GitLab database, and not this storage, decides which tags and manifests there are';
    await verifying.report('DATABASE_IN_USE', { message, path });
  }
  return found;
}

/** Garbage collection walks both directories (distribution, garbagecollect.go `MarkAndSweep`), and fails where there is none. */
async function reportIfMissing({ driver, report, fail }: Verification, kind: Top): Promise<void> {
  const place = pathFor({ kind });
  try {
    await driver.stat(place);
  } catch (error) {
    if (isScraperError(error, 'NOT_A_FILE', 'OUTSIDE_ROOT')) return; // that was told of
    if (!isScraperError(error, 'PATH_UNKNOWN')) {
      fail(error);
      return;
    }
    const name = posix.basename(place);
    const message = `there is no directory ${name}, without which garbage-collect fails`;
    await report('DIRECTORY_MISSING', { message, path: driver.describe(place) });
  }
}

async function isDatabaseInUse(verifying: Verification): Promise<boolean> {
  try {
    return await verifying.source.databaseInUse();
  } catch (error) {
    if (!isScraperError(error, 'NOT_A_FILE', 'OUTSIDE_ROOT')) verifying.fail(error);
    return false;
  }
}

/** Does all at once; the first failure stops the others, and is thrown when they have ended. */
async function together(work: readonly (() => Promise<void>)[], halt: AbortController): Promise<void> {
  let first: { readonly error: unknown } | undefined;
  const attempts = work.map(async one => {
    try {
      await one();
    } catch (error) {
      first ??= { error };
      halt.abort(error);
    }
  });
  await Promise.all(attempts);
  if (first) throw first.error;
}

/** What could not be judged before everything was read and hashed. */
async function settle(verifying: Verification): Promise<void> {
  const { blobs, claims, vanished, tally } = verifying;
  for (const [row, size] of claims) {
    const found = blobs.size(row);
    const message = `the blob is what its digest says and has ${String(found)} bytes, but a manifest says ${String(size)}: clients that look at sizes refuse it`;
    await verifying.reportBlob(row, 'BLOB_SIZE_INVALID', { message, size: found });
  }
  for (const row of vanished) {
    if (!blobs.has(row, marks.wanted)) continue;
    const message = 'the blob was removed while the registry was verified';
    await verifying.reportBlob(row, 'BLOB_MISSING', { message });
  }
  for (let row = 0; row < blobs.rows; row += 1) {
    if (blobs.has(row, marks.based) && blobs.has(row, marks.wanted)) {
      tally.baseBlobs += 1;
      tally.baseBytes += blobs.size(row);
    }
    const doomed = blobs.has(row, marks.doomed) && !blobs.has(row, marks.kept);
    if (!doomed || !blobs.has(row, marks.stored)) continue;
    const message =
      'the blob is served, but by a kind of link that garbage-collect does not go by (named by another algorithm than SHA-256, or a manifest that is linked as a layer)';
    await verifying.reportBlob(row, 'GC_DELETES', { message, size: blobs.size(row) });
  }
}

/** Blobs that no manifest needs, unless something that could need them could not be read. */
async function reportOrphans(verifying: Verification): Promise<void> {
  const { blobs, tally, driver, report, incomplete } = verifying;
  if (incomplete) return;
  const used = marks.kept | marks.held | marks.doomed;
  const rows = rowsBySize(blobs, row => blobs.has(row, marks.stored) && !blobs.has(row, used));
  tally.orphans = { count: rows.length, bytes: rows.reduce((sum, row) => sum + blobs.size(row), 0) };
  for (const row of rows) {
    const digest = blobs.digest(row);
    const path = driver.describe(pathFor({ kind: 'blob', digest }));
    await report('BLOB_ORPHAN', {
      message: 'no manifest needs the blob',
      path,
      digest,
      size: blobs.size(row),
    });
  }
}
