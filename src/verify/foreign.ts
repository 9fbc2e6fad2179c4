import { isScraperError } from '../errors.ts';
import type { Entry, FileInfo } from '../storage/driver.ts';
import { entriesOf } from './entries.ts';
import { readLink } from './links.ts';
import { isCircle, oddity } from './oddity.ts';
import type { Verification } from './verification.ts';

/** How registry 3.1 calls what it has not finished writing: `link.<uuid>.tmp`. */
const TEMPORARY = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Things looked at below one foreign directory. Who put more there knows of it. */
const MOST_ENTRIES = 100_000;

/** Names of files that garbage collection reads wherever they stand: data below blobs, links below revisions. */
export type Trap = 'data' | 'link';

/**
 * Reports something that no registry of this line wrote, or did not finish writing.
 * @param trap what garbage collection stops at in this part of the storage
 */
export async function reportForeign(
  verifying: Verification,
  path: string,
  entry: Entry,
  trap?: Trap,
): Promise<void> {
  const { driver, report } = verifying;
  const described = driver.describe(path);
  if (entry.kind === 'other') return reportOdd(verifying, path);
  if (entry.kind === 'file') {
    if (await isTrapped(verifying, path, entry, trap)) return;
    const size = await sizeOf(verifying, path);
    const temporary = TEMPORARY.test(entry.name);
    const message = temporary ? 'a temporary file was left behind' : 'no registry writes a file of this name';
    return report(temporary ? 'TEMPORARY_FILE' : 'FOREIGN_FILE', { message, path: described, size });
  }
  const found = await weigh(verifying, path, trap);
  if (found.entries === 0) return reportEmpty(verifying, path);
  // a file in it that garbage collection stops at has said enough
  if (found.traps > 0) return;
  const files = found.files === 1 ? '1 file' : `${String(found.files)} files`;
  const message = `no registry makes a directory of this name here; it holds ${files}`;
  await report('FOREIGN_FILE', { message, path: described, size: found.bytes });
}

export function reportEmpty({ driver, report }: Verification, path: string): Promise<void> {
  return report('DIRECTORY_EMPTY', { message: 'a directory is empty', path: driver.describe(path) });
}

async function sizeOf(verifying: Verification, path: string): Promise<number> {
  return (await infoOf(verifying, path))?.size ?? 0;
}

/** Undefined for what is gone or odd, and for what cannot be looked at, which is noted. */
export async function infoOf(verifying: Verification, path: string): Promise<FileInfo | undefined> {
  try {
    return await verifying.driver.stat(path);
  } catch (error) {
    if (!isScraperError(error, 'PATH_UNKNOWN', 'NOT_A_FILE', 'OUTSIDE_ROOT')) verifying.fail(error);
    return undefined;
  }
}

/** A pipe, a device, or a symbolic link that leads out or nowhere, where nothing was expected. */
async function reportOdd(verifying: Verification, path: string): Promise<void> {
  const { driver, report } = verifying;
  const described = driver.describe(path);
  try {
    await driver.stat(path);
  } catch (error) {
    const circle = isScraperError(error, 'PATH_UNKNOWN') && isCircle(error);
    const message = 'a symbolic link leads in a circle, at which a registry fails';
    if (circle) return report('GC_BLOCKED', { message, path: described });
    const odd = oddity(error, 'other', 'nothing');
    if (odd === undefined) verifying.fail(error);
    if (odd === undefined || odd === 'gone') return;
    // what a link out of the storage leads to may well be in use
    if (odd.kind === 'SYMLINK_OUTSIDE') {
      verifying.incomplete = true;
      return report(odd.kind, { message: odd.message, path: described });
    }
    await report('FOREIGN_FILE', { message: odd.message, path: described, size: 0 });
  }
}

/** Reports a file that garbage collection stops at. A sound link in a wrong place is none. */
async function isTrapped(
  verifying: Verification,
  path: string,
  entry: Entry,
  trap: Trap | undefined,
): Promise<boolean> {
  if (entry.name !== trap) return false;
  if (trap === 'link' && (await readLink(verifying, path, entry.kind)).state !== 'bad') return false;
  const expected = trap === 'data' ? "a blob's, but its path is no digest" : 'a link, but it holds no digest';
  const message = `garbage-collect takes this file for ${expected}, and stops`;
  await verifying.report('GC_BLOCKED', { message, path: verifying.driver.describe(path) });
  return true;
}

interface Weight {
  readonly entries: number;
  readonly files: number;
  readonly bytes: number;
  /** Files that garbage collection stops at. */
  readonly traps: number;
}

/** What stands below a foreign directory, however deep. */
async function weigh(verifying: Verification, root: string, trap: Trap | undefined): Promise<Weight> {
  let [entries, files, bytes, traps] = [0, 0, 0, 0];
  const pending = [root];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for await (const entry of entriesOf(verifying, path)) {
      entries += 1;
      if (entries > MOST_ENTRIES) return { entries, files, bytes, traps };
      const below = `${path}/${entry.name}`;
      if (entry.kind === 'directory') pending.push(below);
      if (entry.kind !== 'file') continue;
      files += 1;
      bytes += await sizeOf(verifying, below);
      if (await isTrapped(verifying, below, entry, trap)) traps += 1;
    }
  }
  return { entries, files, bytes, traps };
}
