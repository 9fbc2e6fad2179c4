import { pathFor } from '../registry/layout.ts';
import type { Algorithm, Digest } from '../oci/digest.ts';
import { removeFrom } from './breakers.ts';
import { blobOf, type Blob, type Contents, type Descriptor } from './contents.ts';
import { kinds, type Kinds } from './kinds.ts';
import { uuid, type Random } from './random.ts';
import type { Tree } from './tree.ts';

/** How a manifest gets into the repository. */
export interface PushOptions {
  readonly tag?: string;
  /** false: it is made and described, but the repository lacks it and all that is its own. */
  readonly stored?: boolean;
  /** Where its link goes; registry 2.1.0 put it among the layers. */
  readonly linkedIn?: 'revisions' | 'layers';
}

export interface ManifestOptions extends PushOptions {
  /** What an index calls it; if absent, what the body says. */
  readonly mediaType?: string;
}

export interface Manifest extends Blob {
  readonly bytes: Buffer;
  /** How an index refers to it. */
  readonly descriptor: Descriptor;
}

/** Links and directories of one repository, for tests that look at them or damage them. */
export interface RepositoryPaths {
  readonly directory: string;
  /** By which digest a blob is linked: its own (SHA-512 if pushed so) if a blob is given. */
  layerLink(blob: Blob | Digest): string;
  revisionLink(manifest: Blob | Digest): string;
  tagLink(tag: string): string;
  tagHistoryLink(tag: string, manifest: Blob | Digest): string;
}

export interface RepositoryBuilder extends RepositoryPaths, Kinds {
  readonly name: string;
  /** Pushes a blob. With an algorithm other than SHA-256 it gets two links, both of which hold its SHA-256. */
  blob(contents: Contents, algorithm?: Algorithm): Blob;
  /** Pushes these very bytes as a manifest, sound or not: a text, bytes, or anything to be written as JSON. */
  manifest(body: unknown, options?: ManifestOptions): Manifest;
  /** Points a tag at a manifest. What it pointed at before stays in its history. */
  tag(tag: string, manifest: Blob): void;
  /** A tag's directory without its current link. */
  ghostTag(tag: string): void;
  /** What is left when a manifest is deleted by its digest: an empty revision directory, no tags, all blobs and links. */
  deleteManifest(manifest: Blob): void;
  /** A push that broke off after `bytes` bytes. */
  abortedUpload(bytes?: number): void;
  /** A link that a registry 3.1 was writing when it died. */
  litter(link: string): void;
}

export interface Store {
  readonly tree: Tree;
  readonly random: Random;
  readonly store: (blob: Blob) => Blob;
}

export function repositoryBuilder({ tree, random, store }: Store, repository: string): RepositoryBuilder {
  const digestOf = (target: Blob | Digest): Digest => (typeof target === 'string' ? target : target.digest);
  const paths: RepositoryPaths = {
    directory: pathFor({ kind: 'repository', repository }),
    layerLink: target => pathFor({ kind: 'layerLink', repository, digest: digestOf(target) }),
    revisionLink: target => pathFor({ kind: 'revisionLink', repository, digest: digestOf(target) }),
    tagLink: tag => pathFor({ kind: 'tagLink', repository, tag }),
    tagHistoryLink: (tag, target) =>
      pathFor({ kind: 'tagHistoryLink', repository, tag, digest: digestOf(target) }),
  };
  const link = (path: string, target: Digest): void => void tree.set(path, Buffer.from(target));

  function blob(contents: Contents, algorithm?: Algorithm): Blob {
    const made = store(blobOf(random, contents, algorithm));
    link(paths.layerLink(made.stored), made.stored);
    link(paths.layerLink(made), made.stored);
    tree.set(pathFor({ kind: 'uploads', repository }), 'directory');
    return made;
  }

  function manifest(body: unknown, options: ManifestOptions = {}): Manifest {
    const { tag: name, stored = true, linkedIn = 'revisions', mediaType = mediaTypeOf(body) } = options;
    const bytes = Buffer.from(
      typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    );
    const made = blobOf(random, bytes);
    if (stored) {
      store(made);
      link(linkedIn === 'layers' ? paths.layerLink(made) : paths.revisionLink(made), made.stored);
      if (name !== undefined) tag(name, made);
    }
    const descriptor = { mediaType, digest: made.digest, size: made.size };
    return { ...made, bytes, descriptor };
  }

  function tag(name: string, target: Blob): void {
    link(paths.tagHistoryLink(name, target), target.stored);
    link(paths.tagLink(name), target.stored);
  }

  function deleteManifest(target: Blob): void {
    const tags = pathFor({ kind: 'tags', repository });
    for (const [path, entry] of [...tree]) {
      const current =
        path.startsWith(`${tags}/`) && path.endsWith('/current/link') && entry instanceof Uint8Array;
      if (current && Buffer.from(entry).toString() === target.stored)
        removeFrom(tree, path.slice(0, -'/current/link'.length));
    }
    removeFrom(tree, paths.revisionLink(target));
  }

  function abortedUpload(bytes = 1000): void {
    const upload = `${pathFor({ kind: 'uploads', repository })}/${uuid(random)}`;
    tree.set(`${upload}/data`, random.bytes(bytes));
    tree.set(`${upload}/startedat`, Buffer.from('2026-01-02T03:04:05Z'));
    for (const offset of [0, bytes])
      tree.set(`${upload}/hashstates/sha256/${String(offset)}`, random.bytes(108));
  }

  return {
    ...paths,
    ...kinds({ repository, tree, random, blob, manifest }),
    name: repository,
    blob,
    manifest,
    tag,
    deleteManifest,
    abortedUpload,
    ghostTag: name => void tree.set(pathFor({ kind: 'tag', repository, tag: name }), 'directory'),
    litter: path => void tree.set(`${path}.${uuid(random)}.tmp`, random.bytes(20)),
  };
}

function mediaTypeOf(body: unknown): string {
  const named = typeof body === 'object' && body !== null && 'mediaType' in body ? body.mediaType : undefined;
  return typeof named === 'string' ? named : 'application/octet-stream';
}
