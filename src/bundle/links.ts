import type { Digest } from '../oci/digest.ts';
import type { PlannedLink } from '../plan.ts';
import { pathFor, type DigestLinkSpec } from '../registry/layout.ts';
import type { BundleRepository } from './manifest.ts';

/** All links of a repository, by what must be there before what. */
export interface RepositoryLinks {
  /** Layers, then the signatures of schema1 revisions. */
  readonly layers: readonly PlannedLink[];
  /** Children before the manifests that name them. */
  readonly revisions: readonly PlannedLink[];
  /** Of each tag its current link and then its history link: a history alone would be a tag that leads nowhere. */
  readonly tags: readonly PlannedLink[];
}

/** The links that a repository of a bundle consists of. */
export function linksOf(repository: BundleRepository): RepositoryLinks {
  const { name, layers, revisions, signatures = {}, aliases = {} } = repository;
  const link = (spec: DigestLinkSpec): PlannedLink => ({ ...spec, target: aliased(aliases, spec.digest) });
  return {
    layers: [
      ...layers.map(digest => link({ kind: 'layerLink', repository: name, digest })),
      ...Object.entries(signatures).flatMap(([revision, digests]) =>
        digests.map(digest =>
          link({ kind: 'signatureLink', repository: name, revision: revision as Digest, digest }),
        ),
      ),
    ],
    revisions: revisions.map(digest => link({ kind: 'revisionLink', repository: name, digest })),
    tags: Object.entries(repository.tags).flatMap(([tag, target]) => [
      { kind: 'tagLink', repository: name, tag, target },
      { kind: 'tagHistoryLink', repository: name, tag, digest: target, target },
    ]),
  };
}

/** The digest that a link named after `digest` holds. */
export function aliased(aliases: BundleRepository['aliases'], digest: Digest): Digest {
  return aliases && Object.hasOwn(aliases, digest) ? (aliases[digest] ?? digest) : digest;
}

/**
 * Directories of a repository that no file makes: a registry lists and collects only repositories with a directory for
 * layers, and a push leaves an empty one for uploads.
 */
export function emptyDirectoriesOf({ name, layers }: BundleRepository): readonly string[] {
  const uploads = pathFor({ kind: 'uploads', repository: name });
  return layers.length > 0 ? [uploads] : [pathFor({ kind: 'layers', repository: name }), uploads];
}

/**
 * What a bundle's repositories consist of besides blobs, in the archive's order: what must be there before a registry may see
 * what needs it comes first, across all repositories. A directory has no target.
 */
export function* entriesOf(
  repositories: readonly BundleRepository[],
): Generator<{ readonly path: string; readonly target?: Digest }> {
  for (const repository of repositories) yield* linksOf(repository).layers.map(placed);
  for (const repository of repositories) yield* linksOf(repository).revisions.map(placed);
  for (const repository of repositories) for (const path of emptyDirectoriesOf(repository)) yield { path };
  for (const repository of repositories) yield* linksOf(repository).tags.map(placed);
}

function placed(link: PlannedLink): { readonly path: string; readonly target: Digest } {
  return { path: pathFor(link), target: link.target };
}

/** What was found of one repository so far. */
interface Draft {
  readonly tags: Map<string, Digest>;
  readonly history: Map<string, Digest>;
  readonly layers: Set<Digest>;
  readonly revisions: Set<Digest>;
  readonly signatures: Map<Digest, Set<Digest>>;
  readonly aliases: Map<Digest, Digest>;
}

/**
 * The inverse of {@link linksOf}: repositories in the order of their names, everything in them sorted, but for revisions,
 * which keep the order in which they come.
 * @throws TypeError for links that no plan has: a history without its tag, one place with two contents
 */
export function repositoriesOf(links: Iterable<PlannedLink>): readonly BundleRepository[] {
  const drafts = new Map<string, Draft>();
  for (const link of links) take(drafts, link);
  return [...drafts].sort(byKey).map(([name, draft]) => finish(name, draft));
}

function take(drafts: Map<string, Draft>, link: PlannedLink): void {
  const { target } = link;
  const draft = drafts.get(link.repository) ?? emptyDraft();
  drafts.set(link.repository, draft);
  switch (link.kind) {
    case 'tagLink':
      return put(draft.tags, link.tag, target);
    case 'tagHistoryLink':
      put(draft.history, link.tag, target);
      return put(draft.history, link.tag, link.digest);
    case 'layerLink':
      draft.layers.add(link.digest);
      break;
    case 'revisionLink':
      draft.revisions.add(link.digest);
      break;
    case 'signatureLink': {
      const signatures = draft.signatures.get(link.revision) ?? new Set();
      draft.signatures.set(link.revision, signatures.add(link.digest));
      break;
    }
  }
  put(draft.aliases, link.digest, target);
}

function emptyDraft(): Draft {
  return {
    ...{ tags: new Map(), history: new Map(), layers: new Set(), revisions: new Set() },
    ...{ signatures: new Map(), aliases: new Map() },
  };
}

function put<Key extends string>(map: Map<Key, Digest>, key: Key, target: Digest): void {
  const known = map.get(key);
  if (known !== undefined && known !== target)
    throw new TypeError(`${key} leads to ${known} and to ${target}`);
  map.set(key, target);
}

function finish(name: string, draft: Draft): BundleRepository {
  for (const [tag, target] of draft.history)
    if (draft.tags.get(tag) !== target) throw new TypeError(`tag ${tag} of ${name} has another history`);
  for (const tag of draft.tags.keys())
    if (!draft.history.has(tag)) throw new TypeError(`tag ${tag} of ${name} has no history`);
  const aliases = [...draft.aliases].filter(([digest, target]) => digest !== target).sort(byKey);
  const signatures = [...draft.signatures].sort(byKey);
  return {
    name,
    // fromEntries also takes names such as "__proto__" for what they are
    tags: Object.fromEntries([...draft.tags].sort(byKey)),
    revisions: [...draft.revisions],
    layers: [...draft.layers].sort(),
    ...(signatures.length > 0 && {
      signatures: Object.fromEntries(
        signatures.map(([revision, digests]) => [revision, [...digests].sort()]),
      ),
    }),
    ...(aliases.length > 0 && { aliases: Object.fromEntries(aliases) }),
  };
}

/** By UTF-16 code units, as `sort()` does: the same everywhere. */
export function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}
