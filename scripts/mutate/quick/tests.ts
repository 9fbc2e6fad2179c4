/**
 * Stands in for `node:test` where tests are run over and over in one thread: the few functions of it that the project's tests
 * use. See `firstFailure` for what is run.
 */
type Work = (context: Context) => unknown;
type Hook = () => unknown;
interface Options {
  readonly skip?: boolean | string;
}
interface Context {
  after(hook: Hook): void;
  skip(): void;
  diagnostic(): void;
}
interface Suite {
  readonly parent: Suite | undefined;
  readonly name: string;
  readonly skip: boolean;
  readonly before: Hook[];
  readonly after: Hook[];
  /** Whether its `before` was run. */
  begun: boolean;
}
interface Test {
  readonly suite: Suite;
  readonly name: string;
  readonly work: Work;
}

/** What the tests of one bundle came to. */
export interface Finished {
  readonly failed: readonly string[];
}

const top: Suite = { parent: undefined, name: '', skip: false, before: [], after: [], begun: false };
const suites: Suite[] = [top];
const tests: Test[] = [];
let current = top;

export function test(name: string, ...rest: readonly (Options | Work)[]): void {
  const { skip, work } = taken(rest);
  if (!skip && !current.skip) tests.push({ suite: current, name: `${current.name} ${name}`, work });
}
export const it = test;
export default test;

export function describe(name: string, ...rest: readonly (Options | Work)[]): void {
  const outer = current;
  const { skip, work } = taken(rest);
  const all = `${outer.name} ${name}`;
  current = { parent: outer, name: all, skip: skip || outer.skip, before: [], after: [], begun: false };
  suites.push(current);
  void work(none);
  current = outer;
}

export function before(hook: Hook): void {
  current.before.push(hook);
}

export function after(hook: Hook): void {
  current.after.push(hook);
}

function taken(rest: readonly (Options | Work)[]): { readonly skip: boolean; readonly work: Work } {
  const work = rest.find(one => typeof one === 'function');
  const { skip = false } = rest.find(one => typeof one !== 'function') ?? {};
  return { skip: skip !== false, work: work ?? (() => undefined) };
}

const none: Context = { after: () => undefined, skip: () => undefined, diagnostic: () => undefined };

/**
 * Runs the tests, those named in `early` first.
 * @param left names of tests that are not run
 * @param all goes on after a failure
 */
export async function firstFailure(
  left: ReadonlySet<string>,
  early: readonly string[],
  all: boolean,
): Promise<Finished> {
  const rank = new Map(early.map((name, at) => [name, at]));
  const place = ({ name }: Test): number => rank.get(name) ?? early.length;
  const order = tests.filter(({ name }) => !left.has(name)).sort((a, b) => place(a) - place(b));
  const failed: string[] = [];
  for (const one of order) {
    try {
      await runOne(one);
    } catch {
      failed.push(one.name);
      if (!all) break;
    }
  }
  for (const suite of suites) if (suite.begun) for (const hook of suite.after) await hook();
  return { failed };
}

async function runOne({ suite, work }: Test): Promise<void> {
  await begin(suite);
  const hooks: Hook[] = [];
  try {
    await work({ ...none, after: hook => hooks.push(hook) });
  } finally {
    for (const hook of hooks) await hook();
  }
}

async function begin(suite: Suite): Promise<void> {
  if (suite.parent) await begin(suite.parent);
  if (suite.begun) return;
  suite.begun = true;
  for (const hook of suite.before) await hook();
}
