import assert from 'node:assert/strict';
import type { ApplyReport } from '../apply/apply.ts';
import { fakeContext } from '../cli/fake-context.ts';
import { run } from '../cli/run.ts';
import type { Failure } from '../errors.ts';
import type { Report } from '../report.ts';

/** What came of a call of the program. */
export interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls the program within this process, as in the directory `cwd`. */
export function call(cwd: string, ...argv: readonly string[]): Promise<Called> {
  return callWith({ cwd }, ...argv);
}

/** The same in another situation: with something on standard input, on a terminal. */
export async function callWith(
  situation: Parameters<typeof fakeContext>[1],
  ...argv: readonly string[]
): Promise<Called> {
  const context = fakeContext(argv, situation);
  const code = await run(context);
  return { code, stdout: context.stdout.text(), stderr: context.stderr.text() };
}

export interface Reported<R> {
  readonly code: number;
  readonly report: R;
  readonly stderr: string;
}

async function reported<R extends Report>(cwd: string, argv: readonly string[]): Promise<Reported<R>> {
  const { code, stdout, stderr } = await call(cwd, ...argv, '--json');
  return { code, report: JSON.parse(stdout) as R, stderr };
}

/** Scrapes with these arguments. */
export function scrapes(cwd: string, ...argv: readonly string[]): Promise<Reported<Report>> {
  return reported(cwd, argv);
}

/** Scrapes, and fails the test if that does. */
export async function ships(cwd: string, ...argv: readonly string[]): Promise<Report> {
  const { code, report } = await scrapes(cwd, ...argv);
  assert.equal(code, 0, JSON.stringify(report.errors));
  return report;
}

/** Applies with these arguments, without waiting for the disk. */
export function applies(cwd: string, ...argv: readonly string[]): Promise<Reported<ApplyReport>> {
  return reported(cwd, ['apply', ...argv, '--no-fsync']);
}

/** The first thing that went wrong. */
export function failureOf({ report }: Reported<Pick<Report, 'errors'>>): Failure {
  const [failure] = report.errors;
  return failure ?? assert.fail('nothing went wrong');
}
