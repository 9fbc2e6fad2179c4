import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { builtProgram } from '../../src/end-to-end/program.ts';
import {
  assertFreeSpace,
  bulkRegistry,
  bulkShapes,
  type BulkRegistry,
} from '../../src/testing/bulk-registry.ts';
import { findCommand, mustRun } from '../lib/command.ts';
import type { Contender } from './measure.ts';

/** Where the measuring takes place: what is read, where outputs go, and how often each thing is done. */
export interface Scene {
  readonly registry: BulkRegistry;
  /** Trees are kept here from one benchmark to the next. */
  readonly cache: string;
  /** Directory for outputs, in the same file system as the trees. */
  readonly work: string;
  readonly rounds: number;
  /** Whether the tree is too small to judge the speed of large ones by: starting up is most of it. */
  readonly quick: boolean;
  /** Bytes of the one blob whose copying must not take more memory than small ones do. */
  readonly hugeBlob: number;
}

const GiB = 2 ** 30;

export async function openScene({ quick, rounds }: { quick: boolean; rounds: number }): Promise<Scene> {
  const cache = path.join(tmpdir(), 'registry-scraper-bench');
  const work = path.join(cache, `work-${process.pid}`);
  const hugeBlob = quick ? GiB / 2 : 4 * GiB;
  await mkdir(work, { recursive: true });
  await assertFreeSpace(cache, (quick ? 0.3 : 6) * GiB + hugeBlob);
  const registry = await bulkRegistry(quick ? bulkShapes.quick : bulkShapes.full, cache);
  return { registry, cache, work, rounds, quick, hugeBlob };
}

export async function closeScene(scene: Scene): Promise<void> {
  await rm(scene.work, { recursive: true, force: true });
}

/** The command line of this program that ships everything of `registry` to `output`. */
export function ourCommand(registry: BulkRegistry, output: string, ...flags: string[]): [string, string[]] {
  const { command, args } = builtProgram();
  const places = ['--data-dir', registry.root, '--output-dir', output];
  return [command, [...args, ...registry.references, ...places, '--quiet', '--no-progress', ...flags]];
}

/** A contender that runs one command, which writes `output` anew each time. */
export function writes(output: string, command: string, args: readonly string[]): Contender {
  return { work: () => mustRun(command, args), reset: () => putAside(output) };
}

/**
 * Takes an output out of the way and gives its space back, but deletes no file before the benchmark is over: for minutes
 * after a deletion ext4 avoids the inodes that became free, at a cost that whoever creates files next would pay.
 */
export async function putAside(output: string): Promise<void> {
  const aside = `${output}-${randomUUID()}`;
  await rename(output, aside);
  for (const entry of await readdir(aside, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    // a file with another name is hard-linked: its bytes are those of the tree that is measured
    if (entry.isFile() && (await stat(file)).nlink === 1) await truncate(file);
  }
}

/** A contender that runs one command and leaves everything as it is. */
export function runs(command: string, args: readonly string[]): Contender {
  return { work: () => mustRun(command, args) };
}

/** `contender` if all these commands are there; else it is left out, and the table says why. */
export function ifInstalled(commands: readonly string[], contender: () => Contender): Contender | string {
  const missing = commands.filter(command => findCommand(command) === undefined);
  return missing.length === 0 ? contender() : `${missing.join(', ')} not installed`;
}
