import { ScraperError } from '../errors.ts';
import { isRepository, MAX_REPOSITORY_LENGTH } from '../oci/reference.ts';
import { quoted } from './option-error.ts';
import { compareText } from './version.ts';

/** One `--rename`: a repository, or with a slash at the end everything below a path, and what it is called in the output. */
export interface RenameRule {
  readonly text: string;
  readonly from: string;
  /** For a path: a path as well, or empty to drop it. */
  readonly to: string;
}

/** An image by the name it gets. */
export interface RenamedImage {
  /** As it is called in the source: `repository:tag`. */
  readonly source: string;
  /** New name. */
  readonly repository: string;
  /** null: shipped by digest only. */
  readonly tag: string | null;
  readonly digest: string;
}

/**
 * Reads the value of a `--rename`: `FROM=TO`.
 * @throws ScraperError `USAGE`
 */
export function parseRename(text: string): RenameRule {
  const fail = (why: string): never => {
    throw new ScraperError('USAGE', `--rename must be FROM=TO, found ${quoted(text)}: ${why}`, {
      hint: 'for example --rename team/app=site7/app, --rename team/=site7/team/ or --rename docker.io/library/=',
    });
  };
  const equals = text.indexOf('=');
  if (equals === -1) fail('there is no "="');
  const from = text.slice(0, equals);
  const to = text.slice(equals + 1);
  if (from === '') fail('nothing stands before the "="');
  const isPath = from.endsWith('/');
  if (isPath && to !== '' && !to.endsWith('/'))
    fail('FROM ends with a slash and means all below it, so TO ends with one too or is empty');
  if (!isPath && (to === '' || to.endsWith('/')))
    fail('FROM names one repository, so TO does too; to rename all below a path end both with a slash');
  for (const name of [from, to]) {
    const why = whyNotName(name.endsWith('/') ? name.slice(0, -1) : name);
    if (name !== '' && why !== undefined) fail(why);
  }
  return { text, from, to };
}

function whyNotName(name: string): string | undefined {
  if (isRepository(name)) return undefined;
  if (name.length > MAX_REPOSITORY_LENGTH)
    return `a repository name has at most ${String(MAX_REPOSITORY_LENGTH)} characters, this one ${String(name.length)}`;
  if (/[*?[\]{}]/.test(name))
    return 'wildcards are not allowed; end FROM and TO with a slash to rename all below a path';
  if (/:|@/.test(name)) return 'it renames repositories, so no tag and no digest';
  if (isRepository(name.toLowerCase()))
    return `repository names are lower case: ${quoted(name.toLowerCase())}`;
  return `${quoted(name)} is no repository name: lower-case letters and digits, separated by ".", "_", "__" or "-", in components separated by "/"`;
}

/**
 * What repositories are called in the output. The rule that says most about a name decides, whatever the order: one for
 * the very name before one for a path, a long path before a short one. One rule is applied, not one after the other.
 * @returns for a name, its new one; throws `USAGE` when that is too long
 * @throws ScraperError `USAGE` when two rules disagree about the same name or path
 */
export function renamer(rules: readonly RenameRule[]): (repository: string) => string {
  const byFrom = new Map<string, RenameRule>();
  for (const rule of rules) {
    const other = byFrom.get(rule.from) ?? rule;
    if (other.to !== rule.to) {
      throw new ScraperError(
        'USAGE',
        `--rename ${other.text} and --rename ${rule.text} contradict each other`,
        {
          hint: 'leave one of them out',
        },
      );
    }
    byFrom.set(rule.from, rule);
  }
  return repository => {
    const rule = ruleFor(repository, byFrom);
    if (rule === undefined) return repository;
    const renamed = rule.to + repository.slice(rule.from.length);
    if (isRepository(renamed)) return renamed;
    throw new ScraperError(
      'USAGE',
      `--rename ${rule.text} makes a name of ${String(renamed.length)} characters out of ${repository}; at most ${String(MAX_REPOSITORY_LENGTH)} are allowed`,
      { hint: 'choose a shorter TO' },
    );
  };
}

function ruleFor(repository: string, rules: ReadonlyMap<string, RenameRule>): RenameRule | undefined {
  const exact = rules.get(repository);
  if (exact) return exact;
  for (let slash = repository.lastIndexOf('/'); slash > 0; slash = repository.lastIndexOf('/', slash - 1)) {
    const rule = rules.get(repository.slice(0, slash + 1));
    if (rule) return rule;
  }
  return undefined;
}

/** Rules that decide about none of the repositories, as a slip in FROM makes them. */
export function unusedRules(
  rules: readonly RenameRule[],
  repositories: Iterable<string>,
): readonly RenameRule[] {
  const byFrom = new Map(rules.map(rule => [rule.from, rule]));
  const used = new Set(Array.from(repositories, repository => ruleFor(repository, byFrom)?.from));
  return rules.filter(({ from }) => !used.has(from));
}

/**
 * Images that would land on one name and tag though they differ.
 * @returns one `RENAME_CONFLICT` for each such tag; what has no tag cannot collide
 */
export function findCollisions(images: readonly RenamedImage[]): readonly ScraperError[] {
  const tagged = images.filter(image => image.tag !== null);
  const byTarget = Map.groupBy(tagged, ({ repository, tag }) => `${repository}:${String(tag)}`);
  return [...byTarget]
    .filter(([, landing]) => new Set(landing.map(image => image.digest)).size > 1)
    .sort(([a], [b]) => compareText(a, b))
    .map(([target, landing]) => {
      const sources = [...new Map(landing.map(({ source, digest }) => [source, digest]))];
      const shown = sources.map(([source, digest]) => `${source} (${digest})`).join(' and ');
      return new ScraperError('RENAME_CONFLICT', `${shown} would both be ${target} in the output`, {
        reference: target,
        hint: 'rename one of them to another name with --rename FROM=TO, or leave one out with --exclude',
      });
    });
}
