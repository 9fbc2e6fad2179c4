import { hostOf, isRepository, MAX_REPOSITORY_LENGTH, parseReference } from '../oci/reference.ts';
import { isScraperError } from '../errors.ts';
import { compileGlob } from './glob.ts';

/** One way to read the name part of a pattern. */
export interface NameForm {
  readonly text: string;
  /** A name, nothing to be searched for. */
  readonly exact: boolean;
  /** Everything it can match lies below this path; undefined when that may be anywhere. */
  readonly under: string | undefined;
  matches(repository: string): boolean;
}

/** A name part without braces. */
export interface NamePattern {
  readonly text: string;
  /** The first component, where it looks like a host: the last form leaves it out. */
  readonly host: string | undefined;
  /** As written, then without the host; the first that finds a repository is the one that is meant. */
  readonly forms: readonly [NameForm, ...NameForm[]];
  /**
   * What the name would be without its host, where that is wildcards alone. Then it is none of the forms: whoever asks for
   * what is named with a host that there is not would be given the whole registry, or be left with nothing by an exclusion.
   */
  readonly everything?: string;
}

type Fail = (why: string) => never;

const wildcard = /[*?[]/;

/** Reads the name part of a pattern, of which braces have been spelled out already. */
export function parseNamePattern(text: string, fail: Fail): NamePattern {
  return wildcard.test(withoutBracketedHost(text)) ? globPattern(text, fail) : exactPattern(text, fail);
}

/** The text without an IPv6 host, whose brackets are none of a glob's. No name has a colon in it. */
export function withoutBracketedHost(text: string): string {
  return text.replace(/^\[[0-9a-fA-F.]*:[0-9a-fA-F:.]*\](?::[0-9]*)?(?=\/)/, '');
}

function exactPattern(text: string, fail: Fail): NamePattern {
  try {
    const { repositories, host } = parseReference(text);
    const [first, ...others] = repositories.map(name => ({
      text: name,
      exact: true,
      under: undefined,
      matches: (repository: string) => repository === name,
    }));
    return { text, host, forms: first ? [first, ...others] : fail('the repository name is missing') };
  } catch (error) {
    if (isScraperError(error, 'NAME_INVALID', 'REFERENCE_INVALID')) return fail(error.message);
    throw error;
  }
}

function globPattern(text: string, fail: Fail): NamePattern {
  const first = text.slice(0, text.indexOf('/'));
  const host = wildcard.test(withoutBracketedHost(`${first}/`)) ? undefined : hostOf(text);
  const bare = host === undefined ? text : text.slice(host.length + 1);
  const why = whyNotGlob(bare);
  if (why !== undefined) return fail(why);
  const everything = host !== undefined && /^[*?/]+$/.test(bare) ? bare : undefined;
  const candidates = new Set(everything === undefined ? [text, bare] : [text]);
  const sound = [...candidates].filter(candidate => whyNotGlob(candidate) === undefined);
  const [form, ...others] = sound.map(candidate => globForm(candidate, fail));
  const name = { text, host, ...(everything !== undefined && { everything }) };
  return form ? { ...name, forms: [form, ...others] } : fail(hostAlone(name) ?? 'it is no name');
}

/**
 * Says that a host was not left out, and how to have everything; undefined for names of which this is not true.
 * @param tag the pattern's tag with its colon, or empty; undefined where it is not known
 */
export function hostAlone(
  { host = '', everything }: Pick<NamePattern, 'host' | 'everything'>,
  tag?: string,
): string | undefined {
  if (everything === undefined) return undefined;
  const pattern = tag === undefined ? '' : `: '${everything}${tag}'`;
  return `no repository is named with host ${host}, and wildcards alone would take everything; if that is meant, leave the host out${pattern}`;
}

function globForm(text: string, fail: Fail): NameForm {
  const components = text.split('/');
  const fixed = components.slice(
    0,
    components.findIndex(component => wildcard.test(component)),
  );
  const under = fixed.length === 0 ? undefined : fixed.join('/');
  const beginning = under === undefined ? '' : `${under}/`;
  const matches = compiled(text, fail);
  return {
    text,
    exact: false,
    under,
    // most names fall at the first hurdle, which costs a fraction of the second
    matches: repository => repository.startsWith(beginning) && matches(repository),
  };
}

/** What is wrong with a name part that has wildcards in it. */
function whyNotGlob(text: string): string | undefined {
  for (const component of text.split('/')) {
    const why = wildcard.test(component) ? whyNotGlobComponent(component) : whyNotComponent(component);
    if (why !== undefined) return why;
  }
  return undefined;
}

function whyNotComponent(component: string): string | undefined {
  if (isRepository(component)) return undefined;
  if (component === '') return 'a component of the name is empty (a slash at either end, or two in a row)';
  if (component.length > MAX_REPOSITORY_LENGTH)
    return `a component of the name has ${String(component.length)} characters, a name at most ${String(MAX_REPOSITORY_LENGTH)}`;
  return whyNotLetters(component) ?? `no repository component is called ${JSON.stringify(component)}`;
}

function whyNotGlobComponent(component: string): string | undefined {
  if (component !== '**' && component.includes('**'))
    return '"**" stands for whole components: write it between slashes, or "*" within a component';
  return whyNotClasses(component) ?? whyNotLetters(component.replace(/\[[!^]?[^\]]*\]/g, ''));
}

/** What is wrong with the `[…]` of a pattern. */
export function whyNotClasses(text: string): string | undefined {
  const rest = text.replace(/\[[!^]?[A-Za-z0-9._-]+\]/g, '');
  if (!/[[\]]/.test(rest)) return undefined;
  return 'brackets hold letters and digits to choose from, like [abc], [0-9] or [!0-9]';
}

function whyNotLetters(text: string): string | undefined {
  const [bad] = /[^a-z0-9._*?-]/.exec(text) ?? [];
  if (bad === undefined) return undefined;
  if (bad === '!') return '"!" stands only in brackets, like [!0-9]; to leave images out use --exclude';
  if (bad === ':') return 'a colon stands only between name and tag, or in a host in front';
  if (/[A-Z]/.test(bad)) return `repository names are lower case, found ${JSON.stringify(text)}`;
  return `${JSON.stringify(bad)} stands in no repository name`;
}

/** @throws by `fail`, when a range is out of order */
export function compiled(glob: string, fail: Fail): (text: string) => boolean {
  try {
    return compileGlob(glob);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail('a range in brackets is out of order: write [a-z], not [z-a]');
  }
}
