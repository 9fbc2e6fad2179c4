import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, normalize, posix, resolve } from 'node:path';
import { ScraperError } from '../errors.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { ioFailure, orFailure } from '../storage/errno.ts';
import { filesystemDriver } from '../storage/filesystem.ts';
import { pathFor, STORAGE_ROOT } from './layout.ts';

/** A registry's storage on this machine. */
export interface DataDir {
  readonly driver: StorageDriver;
  /** The registry's root directory, with symbolic links resolved; the directory that was given when its names do not tell. */
  readonly root: string;
  /** Where `docker/registry/v2` really is; not below `root` when a symbolic link leads there. */
  readonly storage: string;
}

/** What stands between a root directory and the storage, step by step, because any of them may be what was given. */
const BELOW_ROOT = STORAGE_ROOT.split('/');
const REGISTRY_PATH = posix.dirname(STORAGE_ROOT);
/** Names of which the storage holds at least one once something was pushed. */
const CONTENTS = (['repositories', 'blobs'] as const).map(kind => posix.basename(pathFor({ kind })));

/**
 * Finds the registry's storage in a directory that is its root directory, or that followed by `docker`, `docker/registry`
 * or `docker/registry/v2`. Any of these may be a symbolic link. A storage without repositories is one, if an empty one.
 * @param path as the operator gave it; so it stands in messages
 * @param option what stands in front of it on the command line, to be told how to name another one; empty for an argument
 * @throws ScraperError `DATA_DIR_UNKNOWN` (no such directory; `PATH_UNKNOWN` for an argument), `NOT_A_REGISTRY`, `ACCESS_DENIED`,
 *   `IO_ERROR`
 */
export async function openDataDir(path: string, option = '--data-dir '): Promise<DataDir> {
  const given = normalize(path === '' ? '.' : path);
  if (!(await isDataDirectory(given, option))) {
    throw new ScraperError('DATA_DIR_UNKNOWN', `data dir ${given} is not a directory`, {
      path: given,
      hint: 'name the root directory of a registry, or an archive of one',
    });
  }
  // the longest way down first: a root directory may well hold something called v2
  for (let depth = 0; depth <= BELOW_ROOT.length; depth += 1) {
    const storage = join(given, ...BELOW_ROOT.slice(depth));
    if (await isStorage(storage)) return open(given, storage, depth);
  }
  throw await notARegistry(given, option);
}

async function open(given: string, storage: string, depth: number): Promise<DataDir> {
  const absolute = resolve(given);
  const above = BELOW_ROOT.slice(0, depth);
  const root = endsWith(absolute, above) ? resolve(absolute, ...above.map(() => '..')) : absolute;
  const registry = dirname(storage);
  const inRegistry = depth < BELOW_ROOT.length || endsWith(absolute, BELOW_ROOT);
  const real = await realOf(storage);
  // a link at its last step leads out of the directory above it, which a driver over that one would refuse to follow
  const whole = inRegistry && real === join(await realOf(registry), posix.basename(STORAGE_ROOT));
  return {
    driver: filesystemDriver(
      whole ? { root: registry, mount: REGISTRY_PATH } : { root: storage, mount: STORAGE_ROOT },
    ),
    root: await realOf(root),
    storage: real,
  };
}

function realOf(place: string): Promise<string> {
  return orFailure(realpath(place), place, 'read');
}

/** @throws ScraperError `DATA_DIR_UNKNOWN`, `PATH_UNKNOWN` when there is nothing */
async function isDataDirectory(place: string, option: string): Promise<boolean> {
  try {
    return (await stat(place)).isDirectory();
  } catch (error) {
    const failure = ioFailure(error, place, 'read');
    if (failure.code !== 'PATH_UNKNOWN') throw failure;
    if (option === '') {
      const message = `there is no file or directory ${place}`;
      throw new ScraperError('PATH_UNKNOWN', message, { path: place, cause: error });
    }
    throw new ScraperError('DATA_DIR_UNKNOWN', `data dir ${place} does not exist`, {
      path: place,
      hint: `name the directory with --data-dir; ${whereRootIs}`,
      cause: error,
    });
  }
}

/** Whether it is what a registry stores in: a directory that is called so, or at least looks so from inside. */
async function isStorage(place: string): Promise<boolean> {
  const names = await namesIn(place);
  if (names === undefined) return false;
  return endsWith(resolve(place), BELOW_ROOT) || CONTENTS.some(name => names.has(name));
}

const whereRootIs =
  "a registry's root directory is what its config.yml calls rootdirectory, or what is mounted at /var/lib/registry in its container";

async function notARegistry(given: string, option: string): Promise<ScraperError> {
  const looked = BELOW_ROOT.map((_, depth) => `${BELOW_ROOT.slice(depth).join('/')}/`).join(', ');
  const message = `no registry in ${given}: looked for ${looked} and for repositories/ in it, found ${await contents(given)}`;
  const near = await nearRegistry(given);
  const hint =
    near === undefined
      ? ((await otherKind(given)) ?? whereRootIs)
      : `a registry is in ${near}: use ${option}${near}`;
  return new ScraperError('NOT_A_REGISTRY', message, { path: given, hint });
}

/** The first few names, for the message. */
async function contents(place: string): Promise<string> {
  const names = [...((await namesIn(place)) ?? [])].sort();
  if (names.length === 0) return 'nothing at all';
  return names.slice(0, 4).join(', ') + (names.length > 4 ? ` and ${String(names.length - 4)} more` : '');
}

/** A registry's root directory above `given`, or directly below it. */
async function nearRegistry(given: string): Promise<string | undefined> {
  for (let above = dirname(resolve(given)); above !== dirname(above); above = dirname(above)) {
    if (await isDirectory(join(above, ...BELOW_ROOT))) return above;
  }
  for (const name of (await namesIn(given)) ?? []) {
    const below = join(given, name);
    if (await isDirectory(join(below, ...BELOW_ROOT))) return below;
  }
  return undefined;
}

/** Other things that people take for a registry's storage. */
async function otherKind(given: string): Promise<string | undefined> {
  const names = (await namesIn(given)) ?? new Set<string>();
  if (names.has('oci-layout')) return 'this is an OCI image layout, not the storage of a registry';
  if (names.has('overlay2') || names.has('buildkit')) {
    return `this looks like the data of the Docker engine, not of a registry; ${whereRootIs}`;
  }
  return undefined;
}

/** What a directory holds, or undefined when there is no such directory. */
async function namesIn(place: string): Promise<Set<string> | undefined> {
  try {
    return new Set(await readdir(place));
  } catch (error) {
    const failure = ioFailure(error, place, 'read');
    if (failure.code === 'PATH_UNKNOWN') return undefined;
    throw failure;
  }
}

/** Only to give better advice: what cannot be looked at is not there. */
async function isDirectory(place: string): Promise<boolean> {
  try {
    return (await stat(place)).isDirectory();
  } catch {
    return false;
  }
}

/** Whether an absolute path ends with these components. */
function endsWith(path: string, components: readonly string[]): boolean {
  const name = components.at(-1);
  return name === undefined || (basename(path) === name && endsWith(dirname(path), components.slice(0, -1)));
}
