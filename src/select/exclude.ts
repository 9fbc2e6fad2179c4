import { isScraperError, ScraperError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { parseReference } from '../oci/reference.ts';
import type { NameForm, NamePattern } from './name-pattern.ts';
import { parsePattern } from './pattern.ts';

/** What one `--exclude` leaves out. */
export interface Exclusion {
  readonly text: string;
  readonly names: readonly NamePattern[];
  /** undefined: every tag, and what is shipped by digest alone. */
  readonly matchesTag: ((tag: string) => boolean) | undefined;
  readonly digest?: Digest;
}

/** An image that may be left out. */
export interface Excludable {
  readonly repository: string;
  readonly tag?: string;
  /** Absent where only the tag is known. */
  readonly digest?: Digest;
}

/**
 * Reads the value of an `--exclude`: the grammar of patterns and references, except that without a tag it means every tag,
 * not latest. Whoever leaves out `team/secret/**` would not thank a program that ships all of it but what is tagged latest.
 * @throws ScraperError `REFERENCE_INVALID`, `NAME_INVALID`, `TAG_INVALID` or `DIGEST_INVALID`
 */
export function parseExclusion(text: string): Exclusion {
  try {
    return text.includes('@') ? digestExclusion(text) : patternExclusion(text);
  } catch (error) {
    if (!isScraperError(error)) throw error;
    throw new ScraperError(error.code, `--exclude: ${error.message}`, { ...error.details, cause: error });
  }
}

function patternExclusion(text: string): Exclusion {
  const { names, tag } = parsePattern(text);
  const everything = tag.implied || /^\*+$/.test(tag.text);
  return { text, names, matchesTag: everything ? undefined : tag.matches };
}

function digestExclusion(text: string): Exclusion {
  const { digest, tag } = parseReference(text);
  const { names } = parsePattern(text.slice(0, text.indexOf('@')));
  return {
    text,
    names,
    matchesTag: tag === undefined ? undefined : other => other === tag,
    ...(digest && { digest }),
  };
}

/** Tells which exclusions take an image away; none of them leaves it in. */
export type Excluder = (image: Excludable) => Promise<readonly Exclusion[]>;

/**
 * @param repositories all that were chosen from. An exclusion with a host means what is named with the host where there is
 *   such a repository, else what is named without.
 * @param target digest that a tag points to; asked only where an exclusion names a digest
 */
export function excluderOf(
  exclusions: readonly Exclusion[],
  repositories: ReadonlySet<string>,
  target: (repository: string, tag: string) => Promise<Digest | undefined>,
): Excluder {
  const all = [...repositories];
  const forms = exclusions.flatMap(exclusion =>
    exclusion.names.map(name => ({ exclusion, form: meant(name, all) })),
  );
  const byRepository = new Map<string, readonly Exclusion[]>();
  const concerning = (repository: string): readonly Exclusion[] => {
    const known = byRepository.get(repository);
    if (known) return known;
    const found = forms.filter(({ form }) => form.matches(repository)).map(({ exclusion }) => exclusion);
    byRepository.set(repository, found);
    return found;
  };
  return async ({ repository, tag, digest }) => {
    const taking = concerning(repository).filter(
      ({ matchesTag }) => matchesTag === undefined || (tag !== undefined && matchesTag(tag)),
    );
    if (taking.every(exclusion => exclusion.digest === undefined)) return taking;
    const found = digest ?? (tag === undefined ? undefined : await orNothing(target(repository, tag)));
    return taking.filter(exclusion => exclusion.digest === undefined || exclusion.digest === found);
  };
}

/** A damaged link leads nowhere here; it is told when the image is read. */
async function orNothing(target: Promise<Digest | undefined>): Promise<Digest | undefined> {
  try {
    return await target;
  } catch (error) {
    if (!isScraperError(error)) throw error;
    return undefined;
  }
}

function meant({ forms }: NamePattern, repositories: readonly string[]): NameForm {
  const [first] = forms;
  if (forms.length === 1) return first;
  return forms.find(form => repositories.some(form.matches)) ?? first;
}
