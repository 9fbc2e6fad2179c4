// Runs in a process of its own, because the program is given this one's arguments and believes to end it. Its argument is a
// WarmUpJob as JSON.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { buildRegistry } from '../../src/testing/registry.ts';
import type { WarmUpJob } from './compiled.ts';

type Program = (require: (name: string) => unknown, module: { exports: object }, exports: object) => void;

// Written by this project's own build, so its shape is known.
const job = JSON.parse(process.argv[2] ?? '{}') as WarmUpJob;
const script = new Script(readFileSync(job.program, 'latin1'), { filename: 'registry-scraper.cjs' });
const program = script.runInThisContext() as Program;
const source = join(job.scratch, 'source');
const output = join(job.scratch, 'output');

const builtIn = createRequire(import.meta.url);

/** Compiled code is good only under the options that V8 had when it was kept: the program must not change them meanwhile. */
const requireBuiltIn = (name: string): unknown =>
  name === 'node:v8' ? { setFlagsFromString: () => undefined } : builtIn(name);

/** Lets the program run to where it ends the process. */
async function runs(...args: readonly string[]): Promise<void> {
  process.argv = [process.execPath, 'registry-scraper', ...args];
  const exitCode = await new Promise(resolve => {
    process.exit = ((code: number) => {
      resolve(code);
    }) as typeof process.exit;
    const module = { exports: {} };
    program(requireBuiltIn, module, module.exports);
  });
  for (const emitter of [process, process.stdout, process.stderr]) emitter.removeAllListeners();
  if (exitCode !== 0) throw new Error(`${args.join(' ')}: exit code ${String(exitCode)}`);
}

/** Images for two platforms, one of them signed: what most registries hold. */
async function writeRegistry(): Promise<readonly string[]> {
  const registry = buildRegistry('warm-up');
  const names = Array.from({ length: 8 }, (_, index) => `team/app-${String(index)}`);
  for (const name of names) {
    const repository = registry.repository(name);
    const images = (['linux/amd64', 'linux/arm64'] as const).map(platform =>
      repository.image({ platform, layers: [3000, 2000, 1000] }),
    );
    repository.signature(repository.index(images, { tag: '1.0' }));
  }
  await registry.write(source);
  return names.map(name => `${name}:1.0`);
}

const references = await writeRegistry();
const scrape = [...references, '--data-dir', source, '--output'];
const exit = process.exit;
await runs('--version');
await runs(...scrape, output);
await runs(...scrape, output);
await runs(...scrape, `${output}-linked`, '--link');
await runs(...scrape, `${output}-dry`, '--dry-run');
await runs('ls', '--data-dir', output);
await runs('verify', output);
process.exit = exit;
await writeFile(job.compiled, script.createCachedData());
process.exit();
