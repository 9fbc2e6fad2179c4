import type { Digest } from '../oci/digest.ts';
import { parsePath, pathFor, type PathSpec } from '../registry/layout.ts';
import { aliased, emptyDirectoriesOf, entriesOf } from './links.ts';
import {
  MANIFEST_PATH,
  SIGNATURE_PATH,
  type BundleManifest,
  type BundleRepository,
  type ShippedBlob,
} from './manifest.ts';

/** What a manifest says of a path. */
export type AnnouncedEntry =
  | { readonly kind: 'manifest' }
  | { readonly kind: 'signature' }
  | { readonly kind: 'blob'; readonly blob: ShippedBlob }
  | { readonly kind: 'link'; readonly target: Digest }
  /** A directory that must be there although no file makes it. */
  | { readonly kind: 'directory' };

/** An entry and its place in the archive's order, counted from 0. */
export type Numbered = AnnouncedEntry & { readonly number: number };

/** A repository's links, each with its number. */
export interface NumberedRepository {
  readonly repository: BundleRepository;
  readonly layers: ReadonlyMap<Digest, number>;
  readonly revisions: ReadonlyMap<Digest, number>;
  /** By revision and digest. */
  readonly signatures: ReadonlyMap<string, number>;
  /** Number of the current link; the history link has the next one. */
  readonly tags: ReadonlyMap<string, number>;
  readonly directories: ReadonlyMap<string, number>;
}

/** All that an archive holds, to be looked up by path without keeping any paths. */
export interface NumberedEntries {
  readonly count: number;
  readonly repositories: ReadonlyMap<string, NumberedRepository>;
  find(path: string): Numbered | undefined;
}

/** Numbers all that a manifest announces, in the order of {@link pathsOf}. */
export function numberedEntries(manifest: BundleManifest): NumberedEntries {
  let count = 2;
  const next = (): number => count++;
  const positions = new Map(manifest.blobs.map((blob, position) => [blob.digest, position]));
  const first = count;
  count += positions.size;
  const repositories = numberRepositories(manifest.repositories, next);
  return {
    count,
    repositories,
    find(path) {
      if (path === MANIFEST_PATH) return { kind: 'manifest', number: 0 };
      if (path === SIGNATURE_PATH) return { kind: 'signature', number: 1 };
      const spec = parsePath(path);
      if (!spec) return undefined;
      if (spec.kind === 'blob') {
        const position = positions.get(spec.digest);
        const blob = position === undefined ? undefined : manifest.blobs[position];
        return position === undefined || !blob ? undefined : { kind: 'blob', blob, number: first + position };
      }
      const found = 'repository' in spec ? repositories.get(spec.repository) : undefined;
      return found && findIn(found, spec, path);
    },
  };
}

/** Paths of all that a manifest announces, the signature among them, in the order of an archive. */
export function* pathsOf({ blobs, repositories }: BundleManifest): Generator<string> {
  yield MANIFEST_PATH;
  yield SIGNATURE_PATH;
  for (const { digest } of blobs) yield pathFor({ kind: 'blob', digest });
  for (const { path } of entriesOf(repositories)) yield path;
}

function numberRepositories(
  repositories: readonly BundleRepository[],
  next: () => number,
): ReadonlyMap<string, NumberedRepository> {
  const numbered = repositories.map(repository => ({
    repository,
    layers: new Map<Digest, number>(),
    signatures: new Map<string, number>(),
    revisions: new Map<Digest, number>(),
    directories: new Map<string, number>(),
    tags: new Map<string, number>(),
  }));
  for (const { repository, layers, signatures } of numbered) {
    for (const digest of repository.layers) layers.set(digest, next());
    for (const [revision, digests] of Object.entries(repository.signatures ?? {}))
      for (const digest of digests) signatures.set(`${revision} ${digest}`, next());
  }
  for (const { repository, revisions } of numbered)
    for (const digest of repository.revisions) revisions.set(digest, next());
  for (const { repository, directories } of numbered)
    for (const path of emptyDirectoriesOf(repository)) directories.set(path, next());
  for (const { repository, tags } of numbered) {
    for (const tag of Object.keys(repository.tags)) {
      tags.set(tag, next());
      next();
    }
  }
  return new Map(numbered.map(one => [one.repository.name, one]));
}

function findIn(found: NumberedRepository, spec: PathSpec, path: string): Numbered | undefined {
  const { tags, aliases } = found.repository;
  const link = (number: number | undefined, target: Digest | undefined): Numbered | undefined =>
    number === undefined || target === undefined ? undefined : { kind: 'link', target, number };
  switch (spec.kind) {
    case 'layerLink':
      return link(found.layers.get(spec.digest), aliased(aliases, spec.digest));
    case 'revisionLink':
      return link(found.revisions.get(spec.digest), aliased(aliases, spec.digest));
    case 'signatureLink':
      return link(found.signatures.get(`${spec.revision} ${spec.digest}`), aliased(aliases, spec.digest));
    case 'tagLink':
      return link(found.tags.get(spec.tag), tags[spec.tag]);
    case 'tagHistoryLink': {
      const current = found.tags.get(spec.tag);
      const target = current === undefined ? undefined : tags[spec.tag];
      return current === undefined || target !== spec.digest ? undefined : link(current + 1, target);
    }
    default: {
      const number = found.directories.get(path);
      return number === undefined ? undefined : { kind: 'directory', number };
    }
  }
}
