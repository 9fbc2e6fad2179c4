import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Report } from '../report.ts';
import { run, type Finished } from '../testing/run.ts';
import { builtProgram } from './program.ts';
import { makeSite, type Site } from './site-registry.ts';

export interface Selecting {
  readonly cwd: string;
  /** A file for standard input. */
  readonly input?: string;
  /** A pattern that stands among the arguments without quotes. */
  readonly unquoted?: string;
}

export interface Selected extends Finished {
  readonly report: Report;
  /** Images that can be shipped, by their names in the source: `repository:tag`, or `repository@digest`. */
  readonly images: readonly string[];
}

/** Runs the program by a shell, as its users do, and reads the JSON that it prints. */
export async function selectByProgram(args: readonly string[], options: Selecting): Promise<Selected> {
  const finished = await runByShell([...args, '--json'], options);
  assert.notEqual(finished.stdout, '', finished.stderr);
  const report = JSON.parse(finished.stdout) as Report;
  assert.equal(report.ok, finished.status === 0);
  const good = report.images.filter(({ status }) => status !== 'failed');
  const images = good.map(({ repository, tag, digest }) =>
    tag === null ? `${repository}@${String(digest)}` : `${repository}:${tag}`,
  );
  return { ...finished, report, images };
}

export function runByShell(
  args: readonly string[],
  { cwd, input = '/dev/null', unquoted = '' }: Selecting,
): Promise<Finished> {
  const program = builtProgram();
  const script = `input=$1; shift; exec "$@" ${unquoted} <"$input"`;
  return run('sh', ['-c', script, 'sh', input, program.command, ...program.args, ...args], { cwd });
}

/** A site's registry, and a directory to work in. */
export interface Bench {
  readonly base: string;
  readonly site: Site;
  /** What a dry run would ship. */
  plan(args: readonly string[], options?: Partial<Selecting>): Promise<Selected>;
  /** Images that a dry run, which must succeed, would ship. */
  planned(...args: readonly string[]): Promise<readonly string[]>;
  /** Puts a file into the directory and returns its name. */
  file(name: string, text: string): Promise<string>;
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-selection-'));
  const site = await makeSite(path.join(base, 'registry'));
  const plan: Bench['plan'] = (args, options = {}) =>
    selectByProgram([...args, '--data-dir', site.root, '--dry-run'], { cwd: base, ...options });
  return {
    base,
    site,
    plan,
    async planned(...args) {
      const { status, images, stderr } = await plan(args);
      assert.equal(status, 0, stderr);
      return images;
    },
    async file(name, text) {
      await writeFile(path.join(base, name), text);
      return name;
    },
    close: () => rm(base, { recursive: true, force: true }),
  };
}
