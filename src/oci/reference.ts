import { isScraperError, ScraperError } from '../errors.ts';
import { parseDigest, type Digest } from './digest.ts';

/** A parsed reference: `[host/]name[:tag][@digest]`. */
export interface Reference {
  /** The text it was parsed from. */
  readonly text: string;
  /** Repository names to try, in order: as written, then without a first component that looks like a host. */
  readonly repositories: readonly [string, ...string[]];
  /** The host that the last of `repositories` leaves out. */
  readonly host?: string;
  /** Set when given, or `latest` when neither tag nor digest was given. */
  readonly tag?: string;
  readonly digest?: Digest;
}

/** Repository grammar of the distribution spec ("Pulling manifests"); 255 characters as in distribution/reference. */
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const hostPattern =
  /^(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+(?=:)|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?$/;
export const MAX_REPOSITORY_LENGTH = 255;

export function isRepository(text: string): boolean {
  return text.length <= MAX_REPOSITORY_LENGTH && repositoryPattern.test(text);
}

export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** The first component of a name, where it looks like a host and something follows it. */
export function hostOf(name: string): string | undefined {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  return slash !== -1 && hostPattern.test(first) ? first : undefined;
}

/**
 * Parses a reference. Nothing is looked up: whether the first component is a host shows only in the registry.
 * @throws ScraperError `REFERENCE_INVALID`, `NAME_INVALID`, `TAG_INVALID` or `DIGEST_INVALID`, with the reference
 */
export function parseReference(text: string): Reference {
  const fail = (
    code: 'REFERENCE_INVALID' | 'NAME_INVALID' | 'TAG_INVALID' | 'DIGEST_INVALID',
    why: string,
  ): never => {
    throw new ScraperError(code, `${JSON.stringify(text)} is not a valid reference: ${why}`, {
      reference: text,
      hint: 'write [HOST[:PORT]/]NAME[:TAG][@DIGEST], for example team/app:1.2',
    });
  };
  if (text === '') fail('REFERENCE_INVALID', 'it is empty');
  const at = text.indexOf('@');
  const named = at === -1 ? text : text.slice(0, at);
  const digest =
    at === -1 ? undefined : parseDigestPart(text.slice(at + 1), why => fail('DIGEST_INVALID', why));
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const name = colon === -1 ? named : named.slice(0, colon);
  const tag = colon === -1 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !isTag(tag)) fail('TAG_INVALID', whyNotTag(tag));

  const host = hostOf(name);
  const candidates = host === undefined ? [name] : [name, name.slice(host.length + 1)];
  const [repository, ...others] = candidates.filter(isRepository);
  if (repository === undefined) return fail('NAME_INVALID', whyNotRepository(candidates.at(-1) ?? name));
  return {
    text,
    repositories: [repository, ...others],
    ...(host !== undefined && { host }),
    ...(tag !== undefined ? { tag } : digest === undefined && { tag: 'latest' }),
    ...(digest !== undefined && { digest }),
  };
}

function parseDigestPart(text: string, fail: (why: string) => never): Digest {
  try {
    return parseDigest(text);
  } catch (error) {
    if (isScraperError(error)) return fail(error.message);
    throw error;
  }
}

function whyNotTag(tag: string): string {
  if (tag === '') return 'nothing stands after the colon';
  if (tag.length > 128) return `the tag has ${String(tag.length)} characters, at most 128 are allowed`;
  return `tag ${JSON.stringify(tag)} may hold letters, digits, "_", "." and "-", and must not begin with "." or "-"`;
}

function whyNotRepository(name: string): string {
  if (name === '') return 'the repository name is missing';
  if (name.length > MAX_REPOSITORY_LENGTH) {
    return `the repository name has ${String(name.length)} characters, at most ${String(MAX_REPOSITORY_LENGTH)} are allowed`;
  }
  const bad = name.split('/').find(part => !isRepository(part));
  if (bad === '')
    return 'a component of the repository name is empty (a slash at either end, or two in a row)';
  if (bad !== undefined && bad !== bad.toLowerCase() && isRepository(bad.toLowerCase())) {
    return `repository names are lower case: did you mean ${JSON.stringify(name.toLowerCase())}?`;
  }
  return `repository component ${JSON.stringify(bad ?? name)} may hold lower-case letters and digits, separated by ".", "_", "__" or "-"`;
}
