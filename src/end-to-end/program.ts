import { existsSync } from 'node:fs';
import path from 'node:path';
import { run, type Finished, type RunOptions } from '../testing/run.ts';

/** How to start the program under test. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

const systems: Readonly<Record<string, string>> = { darwin: 'macos', win32: 'win' };

/**
 * The binary that `npm run build` made for this machine. `REGISTRY_SCRAPER_BINARY` names another one; a script there
 * (`.cjs`, `.ts`) is run by this Node, which is handy while working on the program.
 * @throws Error when there is none
 */
export function builtProgram(): Program {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const host = `${systems[process.platform] ?? process.platform}-${process.arch}${suffix}`;
  const built = path.join(import.meta.dirname, '../../dist', `registry-scraper-${host}`);
  const file = path.resolve(process.env['REGISTRY_SCRAPER_BINARY'] ?? built);
  if (!existsSync(file)) throw new Error(`${file} is not there: run "npm run build" first`);
  return /\.[cm]?[jt]s$/.test(file)
    ? { command: process.execPath, args: [file] }
    : { command: file, args: [] };
}

/**
 * The same program as the script from which the binary is made, run by this Node: for what can only be put before a script.
 * @throws Error when it is not there
 */
export function builtScript(): string {
  const file = path.join(import.meta.dirname, '../../dist/registry-scraper.cjs');
  if (!existsSync(file)) throw new Error(`${file} is not there: run "npm run build" first`);
  return file;
}

/** Runs the program to its end. */
export function runProgram(args: readonly string[], options?: RunOptions): Promise<Finished> {
  const program = builtProgram();
  return run(program.command, [...program.args, ...args], options);
}
