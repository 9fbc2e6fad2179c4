import { isScraperError, ScraperError, type Warning } from '../errors.ts';
import { algorithmOf, isDigest, type Digest } from '../oci/digest.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import type { Entry, FileInfo, StorageDriver } from '../storage/driver.ts';
import { areaCheck, fileInPlace } from './areas.ts';
import { quotedLink, withoutBlanks } from './link-text.ts';
import { MAX_LINK_BYTES, parsePath, pathFor, type DigestLinkSpec, type PathSpec } from './layout.ts';

/**
 * A registry's storage, read as repositories, tags, links and blobs. Every method may throw what the driver throws
 * (`ACCESS_DENIED`, `OUTSIDE_ROOT`, `NOT_A_FILE`, `IO_ERROR`); a thing that is not there is `undefined`, not an error, unless a
 * file stands in place of the directory that it would be in (`NOT_A_FILE`).
 */
export interface RegistrySource {
  readonly driver: StorageDriver;
  /** Whether a directory of this name holds manifests or layers (registry 3 looks for the former, registry 2 for the latter). */
  hasRepository(repository: string): Promise<boolean>;
  /**
   * Names of all repositories, which may nest: each before those below it, side by side in the order of their characters.
   * @param under only that path and what is below it; it need not be a repository itself
   * @param unreadable is told of a directory that cannot be read, which is then left out with all below it; thrown if absent
   */
  repositories(under?: string, unreadable?: (error: ScraperError) => void): AsyncIterable<string>;
  /** Names of a repository's tags, in no particular order. Tags whose current link is missing are among them, as in `tags/list`. */
  tags(repository: string): AsyncIterable<string>;
  /** When the tag was last pushed, milliseconds since the epoch. */
  taggedAt(repository: string, tag: string): Promise<number | undefined>;
  /** Whether the tag's directory is there, with or without a current link. */
  hasTagDirectory(repository: string, tag: string): Promise<boolean>;
  /** Digest the tag points to. Throws `LINK_INVALID`. */
  tagTarget(repository: string, tag: string): Promise<Digest | undefined>;
  /**
   * Digest that a link named after a digest points to: the same one, or the canonical one where the content was pushed by
   * another algorithm (distribution, linkedblobstore.go `linkBlob`). Throws `LINK_INVALID`.
   */
  linkTarget(spec: DigestLinkSpec): Promise<Digest | undefined>;
  /** Digests of all manifests linked in a repository, in no particular order; deleted ones leave directories that do not count. */
  revisions(repository: string): AsyncIterable<Digest>;
  /** Digests named below a schema1 revision's `signatures` directory. */
  signatures(repository: string, revision: Digest): Promise<readonly Digest[]>;
  /** Size of a blob in bytes. */
  blobSize(digest: Digest): Promise<number | undefined>;
  /** A whole blob, not yet proved, that is small enough to be a manifest. Throws `SIZE_INVALID` when it is larger, `PATH_UNKNOWN`. */
  readBlob(digest: Digest): Promise<Uint8Array>;
  /** Whether a GitLab database, and not this storage, decides what the registry holds. */
  databaseInUse(): Promise<boolean>;
}

/** @param warn is told of links that a registry would refuse although their meaning is clear */
export function registrySource(driver: StorageDriver, warn: (warning: Warning) => void): RegistrySource {
  const checkArea = areaCheck(driver);

  async function readShort(path: string): Promise<Uint8Array> {
    try {
      return await driver.read(path, MAX_LINK_BYTES);
    } catch (error) {
      if (!isScraperError(error, 'SIZE_INVALID')) throw error;
      throw invalidLink(driver, path, `a file of more than ${String(MAX_LINK_BYTES)} bytes`);
    }
  }

  async function readLink(spec: PathSpec): Promise<Digest | undefined> {
    const path = pathFor(spec);
    const bytes = await orUndefined(readShort(path), 'PATH_UNKNOWN');
    if (bytes === undefined) return undefined;
    const text = Buffer.from(bytes).toString('utf8');
    const trimmed = withoutBlanks(text);
    if (!isDigest(trimmed))
      throw invalidLink(driver, path, trimmed === '' ? 'an empty file' : quotedLink(trimmed));
    if (trimmed !== text) {
      warn({
        code: 'LINK_NEWLINE',
        message:
          'a link holds white space around its digest; the source registry answers 500 for it, the copy is written without',
        path: driver.describe(path),
      });
    }
    return trimmed;
  }

  async function kindOf(spec: PathSpec): Promise<FileInfo['kind'] | undefined> {
    return (await orUndefined(driver.stat(pathFor(spec)), 'PATH_UNKNOWN'))?.kind;
  }

  async function* entries(path: string): AsyncGenerator<Entry> {
    try {
      yield* driver.list(path);
    } catch (error) {
      if (!isScraperError(error, 'PATH_UNKNOWN')) throw error;
    }
  }

  async function* directories(path: string): AsyncGenerator<string> {
    for await (const entry of entries(path)) if (entry.kind === 'directory') yield entry.name;
  }

  /** The same of a repository's own directory. Throws `NOT_A_FILE` where a file stands in its place. */
  async function* directoriesIn(repository: string, area: 'tags' | 'revisions'): AsyncGenerator<string> {
    let empty = true;
    for await (const name of directories(pathFor({ kind: area, repository }))) {
      empty = false;
      yield name;
    }
    if (empty) await checkArea(repository, area);
  }

  return {
    driver,
    async hasRepository(repository) {
      const manifests = await kindOf({ kind: 'manifests', repository });
      if (manifests === 'directory' || (await kindOf({ kind: 'layers', repository })) === 'directory')
        return true;
      if (manifests === 'file') throw fileInPlace(driver, pathFor({ kind: 'manifests', repository }));
      return false;
    },
    async *repositories(under, unreadable) {
      const start: PathSpec =
        under === undefined ? { kind: 'repositories' } : { kind: 'repository', repository: under };
      const pending = [pathFor(start)];
      for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
        let holdsContent = false;
        const below: string[] = [];
        try {
          for await (const { name, kind } of entries(path)) {
            if (kind === 'other') continue;
            const spec = parsePath(`${path}/${name}`);
            // whoever looks into a file in place of a directory is told of it
            if (spec?.kind === 'manifests' || spec?.kind === 'layers') holdsContent = true;
            else if (spec?.kind === 'repository' && kind === 'directory') below.push(name);
          }
        } catch (error) {
          if (!unreadable || !isScraperError(error)) throw error;
          unreadable(error);
        }
        const spec = parsePath(path);
        if (holdsContent && spec?.kind === 'repository') yield spec.repository;
        for (const name of below.sort().reverse()) pending.push(`${path}/${name}`);
      }
    },
    async *tags(repository) {
      const path = pathFor({ kind: 'tags', repository });
      for await (const name of directoriesIn(repository, 'tags'))
        if (parsePath(`${path}/${name}`)?.kind === 'tag') yield name;
    },
    async taggedAt(repository, tag) {
      const link = pathFor({ kind: 'tagLink', repository, tag });
      const info = await orUndefined(driver.stat(link), 'PATH_UNKNOWN');
      if (!info) await checkArea(repository, 'tags');
      return info?.modified;
    },
    async hasTagDirectory(repository, tag) {
      const found = (await kindOf({ kind: 'tag', repository, tag })) === 'directory';
      if (!found) await checkArea(repository, 'tags');
      return found;
    },
    async tagTarget(repository, tag) {
      const target = await readLink({ kind: 'tagLink', repository, tag });
      if (target === undefined) await checkArea(repository, 'tags');
      return target;
    },
    async linkTarget(spec) {
      const target = await readLink(spec);
      if (target === undefined && spec.kind !== 'signatureLink')
        await checkArea(spec.repository, spec.kind === 'layerLink' ? 'layers' : 'revisions');
      // of hundreds of thousands of links each digest need not be in memory twice
      if (target === spec.digest) return spec.digest;
      const misleading = target !== undefined && algorithmOf(target) === algorithmOf(spec.digest);
      if (misleading) throw invalidLink(driver, pathFor(spec), target, spec.digest);
      return target;
    },
    async *revisions(repository) {
      const root = pathFor({ kind: 'revisions', repository });
      for await (const algorithm of directoriesIn(repository, 'revisions')) {
        for await (const encoded of directories(`${root}/${algorithm}`)) {
          const spec = parsePath(`${root}/${algorithm}/${encoded}/link`);
          if (spec?.kind === 'revisionLink' && (await kindOf(spec)) === 'file') yield spec.digest;
        }
      }
    },
    async signatures(repository, revision) {
      const root = pathFor({ kind: 'signatures', repository, digest: revision });
      const found: Digest[] = [];
      for await (const algorithm of directories(root)) {
        for await (const encoded of directories(`${root}/${algorithm}`)) {
          const spec = parsePath(`${root}/${algorithm}/${encoded}/link`);
          if (spec?.kind === 'signatureLink') found.push(spec.digest);
        }
      }
      return found.sort();
    },
    async blobSize(digest) {
      const path = pathFor({ kind: 'blob', digest });
      const info = await orUndefined(driver.stat(path), 'PATH_UNKNOWN');
      if (info?.kind !== 'directory') return info?.size;
      throw new ScraperError('NOT_A_FILE', `blob ${digest} is a directory, expected a file`, {
        digest,
        path: driver.describe(path),
        hint: 'a registry writes plain files only: look at what put it there, or push the image again',
      });
    },
    readBlob: digest => driver.read(pathFor({ kind: 'blob', digest }), MAX_MANIFEST_BYTES),
    databaseInUse: async () => (await kindOf({ kind: 'databaseInUse' })) === 'file',
  };
}

function invalidLink(
  driver: StorageDriver,
  path: string,
  found: string,
  expected = 'a digest such as sha256:<64 hex digits>',
): ScraperError {
  return new ScraperError('LINK_INVALID', `link is damaged: expected ${expected}, found ${found}`, {
    path: driver.describe(path),
    hint: 'the source registry cannot serve this image either: push it again',
  });
}

/** Turns errors with one of these codes into `undefined`. */
async function orUndefined<T>(promise: Promise<T>, code: 'PATH_UNKNOWN'): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isScraperError(error, code)) return undefined;
    throw error;
  }
}
