import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { bundleContents, type BundleOptions } from '../apply/bundle-contents.ts';
import { checkBase, type Contents } from '../apply/contents.ts';
import { checkSums, sumsFailure } from '../archive/check-sums.ts';
import { decodeManifest } from '../bundle/decode-manifest.ts';
import { MANIFEST_PATH, type BundleBlob } from '../bundle/manifest.ts';
import { ScraperError } from '../errors.ts';
import { databaseInUse } from '../registry/database.ts';
import type { DataDir } from '../registry/locate.ts';
import { registrySource } from '../registry/source.ts';
import { errnoOf, ioFailure } from '../storage/errno.ts';
import { openNamedDirectory } from './named-place.ts';
import { isArchive } from './open-registry.ts';
import { openNamedArchive, readVerifyKey, type NamedArchiveContext } from './named-archive.ts';
import { usageError } from './usage-error.ts';

export type ApplyContext = Omit<BundleOptions, 'archive' | 'checker'>;

/** What is applied. */
export interface ApplySource {
  /** As an operator would name it. */
  readonly name: string;
  /** Set where it is a registry's directory: nothing inside it may be written into. */
  readonly place?: Pick<DataDir, 'root' | 'storage'>;
  /** @throws ScraperError what is wrong with it, or with the target as far as it counts on that */
  open(context: ApplyContext): Promise<Contents>;
  /** Which of its files are damaged, as far as checksums beside them tell. */
  explain(signal: AbortSignal): Promise<ScraperError | undefined>;
  close(): Promise<void>;
}

/**
 * Finds what was named: a directory, an archive, parts of one, or standard input.
 * @param paths absolute; several are parts of one bundle, `-` is standard input
 * @param verifyKey file with the public key that must have signed it
 * @throws ScraperError `USAGE`, `PATH_UNKNOWN`, `PART_MISSING`, `PART_INVALID`, `UNSIGNED`, `KEY_INVALID`, `NOT_A_REGISTRY`, `ACCESS_DENIED`, `IO_ERROR`
 */
export async function openApplySource(
  paths: readonly string[],
  { verifyKey, ...context }: NamedArchiveContext & { readonly verifyKey: string | undefined },
): Promise<ApplySource> {
  const checker = verifyKey === undefined ? undefined : await readVerifyKey(verifyKey);
  const [first = '-'] = paths;
  if (paths.length === 1 && first !== '-' && !(await isArchive(first))) {
    if (checker) throw unsigned(first);
    return openDirectory(first);
  }
  if (paths.length > 1) await refuseDirectories(paths);
  const archive = await openNamedArchive(paths, context);
  return {
    name: archive.name,
    open: context => bundleContents({ ...context, archive, ...(checker && { checker }) }),
    async explain(until) {
      const sums = await checkSums(archive, until);
      return sums && sumsFailure(sums);
    },
    close: () => archive.close(),
  };
}

async function refuseDirectories(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isDirectory()) continue;
    throw usageError(
      `several arguments are parts of one archive, and ${path} is a directory`,
      'apply one directory after the other',
    );
  }
}

async function openDirectory(place: string): Promise<ApplySource> {
  const { driver, root, storage } = await openNamedDirectory(place);
  return {
    name: place,
    place: { root, storage },
    async open({ sink, warn }) {
      if (await registrySource(driver, () => undefined).databaseInUse()) warn(databaseInUse());
      await checkBase(sink, await baseOf(root));
      return { driver };
    },
    explain: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
}

/** What a bundle counts on that was unpacked here. */
async function baseOf(root: string): Promise<readonly BundleBlob[]> {
  const place = path.join(root, MANIFEST_PATH);
  try {
    return decodeManifest(await readFile(place), place).base?.blobs ?? [];
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error instanceof ScraperError ? error : ioFailure(error, place, 'read');
  }
}

function unsigned(place: string): ScraperError {
  return new ScraperError('UNSIGNED', `cannot check a signature of ${place}: it is a directory`, {
    path: place,
    hint: 'apply the archive as it was signed, or leave --verify-key away',
  });
}
