import { ScraperError, type Warning } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import { pathFor } from '../registry/layout.ts';
import type { RegistrySource } from '../registry/source.ts';
import { suggester, type Suggester, type TagSuggestion } from '../registry/suggest.ts';

/** A reference found in the registry: which manifest of which repository, and under which tag it is to be written. */
export interface ResolvedReference {
  readonly requested: string;
  readonly repository: string;
  /** null: shipped by digest only. */
  readonly tag: string | null;
  readonly digest: Digest;
}

export interface ResolveOptions {
  /** Looks a name of one component up below `library/` too, as lists written for Docker Hub mean it. */
  readonly library?: boolean;
  /** Says what may have been meant; to be shared by all who look up in one registry. */
  readonly suggest?: Suggester;
  /** A pattern found it: nobody can have meant another. */
  readonly byPattern?: boolean;
}

/**
 * Looks a reference up.
 * @throws ScraperError `REFERENCE_INVALID`, `NAME_INVALID`, `TAG_INVALID`, `DIGEST_INVALID` (malformed), `NAME_UNKNOWN`,
 *   `TAG_UNKNOWN`, `MANIFEST_UNKNOWN` (not there), `TAG_MISMATCH` (tag and digest given, and the tag points elsewhere),
 *   `LINK_INVALID` (there, and damaged)
 */
export async function resolveReference(
  source: RegistrySource,
  text: string,
  warn: (warning: Warning) => void,
  options: ResolveOptions = {},
): Promise<ResolvedReference> {
  const suggest = options.suggest ?? suggester(source);
  const reference = parseReference(text);
  const official = reference.repositories.filter(name => !name.includes('/')).map(name => `library/${name}`);
  const repository = await findRepository(source, reference, options.library ? official : [], suggest);
  if (reference.host !== undefined && !repository.startsWith(`${reference.host}/`)) {
    warn({
      code: 'HOST_IGNORED',
      message: `no repository is named with host ${reference.host}; taken from ${repository}`,
      reference: text,
    });
  }
  const { tag = null } = reference;
  const tagged =
    tag === null
      ? undefined
      : await resolveTag(source, text, repository, tag, options.byPattern ? undefined : suggest);
  if (reference.digest === undefined) {
    // without a digest there is always a tag: parseReference defaults to latest
    if (tagged === undefined) throw new ScraperError('INTERNAL', 'a reference has neither tag nor digest');
    return { requested: text, repository, tag, digest: tagged };
  }
  const target = await revisionTarget(source, repository, reference.digest);
  if (target === undefined) throw unknownManifest(source, repository, reference.digest);
  if (tagged !== undefined && tagged !== target) {
    throw new ScraperError(
      'TAG_MISMATCH',
      `tag ${String(tag)} of ${repository} points to ${tagged}, not to ${reference.digest}`,
      {
        digest: tagged,
        hint: `to ship the digest untagged: ${repository}@${reference.digest}; to ship what the tag points to: ${repository}:${String(tag)}`,
      },
    );
  }
  return { requested: text, repository, tag, digest: reference.digest };
}

/** The digest under which a repository's manifest is stored: by its revision link, or as registry 2.1 linked it, as a layer. */
export async function revisionTarget(
  source: RegistrySource,
  repository: string,
  digest: Digest,
): Promise<Digest | undefined> {
  return (
    (await source.linkTarget({ kind: 'revisionLink', repository, digest })) ??
    source.linkTarget({ kind: 'layerLink', repository, digest })
  );
}

export function unknownManifest(source: RegistrySource, repository: string, digest: Digest): ScraperError {
  return new ScraperError('MANIFEST_UNKNOWN', `repository ${repository} has no manifest ${digest}`, {
    digest,
    path: source.driver.describe(pathFor({ kind: 'revisionLink', repository, digest })),
    hint: 'it was deleted, or its push never finished; push it again, or choose another tag or digest',
  });
}

async function findRepository(
  source: RegistrySource,
  reference: Reference,
  more: readonly string[],
  suggest: Suggester,
): Promise<string> {
  const candidates = [...reference.repositories, ...more];
  for (const repository of candidates) if (await source.hasRepository(repository)) return repository;
  const repository = reference.repositories.at(-1) ?? reference.text;
  const { near, count, unread } = await suggest.repositories(repository);
  throw new ScraperError('NAME_UNKNOWN', `no repository ${candidates.join(' or ')} in the registry`, {
    path: source.driver.describe(pathFor({ kind: 'repository', repository })),
    hint: nameHint(near, count, unread),
  });
}

function nameHint(near: readonly string[], count: number, unread?: ScraperError): string {
  if (near.length > 0) return `did you mean ${near.join(', ')}?`;
  if (unread) return `not every repository could be looked at: ${unread.message}`;
  if (count === 0)
    return 'the registry is empty: nothing was ever pushed, or this is another registry’s data directory';
  return `the registry holds ${String(count)} other ${count === 1 ? 'repository' : 'repositories'}, none with a similar name`;
}

function tagHint(repository: string, suggestion: TagSuggestion): string {
  const { names, newest, count } = suggestion;
  if (names.length > 0) return `${newest ? 'newest tags' : 'near tags'}: ${names.join(', ')}`;
  if (count > 0)
    return `${repository} has ${String(count)} other ${count === 1 ? 'tag' : 'tags'}, none similar`;
  return `${repository} has no tags; ship it by digest: ${repository}@sha256:…`;
}

/** @param suggest absent where no other tag can have been meant */
async function resolveTag(
  source: RegistrySource,
  reference: string,
  repository: string,
  tag: string,
  suggest?: Suggester,
): Promise<Digest> {
  const digest = await source.tagTarget(repository, tag);
  if (digest !== undefined) return digest;
  const path = source.driver.describe(pathFor({ kind: 'tagLink', repository, tag }));
  const hint = suggest
    ? tagHint(repository, await suggest.tags(repository, tag))
    : 'push it again, or leave it out with --exclude';
  if (await source.hasTagDirectory(repository, tag)) {
    throw new ScraperError(
      'TAG_UNKNOWN',
      `tag ${tag} of ${repository} has no current link: it was deleted, or its push never finished`,
      {
        reference,
        path,
        hint,
      },
    );
  }
  throw new ScraperError('TAG_UNKNOWN', `repository ${repository} has no tag ${tag}`, {
    reference,
    path,
    hint,
  });
}
