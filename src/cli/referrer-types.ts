import type { Warning } from '../errors.ts';
import { artifactName, artifactText } from '../render/kind.ts';
import { expandBraces } from '../select/braces.ts';
import { compiled, whyNotClasses } from '../select/name-pattern.ts';
import { optionError, shortened } from '../select/option-error.ts';

/** The values of `--referrers`, and what became of them. */
export interface ReferrerTypes {
  /** @param kinds all that a referrer may be known as, what it calls itself first */
  takes(kinds: readonly string[]): boolean;
  /** Says which values took nothing so far, and what there was instead. */
  unused(): readonly Warning[];
}

type Matcher = (kind: string) => boolean;

/** Alternatives that braces may give. */
const MAX_ALTERNATIVES = 100;
/** So many types stand in a warning. */
const SHOWN = 6;

/**
 * Reads the values of `--referrers`: each a glob over artifact types, or what `ls` and `inspect` call some of them.
 * @throws ScraperError `USAGE`
 */
export function referrerTypes(texts: readonly string[]): ReferrerTypes {
  const types = texts.map(text => ({ text, matches: parseType(text), used: false }));
  const found = new Set<string>();
  return {
    takes(kinds) {
      found.add(kinds[0] ?? '');
      const taking = types.filter(({ matches }) => kinds.some(matches));
      for (const type of taking) type.used = true;
      return taking.length > 0;
    },
    unused: () =>
      types
        .filter(({ used }) => !used)
        .map(({ text }): Warning => {
          const option = `--referrers ${shortened(text)} takes nothing`;
          return found.size === 0
            ? {
                code: 'REFERRERS_UNUSED',
                message: `${option}: nothing signs or describes the images selected`,
              }
            : {
                code: 'REFERRERS_UNUSED',
                message: `${option}: there are only ${listed(found)}`,
                hint: 'a type is matched as a whole; "*" stands for any part of it',
              };
        }),
  };
}

function parseType(text: string): Matcher {
  const fail = (why: string): never => {
    throw optionError(
      '--referrers',
      'a type of referrers',
      text,
      `${why}; for example --referrers signature, --referrers sbom or --referrers 'application/spdx*'`,
    );
  };
  if (text === '') fail('all are taken without --referrers, none with --no-referrers');
  const [, word] = /^(signature|attestation|sbom)s?$/i.exec(text) ?? [];
  if (word !== undefined) return kind => artifactName(kind)?.toLowerCase() === word.toLowerCase();
  const globs = expandBraces(text, MAX_ALTERNATIVES, fail).map(glob => {
    const why = whyNotClasses(glob);
    if (why !== undefined) fail(why);
    const [bad] = /[^\w!#$&^.+/*?[\]-]/.exec(glob) ?? [];
    if (bad === ',') fail('each type has a --referrers of its own');
    if (bad !== undefined) fail(`${JSON.stringify(bad)} stands in no type`);
    return compiled(flat(glob), fail);
  });
  return kind => globs.some(matches => matches(flat(kind)));
}

/** A type is matched as a whole: `*` stands for slashes as well. */
function flat(text: string): string {
  return text.replaceAll('/', '\u0001');
}

/** `signature (sig)`: what people call it, and what it calls itself. */
function listed(found: ReadonlySet<string>): string {
  const texts = Array.from(found, kind => {
    const name = artifactText(kind);
    return name === kind || kind === '' ? name : `${name} (${kind})`;
  });
  const more = texts.length - SHOWN;
  return texts.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}
