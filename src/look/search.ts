import type { ScraperError, Warning } from '../errors.ts';
import type { RegistrySource } from '../registry/source.ts';
import type { NameForm, NamePattern } from '../select/name-pattern.ts';
import type { PatternTarget } from './target.ts';

export interface SearchOptions {
  readonly source: RegistrySource;
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
  /** Told of a directory that cannot be read; the search goes on beside it. */
  readonly fail: (error: ScraperError) => void;
}

/** A repository, and which of the targets mean it. */
export interface FoundRepository {
  readonly repository: string;
  readonly targets: readonly PatternTarget[];
}

/** A target's name part, once it is known whether its first component is a host. */
interface Settled {
  readonly target: PatternTarget;
  readonly form: NameForm;
}

/** Repositories whose names match any of the targets, each once, in the order of their names. */
export async function* searchRepositories(
  options: SearchOptions,
  targets: readonly PatternTarget[],
): AsyncGenerator<FoundRepository> {
  const settled: Settled[] = [];
  for (const target of targets)
    for (const name of target.pattern.names)
      settled.push({ target, form: await settle(options, name, target.text) });
  for await (const repository of candidates(options, settled)) {
    const meant = settled.filter(({ form }) => form.matches(repository)).map(({ target }) => target);
    if (meant.length > 0) yield { repository, targets: [...new Set(meant)] };
  }
}

/** How a name is meant: as written, or where that finds nothing, without its host. */
async function settle(options: SearchOptions, { forms, host }: NamePattern, text: string): Promise<NameForm> {
  if (host === undefined) return forms[0];
  for (const form of forms) {
    if (!(await findsAny(options, form))) continue;
    if (!form.text.startsWith(`${host}/`))
      options.warn({
        code: 'HOST_IGNORED',
        message: `no repository is named with host ${host}; taken from ${form.text}`,
        reference: text,
      });
    return form;
  }
  return forms.at(-1) ?? forms[0];
}

async function findsAny({ source, signal }: SearchOptions, form: NameForm): Promise<boolean> {
  if (form.exact) return source.hasRepository(form.text);
  for await (const repository of source.repositories(form.under, () => undefined)) {
    signal.throwIfAborted();
    if (form.matches(repository)) return true;
  }
  return false;
}

/** All repositories that are to be looked at: single ones by name, and what lies below the paths that globs begin with. */
async function* candidates(
  { source, signal, fail }: SearchOptions,
  settled: readonly Settled[],
): AsyncGenerator<string> {
  const unders = new Set(settled.filter(({ form }) => !form.exact).map(({ form }) => form.under ?? ''));
  const isBelow = (path: string, above: string): boolean =>
    above === '' || path === above || path.startsWith(`${above}/`);
  const tops = [...unders].filter(path => ![...unders].some(other => other !== path && isBelow(path, other)));
  const names = new Set(settled.filter(({ form }) => form.exact).map(({ form }) => form.text));
  const single = [...names].filter(name => !tops.some(top => isBelow(name, top)));
  const places = [
    ...tops.map(path => ({ path, deep: true })),
    ...single.map(path => ({ path, deep: false })),
  ];
  for (const { path, deep } of places.sort((a, b) => compareComponents(a.path, b.path))) {
    signal.throwIfAborted();
    if (deep) yield* source.repositories(path === '' ? undefined : path, fail);
    else if (await source.hasRepository(path)) yield path;
  }
}

/** The order in which a walk comes to repositories: a name before what lies below it. */
function compareComponents(a: string, b: string): number {
  const [x, y] = [a.replaceAll('/', '\0'), b.replaceAll('/', '\0')];
  return x < y ? -1 : Number(x > y);
}
