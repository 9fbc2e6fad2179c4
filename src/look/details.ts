import { isScraperError, ScraperError, toFailure, withReference } from '../errors.ts';
import { revisionTarget, unknownManifest } from '../graph/resolve.ts';
import type { Digest } from '../oci/digest.ts';
import { pathFor } from '../registry/layout.ts';
import type { RegistrySource } from '../registry/source.ts';
import type { ListDetails, ListEntry } from './entry.ts';
import { summarise, type Summarised } from './summary.ts';

/** Sums up what is stored under a digest. */
export type Summariser = (repository: string, stored: Digest) => Promise<Summarised>;

/** A summariser that reads each image once: several tags often point to the same. */
export function summariser(source: RegistrySource): Summariser {
  const known = new Map<string, Promise<Summarised>>();
  return (repository, stored) => {
    const key = `${repository}@${stored}`;
    const summary = known.get(key) ?? summarise(source, repository, stored);
    known.set(key, summary);
    return summary;
  };
}

/** An entry with what was asked for about it; what cannot be found out is its error. */
export async function withDetails(
  source: RegistrySource,
  entry: ListEntry,
  details: ListDetails,
  summaryOf: Summariser,
): Promise<ListEntry> {
  const found: { -readonly [Key in 'digest' | 'pushed' | 'summary']?: ListEntry[Key] } = {};
  try {
    const { repository, tag } = entry;
    if (details.pushed && tag !== null) {
      const pushed = await source.taggedAt(repository, tag);
      if (pushed !== undefined) found.pushed = pushed;
    }
    const digest = entry.digest ?? (await digestOf(source, entry));
    found.digest = digest;
    if (details.summary) {
      const stored = await revisionTarget(source, repository, digest);
      if (stored === undefined) throw unknownManifest(source, repository, digest);
      const { summary, error } = await summaryOf(repository, stored);
      if (summary) found.summary = summary;
      if (error) throw error;
    }
  } catch (error) {
    if (!isScraperError(error)) throw error;
    return { ...entry, ...found, error: toFailure(withReference(error, nameOf(entry))) };
  }
  return { ...entry, ...found };
}

/** `repository:tag`, or `repository@digest` where there is no tag. */
export function nameOf({
  repository,
  tag,
  digest,
}: Pick<ListEntry, 'repository' | 'tag' | 'digest'>): string {
  return tag === null ? `${repository}@${digest ?? ''}` : `${repository}:${tag}`;
}

async function digestOf(source: RegistrySource, { repository, tag }: ListEntry): Promise<Digest> {
  const digest = tag === null ? undefined : await source.tagTarget(repository, tag);
  if (digest !== undefined) return digest;
  const name = tag ?? '';
  throw new ScraperError(
    'TAG_UNKNOWN',
    `tag ${name} of ${repository} has no current link: it was deleted, or its push never finished`,
    { path: source.driver.describe(pathFor({ kind: 'tagLink', repository, tag: name })) },
  );
}
