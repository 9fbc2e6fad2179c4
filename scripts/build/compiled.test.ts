import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { mustRun, run } from '../lib/command.ts';
import { cacheFolder } from '../lib/project.ts';
import { withScratchFolder } from '../lib/scratch.ts';
import { boot, compileAhead } from './compiled.ts';

const EXEC_ARGV = ['--max-semi-space-size=4'];

/** A program that ends well, and in which what it does is compiled only then. */
const program = `#!/usr/bin/env node
const { setFlagsFromString } = require('node:v8');
function rarelyCalled() { return process.argv.includes('--version') ? 'version' : 'something else'; }
setFlagsFromString('--heap-growing-percent=50');
process.stdout.write(rarelyCalled() + '\\n', () => process.exit(0));
`;

const inScratch = (work: (folder: string) => Promise<void>): Promise<void> =>
  withScratchFolder(cacheFolder, 'test-', work);

/** Runs the first script of a binary as a script, with files for assets; says on stderr whether V8 took the compiled code. */
async function start(folder: string, execArgv: readonly string[]) {
  const file = join(folder, 'boot.cjs');
  const asset = `name => require('node:fs').readFileSync(require('node:path').join(__dirname, name))`;
  const watched = `class extends require('node:vm').Script {
    constructor(...args) { super(...args); process.stderr.write(String(this.cachedDataRejected)); }
  }`;
  const script = boot
    .replace("{ getRawAsset } = require('node:sea')", `getRawAsset = ${asset}`)
    .replace("{ Script } = require('node:vm')", `Script = ${watched}`);
  await writeFile(file, script);
  return run(process.execPath, [...execArgv, file, '--version']);
}

await test('V8 takes the code back that was compiled ahead, also of functions that were called late', () =>
  inScratch(async folder => {
    const assets = await compileAhead(program, process.execPath, EXEC_ARGV, folder);
    assert.equal(existsSync(assets.program), true);
    const { status, stdout, stderr } = await start(folder, EXEC_ARGV);
    assert.deepEqual([status, stdout, stderr], [0, 'version\n', 'false']);
    const late = `const { readFileSync } = require('node:fs');
      const { Script } = require('node:vm');
      console.log(new Script(readFileSync(process.argv[1], 'latin1')).createCachedData().length);`;
    const early = Number(await mustRun(process.execPath, [...EXEC_ARGV, '--eval', late, assets.program]));
    assert.ok(
      (await readFile(assets.compiled)).length > early,
      'there is more than what compiling alone gives',
    );
  }));

await test('a binary whose compiled code does not fit still runs, from its source', () =>
  inScratch(async folder => {
    await compileAhead(program, process.execPath, EXEC_ARGV, folder);
    const { status, stdout, stderr } = await start(folder, ['--no-flush-bytecode']);
    assert.deepEqual([status, stdout, stderr], [0, 'version\n', 'true']);
  }));

await test('a program that fails while it warms up is not made into a binary', () =>
  inScratch(folder =>
    assert.rejects(
      compileAhead('process.exit(3);', process.execPath, EXEC_ARGV, folder),
      /--version: exit code 3/,
    ),
  ));
