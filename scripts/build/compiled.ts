import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from '../lib/command.ts';
import { root } from '../lib/project.ts';

/** What a binary holds besides its first script, by the names under which that script asks for it. */
export type Assets = Readonly<Record<'program' | 'compiled', string>>;

/**
 * The first script of a binary that holds compiled code. V8 looks whether the code was compiled from this source, by this
 * version and under these options, and otherwise compiles the source. ASCII is valid Latin-1, which is read fastest.
 */
export const boot = `'use strict';
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');
const program = Buffer.from(getRawAsset('program')).toString('latin1');
const cachedData = Buffer.from(getRawAsset('compiled'));
new Script(program, { filename: 'registry-scraper.cjs', cachedData }).runInThisContext()(require, module, exports);
`;

/** The program as an expression whose value is a function: a script by itself has no \`require\`. */
function asFunction(code: string): string {
  return `(function (require, module, exports) {${code.replace(/^#!.*/, '')}\n})`;
}

/** What {@link compileAhead} tells the process that warms up: where the program is, and where its compiled code goes. */
export interface WarmUpJob {
  readonly program: string;
  readonly compiled: string;
  /** A directory that is not there yet. */
  readonly scratch: string;
}

/**
 * Has the program do what it mostly does, and keeps the code that V8 compiled for that: a third of a short run would
 * otherwise go into compiling the same functions again. (What Node itself offers for such binaries keeps only what is compiled
 * before the program's first line runs.)
 * @param node the very Node that the binary is made of
 * @param execArgv the options under which the binary runs
 * @param folder where both assets and what the program does meanwhile may go
 * @throws Error when the program fails, or when V8 would not take the code back
 */
export async function compileAhead(
  code: string,
  node: string,
  execArgv: readonly string[],
  folder: string,
): Promise<Assets> {
  const job: WarmUpJob = {
    program: join(folder, 'program'),
    compiled: join(folder, 'compiled'),
    scratch: join(folder, 'warm-up'),
  };
  await writeFile(job.program, asFunction(code));
  await mustRun(node, [...execArgv, join(root, 'scripts/build/warm-up.ts'), JSON.stringify(job)], {
    timeout: 60_000,
  });
  await mustRun(node, [...execArgv, '--eval', tryIt, job.program, job.compiled]);
  return { program: job.program, compiled: job.compiled };
}

const tryIt = `
const { readFileSync } = require('node:fs');
const [, program, compiled] = process.argv;
const script = new (require('node:vm').Script)(readFileSync(program, 'latin1'), { cachedData: readFileSync(compiled) });
if (script.cachedDataRejected) throw new Error('V8 rejects the code that it has compiled');
`;
