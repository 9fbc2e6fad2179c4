/**
 * The storage layout of a registry, both ways: the only file that knows how its paths are built. Source: distribution,
 * registry/storage/paths.go, which builds the same paths but parses them in several other places.
 *
 *     docker/registry/v2/
 *       blobs/<algorithm>/<first two hex digits>/<hex>/data
 *       repositories/<name>/
 *         _layers/<algorithm>/<hex>/link
 *         _manifests/revisions/<algorithm>/<hex>/link
 *         _manifests/revisions/<algorithm>/<hex>/signatures/<algorithm>/<hex>/link     schema1, before registry 2.5
 *         _manifests/tags/<tag>/current/link
 *         _manifests/tags/<tag>/index/<algorithm>/<hex>/link                           every revision the tag ever had
 *         _uploads/
 *
 * All paths are relative to the registry's root directory, with `/`.
 */
import { algorithmOf, encodedOf, isDigest, type Digest } from '../oci/digest.ts';
import { isRepository, isTag } from '../oci/reference.ts';

/** What stands between the root directory and everything else; fixed in registry 2 and 3. */
export const STORAGE_ROOT = 'docker/registry/v2';

export type PathSpec =
  | { readonly kind: 'blobs' }
  | { readonly kind: 'blob'; readonly digest: Digest }
  | { readonly kind: 'repositories' }
  | {
      readonly kind: 'repository' | 'layers' | 'manifests' | 'revisions' | 'tags' | 'uploads';
      readonly repository: string;
    }
  | { readonly kind: 'revision' | 'signatures'; readonly repository: string; readonly digest: Digest }
  | LinkSpec
  | { readonly kind: 'tag'; readonly repository: string; readonly tag: string }
  /** GitLab: while this file exists, a database and not the storage says which tags and manifests there are. */
  | { readonly kind: 'databaseInUse' };

/** A link that is named after a digest; what it holds may be another digest of the same content. */
export type DigestLinkSpec =
  | { readonly kind: 'layerLink' | 'revisionLink'; readonly repository: string; readonly digest: Digest }
  | {
      readonly kind: 'signatureLink';
      readonly repository: string;
      readonly revision: Digest;
      readonly digest: Digest;
    };

/** A file that holds a digest. */
export type LinkSpec =
  | DigestLinkSpec
  | { readonly kind: 'tagLink'; readonly repository: string; readonly tag: string }
  | {
      readonly kind: 'tagHistoryLink';
      readonly repository: string;
      readonly tag: string;
      readonly digest: Digest;
    };

/** Longest content of a link that can make sense: `sha512:` and 128 digits, with some room for stray white space. */
export const MAX_LINK_BYTES = 256;

/** Directories below a repository that are no repositories themselves begin with this. */
const RESERVED = '_';

const digestPath = (digest: Digest): string => `${algorithmOf(digest)}/${encodedOf(digest)}`;

/**
 * Joins into one piece of text. What templates make is a tree of pieces to V8, of half again the size, and there may be
 * hundreds of thousands of paths in memory.
 */
const flat = (...components: readonly string[]): string => components.join('/');

/** Path of one thing in the storage. */
export function pathFor(spec: PathSpec): string {
  switch (spec.kind) {
    case 'blobs':
    case 'repositories':
      return `${STORAGE_ROOT}/${spec.kind}`;
    case 'blob': {
      const encoded = encodedOf(spec.digest);
      return flat(STORAGE_ROOT, 'blobs', algorithmOf(spec.digest), encoded.slice(0, 2), encoded, 'data');
    }
    case 'databaseInUse':
      return 'docker/registry/lockfiles/database-in-use';
    default:
      return flat(STORAGE_ROOT, 'repositories', spec.repository + belowRepository(spec));
  }
}

type RepositorySpec = Extract<PathSpec, { readonly repository: string }>;

function belowRepository(spec: RepositorySpec): string {
  switch (spec.kind) {
    case 'repository':
      return '';
    case 'layers':
    case 'manifests':
    case 'uploads':
      return `/_${spec.kind}`;
    case 'revisions':
    case 'tags':
      return `/_manifests/${spec.kind}`;
    case 'layerLink':
      return `/_layers/${digestPath(spec.digest)}/link`;
    case 'revision':
      return `/_manifests/revisions/${digestPath(spec.digest)}`;
    case 'revisionLink':
      return `/_manifests/revisions/${digestPath(spec.digest)}/link`;
    case 'signatures':
      return `/_manifests/revisions/${digestPath(spec.digest)}/signatures`;
    case 'signatureLink':
      return `/_manifests/revisions/${digestPath(spec.revision)}/signatures/${digestPath(spec.digest)}/link`;
    case 'tag':
      return `/_manifests/tags/${spec.tag}`;
    case 'tagLink':
      return `/_manifests/tags/${spec.tag}/current/link`;
    case 'tagHistoryLink':
      return `/_manifests/tags/${spec.tag}/index/${digestPath(spec.digest)}/link`;
  }
}

/**
 * The inverse of {@link pathFor}: what stands at a path. Undefined for everything a registry ignores (uploads, temporary
 * files, names that are no repository, tag or digest of a registered algorithm).
 */
export function parsePath(path: string): PathSpec | undefined {
  if (path === pathFor({ kind: 'databaseInUse' })) return { kind: 'databaseInUse' };
  if (!path.startsWith(`${STORAGE_ROOT}/`)) return undefined;
  const [section, ...rest] = path.slice(STORAGE_ROOT.length + 1).split('/');
  if (section === 'blobs') return rest.length === 0 ? { kind: 'blobs' } : parseBlob(rest);
  if (section !== 'repositories') return undefined;
  if (rest.length === 0) return { kind: 'repositories' };
  const reserved = rest.findIndex(component => component.startsWith(RESERVED));
  const repository = (reserved === -1 ? rest : rest.slice(0, reserved)).join('/');
  if (!isRepository(repository)) return undefined;
  if (reserved === -1) return { kind: 'repository', repository };
  return parseReserved(repository, rest.slice(reserved));
}

function parseBlob(parts: readonly string[]): PathSpec | undefined {
  const [algorithm, prefix, encoded, data] = parts;
  const digest = parseDigestPath([algorithm, encoded]);
  const sound =
    parts.length === 4 && data === 'data' && digest !== undefined && encoded?.slice(0, 2) === prefix;
  return sound ? { kind: 'blob', digest } : undefined;
}

function parseDigestPath(parts: readonly (string | undefined)[]): Digest | undefined {
  const text = `${parts[0] ?? ''}:${parts[1] ?? ''}`;
  return isDigest(text) ? text : undefined;
}

function parseReserved(repository: string, parts: readonly string[]): PathSpec | undefined {
  const [area, ...rest] = parts;
  if (area === '_uploads') return rest.length === 0 ? { kind: 'uploads', repository } : undefined;
  if (area === '_layers') {
    if (rest.length === 0) return { kind: 'layers', repository };
    const digest = parseDigestPath(rest);
    return digest && rest.length === 3 && rest[2] === 'link'
      ? { kind: 'layerLink', repository, digest }
      : undefined;
  }
  if (area !== '_manifests') return undefined;
  const [kind, ...below] = rest;
  if (kind === undefined) return { kind: 'manifests', repository };
  if (kind === 'revisions') return parseRevision(repository, below);
  return kind === 'tags' ? parseTag(repository, below) : undefined;
}

function parseRevision(repository: string, parts: readonly string[]): PathSpec | undefined {
  if (parts.length === 0) return { kind: 'revisions', repository };
  const revision = parseDigestPath(parts);
  if (!revision) return undefined;
  if (parts.length === 2) return { kind: 'revision', repository, digest: revision };
  if (parts.length === 3 && parts[2] === 'link')
    return { kind: 'revisionLink', repository, digest: revision };
  if (parts[2] !== 'signatures') return undefined;
  if (parts.length === 3) return { kind: 'signatures', repository, digest: revision };
  const digest = parseDigestPath(parts.slice(3));
  const sound = digest && parts.length === 6 && parts[5] === 'link';
  return sound ? { kind: 'signatureLink', repository, revision, digest } : undefined;
}

function parseTag(repository: string, parts: readonly string[]): PathSpec | undefined {
  if (parts.length === 0) return { kind: 'tags', repository };
  const [tag = '', part, ...rest] = parts;
  if (!isTag(tag)) return undefined;
  if (part === undefined) return { kind: 'tag', repository, tag };
  if (part === 'current')
    return rest.length === 1 && rest[0] === 'link' ? { kind: 'tagLink', repository, tag } : undefined;
  if (part !== 'index' || rest.length !== 3 || rest[2] !== 'link') return undefined;
  const digest = parseDigestPath(rest);
  return digest && { kind: 'tagHistoryLink', repository, tag, digest };
}
