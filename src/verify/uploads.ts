import { isScraperError } from '../errors.ts';
import { entriesOf } from './entries.ts';
import { infoOf, reportForeign } from './foreign.ts';
import { areaPath, type RepositoryState } from './repository.ts';
import type { Verification } from './verification.ts';

/** Milliseconds after which nobody goes on with an upload. */
const ABANDONED = 24 * 3600 * 1000;
/** Before every date. */
const NEVER = -Infinity;
/** A date as the registry writes it, with room to spare. */
const MOST_DATE_BYTES = 100;

/** Reports uploads that broke off. What was begun today may still be under way. */
export async function checkUploads(
  verifying: Verification,
  repository: Pick<RepositoryState, 'name'>,
): Promise<void> {
  const { driver, options, report } = verifying;
  const root = areaPath('uploads', repository);
  for await (const entry of entriesOf(verifying, root)) {
    const path = `${root}/${entry.name}`;
    if (entry.kind !== 'directory') {
      await reportForeign(verifying, path, entry);
      continue;
    }
    const { size, startedAt, modified } = await measure(verifying, path);
    const begun = startedAt ?? modified;
    // it went meanwhile, or why it cannot be looked at was told
    if (begun === NEVER) continue;
    if (options.now - begun < ABANDONED) continue;
    const date = new Date(begun).toISOString().slice(0, 10);
    await report('UPLOAD_ABANDONED', {
      message: `an upload of ${date} was never completed`,
      path: driver.describe(path),
      repository: repository.name,
      size,
    });
  }
}

interface Upload {
  /** Bytes of all its files. */
  readonly size: number;
  /** Milliseconds since the epoch; absent when the upload does not say. */
  readonly startedAt?: number;
  /** When anything of it was last written; {@link NEVER} when nobody can tell. */
  readonly modified: number;
}

async function measure(verifying: Verification, root: string): Promise<Upload> {
  let size = 0;
  let startedAt: number | undefined;
  let modified = NEVER;
  const pending = [root];
  // hash states lie three levels below; what lies deeper is none
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const listing = entriesOf(verifying, path);
    for await (const entry of listing) {
      const below = `${path}/${entry.name}`;
      if (entry.kind === 'directory' && below.split('/').length - root.split('/').length <= 3)
        pending.push(below);
      if (entry.kind !== 'file') continue;
      const info = await infoOf(verifying, below);
      size += info?.size ?? 0;
      modified = Math.max(modified, info?.modified ?? NEVER);
      if (entry.name === 'startedat') startedAt = await readDate(verifying, below);
    }
    // why it cannot be listed was told, which also keeps it from being looked at
    if (!listing.failed) modified = Math.max(modified, (await infoOf(verifying, path))?.modified ?? NEVER);
  }
  return { size, modified, ...(startedAt !== undefined && { startedAt }) };
}

async function readDate({ driver }: Verification, path: string): Promise<number | undefined> {
  try {
    const time = Date.parse(Buffer.from(await driver.read(path, MOST_DATE_BYTES)).toString());
    return Number.isNaN(time) ? undefined : time;
  } catch (error) {
    if (isScraperError(error)) return undefined;
    throw error;
  }
}
