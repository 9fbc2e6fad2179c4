import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { STORAGE_ROOT } from '../registry/layout.ts';
import { errnoOf, ioFailure } from '../storage/errno.ts';
import type { Likeness } from '../transfer/job.ts';

/** What may do what with a file, of what may do what with a directory: never execute it. */
const FILE_BITS = 0o666;
/** Permissions proper, and the bit that makes what is below a directory belong to its group. */
const DIRECTORY_BITS = 0o2777;

/**
 * Owner and permissions for what is added to a registry, as its storage has them, so that the registry may read and delete it:
 * those of the innermost directory that is there.
 * @param root the registry's root directory, which must exist
 * @param mayGive whether this process may give files to somebody else
 * @throws ScraperError `ACCESS_DENIED`, `IO_ERROR`, `PATH_UNKNOWN`
 */
export async function likenessOf(root: string, mayGive: boolean): Promise<Likeness> {
  const steps = STORAGE_ROOT.split('/');
  for (let depth = steps.length; ; depth -= 1) {
    const place = join(root, ...steps.slice(0, depth));
    try {
      const { uid, gid, mode } = await stat(place);
      return {
        ...(mayGive && { owner: { uid, gid } }),
        fileMode: mode & FILE_BITS,
        directoryMode: mode & DIRECTORY_BITS,
      };
    } catch (error) {
      if (depth === 0 || errnoOf(error) !== 'ENOENT') throw ioFailure(error, place, 'read');
    }
  }
}
