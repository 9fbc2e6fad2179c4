import { emptyDigest, isDigest, type Digest } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import type { Entry } from '../storage/driver.ts';
import { marks } from './blob-index.ts';
import { isAlgorithm, LANES } from './digest-directories.ts';
import { entriesOf } from './entries.ts';
import { reportEmpty, reportForeign } from './foreign.ts';
import { inLanes } from './lanes.ts';
import { oddity } from './oddity.ts';
import { addBlob, type Verification } from './verification.ts';

/** Lists all blobs with their sizes, and reports what is odd about their files. */
export async function listBlobs(verifying: Verification): Promise<void> {
  const root = pathFor({ kind: 'blobs' });
  for await (const entry of entriesOf(verifying, root)) {
    const path = `${root}/${entry.name}`;
    if (entry.kind === 'directory' && isAlgorithm(entry.name))
      await inLanes(entriesOf(verifying, path), LANES, below =>
        listPrefix(verifying, path, entry.name, below),
      );
    else await reportForeign(verifying, path, entry, 'data');
  }
}

/** What stands in `blobs/<algorithm>/`: a directory for each first two digits. */
async function listPrefix(
  verifying: Verification,
  parent: string,
  algorithm: string,
  prefix: Entry,
): Promise<void> {
  const path = `${parent}/${prefix.name}`;
  if (prefix.kind !== 'directory' || !/^[0-9a-f]{2}$/.test(prefix.name))
    return reportForeign(verifying, path, prefix, 'data');
  let count = 0;
  const entries = entriesOf(verifying, path);
  for await (const entry of entries) {
    count += 1;
    const directory = `${path}/${entry.name}`;
    const digest = `${algorithm}:${entry.name}`;
    const named = entry.kind === 'directory' && entry.name.startsWith(prefix.name);
    if (named && isDigest(digest)) await listBlob(verifying, directory, digest);
    else await reportForeign(verifying, directory, entry, 'data');
  }
  verifying.options.observer.onBlobs?.(count);
  if (entries.empty) await reportEmpty(verifying, path);
}

async function listBlob(verifying: Verification, directory: string, digest: Digest): Promise<void> {
  const entries = entriesOf(verifying, directory);
  for await (const entry of entries) {
    const path = `${directory}/${entry.name}`;
    if (entry.name === 'data') await takeBlob(verifying, path, digest, entry);
    else await reportForeign(verifying, path, entry, 'data');
  }
  if (entries.empty) await reportEmpty(verifying, directory);
}

async function takeBlob(verifying: Verification, path: string, digest: Digest, entry: Entry): Promise<void> {
  const { driver, blobs } = verifying;
  const row = blobs.add(digest);
  try {
    const { kind, size } = await driver.stat(path);
    addBlob(verifying, row, size);
    if (kind === 'directory') {
      const message = 'the data of a blob was expected, found a directory';
      await verifying.reportBlob(row, 'NOT_A_FILE', { message });
    } else if (size === 0 && digest !== emptyDigest) {
      const message = 'the blob has zero bytes; only the blob of nothing has';
      await verifying.reportBlob(row, 'BLOB_EMPTY', { message, size });
    }
  } catch (error) {
    const odd = oddity(error, entry.kind, 'the data of a blob');
    if (odd === 'gone') return;
    // something stands there, so it is not missing
    addBlob(verifying, row, 0);
    if (odd) return verifying.reportBlob(row, odd.kind, { message: odd.message });
    blobs.mark(row, marks.bad);
    verifying.fail(error);
  }
}
