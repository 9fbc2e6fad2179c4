/** Killing the program again and again, and judging what it leaves: one engine for all commands that write. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { RunningRegistry } from '../testing/docker-registry.ts';
import type { Random } from '../testing/random.ts';
import { requirements } from '../testing/requirements.ts';
import { listDirectory } from '../testing/tree.ts';
import { inspect, type InspectedTag, type Inspection } from './inspect.ts';
import { firstBlob, runAndKill, runWhole } from './killed-run.ts';
import { assertPulls, assertVerified } from './sample.ts';

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
  /** A directory for the test's own files. */
  readonly scratch: string;
}

export interface Killing {
  /** How many runs are killed. */
  readonly kills: number;
  readonly random: Random;
  /** After every so many kills the output is verified by the program, a stock registry serves it, and a stock client pulls some tags. */
  readonly sampleEvery: number;
  /** Told after each output how many runs were killed so far. */
  readonly onProgress?: (killed: number) => void;
}

export interface Killed {
  readonly killed: number;
  /** Everything that a kill broke, with what is needed to do it again. */
  readonly bad: readonly string[];
  /** How kills were spread, and how often a sample was taken. */
  readonly notes: readonly string[];
}

/** So many bad outcomes, and the rest would tell nothing new. */
const MOST_BAD = 20;

/** Of so many first runs one may be killed before it writes anything. */
const QUIET_ONE_IN = 5;
/** How far the first run into an output was when it was killed. What a run does before its first blob leaves nothing to tell it by. */
const phases = [
  'before the first blob',
  'before the first tag',
  'among tags',
  'after the last tag',
  'in a rerun',
] as const;

const unserved = requirements(['docker-registry', 'skopeo']);

/**
 * Kills runs at random moments; after each, everything there must be whole, and a run to the end must complete it.
 * @throws Error only when not even uninterrupted runs succeed
 */
export async function killAgainAndAgain(victim: Victim, killing: Killing): Promise<Killed> {
  const { kills, random, sampleEvery } = killing;
  const { duration, quiet, before, whole, expected } = await uninterrupted(victim);
  const bad: string[] = [];
  const spread = new Map<(typeof phases)[number], number>();
  let killed = 0;
  let published = 0;
  let samples = 0;

  async function judge(directory: string, rerun: boolean): Promise<void> {
    const found = await inspect(directory);
    assert.deepEqual(found.problems, []);
    await victim.judge?.(directory, found.tags);
    const phase = rerun ? 'in a rerun' : phaseOf(before, found, whole);
    spread.set(phase, (spread.get(phase) ?? 0) + 1);
    published += found.tags.length;
    if (killed % sampleEvery !== 0) return;
    samples += 1;
    if (found.blobs > 0) await assertVerified(directory); // before that it is no registry yet
    const names = found.tags.map(({ repository, tag }) => `${repository}:${tag}`);
    if (unserved === false)
      await victim.serve(directory, registry => assertPulls(registry, names, random, victim.scratch));
  }

  for (let output = 0; killed < kills && bad.length < MOST_BAD; output++) {
    const directory = path.join(victim.scratch, `output-${String(output)}`);
    const argv = victim.argumentsFor(directory);
    let last = 'no kill';
    try {
      await victim.prepare(directory);
      // several kills hit the same output, each run going on where the one before was hit
      const attempts = 1 + random.integer(4);
      for (let attempt = 0; attempt < attempts && killed < kills; attempt++) {
        // of a first run, whose start takes longest, most are killed while it writes
        const writing = attempt === 0 && random.integer(QUIET_ONE_IN) > 0;
        const delay = (random.integer(10_000) / 10_000) * (writing ? duration - quiet : duration);
        last = `kill ${String(attempt + 1)} at ${delay.toFixed(1)} ms${writing ? ' of writing' : ''}`;
        if (!(await runAndKill(argv, delay, writing ? directory : undefined))) break;
        killed++;
        await judge(directory, attempt > 0);
      }
      await runWhole(argv);
      const left = await listDirectory(directory);
      assert.deepEqual(left, expected, 'a rerun must end like an uninterrupted run');
    } catch (error) {
      bad.push(
        `output ${String(output)}, ${last}: ${error instanceof Error ? error.message : String(error)}`,
      );
    } finally {
      await victim
        .release?.()
        .catch((error: unknown) => bad.push(`output ${String(output)}: ${String(error)}`));
      await rm(directory, { recursive: true, force: true });
    }
    killing.onProgress?.(killed);
  }
  const kinds = phases.map(phase => `${String(spread.get(phase) ?? 0)} ${phase}`);
  const average = (published / killed).toFixed(1);
  return {
    killed,
    bad,
    notes: [
      `kills within ${duration.toFixed(0)} ms, of which ${quiet.toFixed(0)} pass before the first blob: ${kinds.join(', ')}; on average ${average} whole tags after one`,
      `${String(samples)} outputs verified by the program` +
        (unserved === false
          ? ', served by a stock registry and pulled by a client'
          : `; not served: ${unserved}`),
    ],
  };
}

const digestsOf = ({ tags }: Inspection): ReadonlyMap<string, string> =>
  new Map(tags.map(tag => [nameOf(tag), digestOf(tag)]));

export const nameOf = ({ repository, tag }: InspectedTag): string => `${repository}:${tag}`;

/** The manifest that a tag leads to: the first blob that a client fetches. */
export const digestOf = ({ blobs }: InspectedTag): string => [...blobs][0] ?? '';

/** How far a run has got that makes `whole` out of `before`. */
function phaseOf(before: Inspection, found: Inspection, whole: Inspection): (typeof phases)[number] {
  const [old, now, last] = [before, found, whole].map(digestsOf) as [
    ReadonlyMap<string, string>,
    ReadonlyMap<string, string>,
    ReadonlyMap<string, string>,
  ];
  const due = [...last].filter(([name, digest]) => old.get(name) !== digest);
  const done = due.filter(([name, digest]) => now.get(name) === digest);
  if (done.length === due.length) return 'after the last tag';
  if (done.length > 0) return 'among tags';
  return found.blobs > before.blobs ? 'before the first tag' : 'before the first blob';
}

interface Uninterrupted {
  /** Milliseconds that a run typically takes. */
  readonly duration: number;
  /** How many of them pass before it puts a blob in its place. */
  readonly quiet: number;
  readonly before: Inspection;
  readonly whole: Inspection;
  readonly expected: Awaited<ReturnType<typeof listDirectory>>;
}

async function uninterrupted({ argumentsFor, prepare, release, scratch }: Victim): Promise<Uninterrupted> {
  const output = path.join(scratch, 'uninterrupted');
  const durations: number[] = [];
  const quiets: number[] = [];
  let last: Omit<Uninterrupted, 'duration' | 'quiet'> | undefined;
  for (let round = 0; round < 3; round++) {
    await prepare(output);
    const before = await inspect(output);
    const over = new AbortController();
    const quiet = firstBlob(output, over.signal);
    const duration = await runWhole(argumentsFor(output));
    over.abort();
    durations.push(duration);
    quiets.push(Math.min(await quiet, duration));
    await release?.();
    const whole = await inspect(output);
    assert.deepEqual(whole.problems, []);
    last = { before, whole, expected: await listDirectory(output) };
    await rm(output, { recursive: true });
  }
  assert.ok(last);
  return { duration: median(durations), quiet: median(quiets), ...last };
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
