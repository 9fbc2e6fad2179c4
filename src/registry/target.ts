import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isScraperError, ScraperError } from '../errors.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { errnoOf, ioFailure, orFailure } from '../storage/errno.ts';
import { filesystemDriver } from '../storage/filesystem.ts';
import { rootAbove } from './containment.ts';
import { pathFor, STORAGE_ROOT } from './layout.ts';
import { openDataDir, type DataDir } from './locate.ts';

/** A registry on this machine that is to be written into: there already, or beginning in an empty directory. */
export interface Target {
  readonly driver: StorageDriver;
  /** The root directory, with symbolic links resolved: below it everything stands under the names of the layout. */
  readonly root: string;
}

/** What a file system puts into its own root directory; an empty disk is an empty directory. */
const FILE_SYSTEMS_OWN = 'lost+found';
const STEPS = STORAGE_ROOT.split('/');

/**
 * Finds the registry to write into. An empty directory becomes one, because that is what a new site has.
 * @param path as the operator gave it: a root directory, or one of those down to `docker/registry/v2`
 * @param isScratch whether a name in an otherwise empty directory is that of a run that was cut short
 * @throws ScraperError `DATA_DIR_UNKNOWN` (no such directory), `NOT_A_REGISTRY` (something else is in it), `OUTPUT_INVALID` (a
 *   registry that cannot be written into by the names of the layout), `ACCESS_DENIED`, `IO_ERROR`
 */
export async function openTarget(path: string, isScratch: (name: string) => boolean): Promise<Target> {
  try {
    return await placed(path, await openDataDir(path));
  } catch (error) {
    if (isScraperError(error, 'DATA_DIR_UNKNOWN')) throw await withHint(error, path);
    if (!isScraperError(error, 'NOT_A_REGISTRY')) throw error;
    if (await isBlank(path, STEPS, name => name === FILE_SYSTEMS_OWN || isScratch(name))) return begin(path);
    const hint = `apply writes into a registry or an empty directory; ${error.details.hint ?? ''}`;
    throw new ScraperError(error.code, error.message, { ...error.details, hint });
  }
}

/**
 * Files get their names by a rename, and no symbolic link on the way to them is followed: all of the storage has to be below
 * its root directory, in one file system.
 */
async function placed(path: string, { driver, storage }: DataDir): Promise<Target> {
  const refuse = (why: string, hint: string): ScraperError =>
    new ScraperError('OUTPUT_INVALID', `cannot write into the registry in ${path}: ${why}`, { path, hint });
  const root = rootOf(storage);
  if (root === undefined) {
    throw refuse(
      `its storage is in ${storage}, which is not called ${STORAGE_ROOT}`,
      `a registry finds its storage by that name: move it there, and name the directory that holds it`,
    );
  }
  const device = await deviceOf(root);
  const below = (['blobs', 'repositories'] as const).map(kind => join(root, pathFor({ kind })));
  for (const place of [storage, ...below]) {
    const found = await deviceOf(place);
    if (found === undefined || found === device) continue;
    throw refuse(
      `${place} is on another file system than ${root}`,
      `files are made in ${root} and then renamed: mount the disk there, not below it`,
    );
  }
  return { driver, root };
}

/** Three steps above the storage, if those are called as they should be. */
function rootOf(storage: string): string | undefined {
  let place = storage;
  for (const step of STEPS.toReversed()) {
    if (basename(place) !== step) return undefined;
    place = dirname(place);
  }
  return place;
}

async function begin(path: string): Promise<Target> {
  const root = await orFailure(realpath(path), path, 'read');
  const inside = await rootAbove(root);
  if (inside === undefined) return { driver: filesystemDriver({ root }), root };
  throw new ScraperError(
    'OUTPUT_INVALID',
    `cannot begin a registry in ${path}: it is a directory inside a registry's storage`,
    { path, hint: `name the root directory instead${inside === '' ? '' : `: ${inside}`}` },
  );
}

/** Whether a directory holds nothing but, at most, a part of the way to the storage: as far as a run came that was cut short. */
async function isBlank(
  place: string,
  [step, ...steps]: readonly string[],
  mayBe: (name: string) => boolean,
): Promise<boolean> {
  const names = (await namesIn(place)).filter(name => !mayBe(name));
  if (names.length === 0) return true;
  if (step === undefined || names.length > 1 || names[0] !== step) return false;
  return isBlank(join(place, step), steps, () => false);
}

async function namesIn(place: string): Promise<readonly string[]> {
  try {
    return await readdir(place);
  } catch (error) {
    // a file in the way: it is something, and that is all that counts here
    if (errnoOf(error) === 'ENOTDIR') return [''];
    throw ioFailure(error, place, 'read');
  }
}

/** Number of the file system that something is on; undefined where nothing is. */
async function deviceOf(place: string): Promise<number | undefined> {
  try {
    return (await stat(place)).dev;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw ioFailure(error, place, 'read');
  }
}

async function withHint(error: ScraperError, path: string): Promise<ScraperError> {
  const there = await deviceOf(path).catch(() => undefined);
  const hint =
    there === undefined
      ? `name the registry's root directory with --data-dir, or make it, to begin a new one: mkdir -p ${path}`
      : 'name the root directory of a registry, or an empty directory, with --data-dir';
  return new ScraperError(error.code, error.message, { ...error.details, hint });
}
