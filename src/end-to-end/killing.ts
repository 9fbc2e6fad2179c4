/** Killing the program again and again, and judging what it leaves: shared by the tests of all commands that write. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningRegistry } from '../testing/docker-registry.ts';
import type { Random } from '../testing/random.ts';
import { catalog, tagsList } from '../testing/registry-client.ts';
import { requirements } from '../testing/requirements.ts';
import { listDirectory, type Listing } from '../testing/tree.ts';
import { inspect, type InspectedTag } from './inspect.ts';
import { builtProgram, runProgram } from './program.ts';
import { pullBySkopeo } from './pull.ts';

/**
 * How many runs are killed in each mode. `REGISTRY_SCRAPER_KILLS=200` is the long form, on the tree of the benchmark;
 * `REGISTRY_SCRAPER_SEED` repeats the kills of an earlier run as far as timing can be repeated.
 */
const long = process.env['REGISTRY_SCRAPER_KILLS'];
export const isLong = long !== undefined;
const kills = Number(long ?? 12);
export const seed = Number(process.env['REGISTRY_SCRAPER_SEED'] ?? Date.now() % 1_000_000);
/** After every so many kills a stock registry serves the output, and a stock client pulls so many tags of it. */
const pullEvery = 5;
const mostPulled = 4;
const unpulled = requirements(['docker-registry', 'skopeo']);

/** What is killed. */
export interface Victim {
  /** The program's arguments to write into this directory. */
  argumentsFor(output: string): readonly string[];
  /** Makes the directory as it is before the first run. */
  prepare(output: string): Promise<void>;
  /** Lets go of the directory, which is removed then. */
  release?(): Promise<void>;
  /** Says more of what is wrong with what a kill left, beside what would stumble a client. */
  judge?(output: string, tags: readonly InspectedTag[]): Promise<void>;
  /** Serves the directory, or joins who serves it already, while `use` runs. */
  serve(output: string, use: (registry: RunningRegistry) => Promise<void>): Promise<void>;
  /** What an uninterrupted run leaves. */
  readonly expected: Listing;
  /** A directory for the test's own files. */
  readonly scratch: string;
}

/** A run to the end; returns how long it took, in milliseconds. */
export async function runWhole(args: readonly string[]): Promise<number> {
  const start = performance.now();
  const { status, stdout, stderr } = await runProgram(args);
  assert.equal(status, 0, stdout + stderr);
  return performance.now() - start;
}

/** Starts a run and kills it after `delay` milliseconds; returns whether that was before its end. */
export async function runAndKill(argv: readonly string[], delay: number): Promise<boolean> {
  const { command, args } = builtProgram();
  const child = spawn(command, [...args, ...argv], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await Promise.race([ended, sleep(delay)]);
  child.kill('SIGKILL');
  await ended;
  return child.signalCode === 'SIGKILL';
}

/** Kills runs at random moments; after each, everything there must be whole, and a run to the end must complete it. */
export async function killAgainAndAgain(t: TestContext, random: Random, victim: Victim): Promise<void> {
  if (unpulled !== false) t.diagnostic(`nothing is pulled by a client: ${unpulled}`);
  const duration = await typicalDuration(victim);
  let killed = 0;
  let published = 0;
  for (let output = 0; killed < kills; output++) {
    const directory = path.join(victim.scratch, `output-${String(output)}`);
    const argv = victim.argumentsFor(directory);
    await victim.prepare(directory);
    // several kills hit the same output, each run going on where the one before was hit
    for (let attempts = 1 + random.integer(4); attempts > 0 && killed < kills; attempts--) {
      const delay = (random.integer(10_000) / 10_000) * duration;
      if (!(await runAndKill(argv, delay))) break;
      killed++;
      const { tags, problems } = await inspect(directory);
      assert.deepEqual(problems, [], `after a kill at ${String(delay)} ms`);
      await victim.judge?.(directory, tags);
      published += tags.length;
      const names = tags.map(({ repository, tag }) => `${repository}:${tag}`);
      if (unpulled === false && killed % pullEvery === 0)
        await victim.serve(directory, registry => assertPulls(registry, names, random, victim.scratch));
    }
    await runWhole(argv);
    const left = await listDirectory(directory);
    assert.deepEqual(left, victim.expected, 'a rerun must end like an uninterrupted run');
    await victim.release?.();
    await rm(directory, { recursive: true });
  }
  const average = (published / killed).toFixed(1);
  t.diagnostic(
    `${String(killed)} kills within ${duration.toFixed(0)} ms, on average ${average} whole tags after one; seed ${String(seed)}`,
  );
}

async function typicalDuration({ argumentsFor, prepare, release, scratch }: Victim): Promise<number> {
  const durations: number[] = [];
  const output = path.join(scratch, 'timed');
  for (let round = 0; round < 3; round++) {
    await prepare(output);
    durations.push(await runWhole(argumentsFor(output)));
    await release?.();
    await rm(output, { recursive: true });
  }
  return durations.toSorted((a, b) => a - b)[1] ?? 0;
}

/** A stock registry lists all of `tags`, and a stock client can pull some of them. */
async function assertPulls(
  { address, url }: RunningRegistry,
  tags: readonly string[],
  random: Random,
  scratch: string,
): Promise<void> {
  const listed = new Set<string>();
  for (const name of await catalog(url))
    for (const tag of await tagsList(url, name)) listed.add(`${name}:${tag}`);
  assert.deepEqual(
    tags.filter(tag => !listed.has(tag)),
    [],
  );
  const pulled = path.join(scratch, 'pulled');
  for (let count = 0; count < mostPulled && tags.length > 0; count++) {
    const tag = tags[random.integer(tags.length)] ?? '';
    await pullBySkopeo(address, tag, pulled);
    await rm(pulled, { recursive: true });
  }
}
