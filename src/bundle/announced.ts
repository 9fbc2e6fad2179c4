import { ScraperError } from '../errors.ts';
import { algorithms, type Digest } from '../oci/digest.ts';
import { parsePath, STORAGE_ROOT, type PathSpec } from '../registry/layout.ts';
import { SIGNATURE_PATH, type BundleManifest } from './manifest.ts';
import {
  numberedEntries,
  pathsOf,
  type AnnouncedEntry,
  type NumberedEntries,
  type NumberedRepository,
} from './numbered.ts';

/** Checks an archive's entries, as they come, against its manifest. */
export interface Announced {
  /**
   * Looks an entry up and notes that it was met.
   * @param size in bytes
   * @returns `parent` for a directory in which something announced stands: it says nothing, but is met where somebody unpacked
   *   a bundle and packed it again
   * @throws ScraperError `BUNDLE_INVALID` when it is not announced, of another kind or size, or was met before
   */
  take(path: string, kind: 'file' | 'directory', size: number): AnnouncedEntry | { readonly kind: 'parent' };
  /** Paths of what must be there and was not met, in the archive's order. A signature need not be there. */
  missing(): Iterable<string>;
}

/** @param place the archive, as an operator would name it */
export function announced(manifest: BundleManifest, place: string): Announced {
  const entries = numberedEntries(manifest);
  const met = new Uint8Array(entries.count);
  const isParent = parentFinder(entries);

  const refuse = (path: string, why: string): never => {
    throw new ScraperError('BUNDLE_INVALID', `entry ${JSON.stringify(path)} of the archive ${why}`, {
      path: place,
      hint: 'the archive is not what its manifest says; get it anew from where it was made',
    });
  };

  return {
    take(path, kind, size) {
      const entry = entries.find(path);
      if (!entry && kind === 'directory' && isParent(path)) return { kind: 'parent' };
      if (!entry || (entry.kind === 'directory') !== (kind === 'directory'))
        return refuse(path, `is not announced by its manifest as a ${kind}`);
      const expected = sizeOf(entry);
      if (expected !== undefined && expected !== size)
        return refuse(path, `has the wrong size: expected ${String(expected)} bytes, found ${String(size)}`);
      if (met[entry.number] === 1) return refuse(path, 'stands in it twice');
      met[entry.number] = 1;
      return entry;
    },
    *missing() {
      let number = 0;
      for (const path of pathsOf(manifest)) {
        if (met[number] === 0 && path !== SIGNATURE_PATH) yield path;
        number += 1;
      }
    },
  };
}

/**
 * Checks what an announced link holds.
 * @throws ScraperError `BUNDLE_INVALID`
 */
export function checkLink(path: string, target: Digest, content: Uint8Array, place: string): void {
  const found = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
  if (found === target) return;
  const shown = JSON.stringify(found.slice(0, 200));
  throw new ScraperError(
    'BUNDLE_INVALID',
    `link ${JSON.stringify(path)} of the archive is not what its manifest says: expected ${target}, found ${shown}`,
    { path: place, hint: 'the archive was changed or damaged; get it anew from where it was made' },
  );
}

function sizeOf(entry: AnnouncedEntry): number | undefined {
  if (entry.kind === 'blob') return entry.blob.size;
  return entry.kind === 'link' ? entry.target.length : undefined;
}

/** Whether something announced stands below a directory, found out without a list of all directories. */
function parentFinder({ find, repositories }: NumberedEntries): (path: string) => boolean {
  const names = new Set([...repositories.keys()].flatMap(withParents));
  return function isParent(path: string): boolean {
    if (path === STORAGE_ROOT || STORAGE_ROOT.startsWith(`${path}/`)) return true;
    const spec = parsePath(path);
    if (spec?.kind === 'blobs' || spec?.kind === 'repositories') return true;
    if (spec?.kind === 'repository') return names.has(spec.repository);
    if (spec && 'repository' in spec) {
      const found = repositories.get(spec.repository);
      return found !== undefined && isParentIn(found, spec);
    }
    if (['data', 'link'].some(name => find(`${path}/${name}`) !== undefined)) return true;
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const between = algorithms.some(one => one === name) || name === 'index' || /^[0-9a-f]{2}$/.test(name);
    return between && slash !== -1 && isParent(path.slice(0, slash));
  };
}

function isParentIn({ repository, revisions }: NumberedRepository, spec: PathSpec): boolean {
  if (spec.kind === 'revision') return revisions.has(spec.digest);
  if (spec.kind === 'signatures') return Object.hasOwn(repository.signatures ?? {}, spec.digest);
  if (spec.kind === 'tag') return Object.hasOwn(repository.tags, spec.tag);
  return ['layers', 'manifests', 'revisions', 'tags'].includes(spec.kind);
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
function withParents(name: string): readonly string[] {
  const parts = name.split('/');
  return parts.map((_, last) => parts.slice(0, last + 1).join('/'));
}
