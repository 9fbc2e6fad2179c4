import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bulkRegistry, bulkShapes, type BulkRegistry } from '../testing/bulk-registry.ts';
import { withRegistry } from '../testing/docker-registry.ts';
import { seededRandom, type Random } from '../testing/random.ts';
import { catalog, tagsList } from '../testing/registry-client.ts';
import { requirements } from '../testing/requirements.ts';
import { listDirectory, type Listing } from '../testing/tree.ts';
import { inspect } from './inspect.ts';
import { builtProgram, runProgram } from './program.ts';
import { pullBySkopeo } from './pull.ts';

/**
 * How many runs are killed in each mode. `REGISTRY_SCRAPER_KILLS=200` is the long form, on the tree of the benchmark;
 * `REGISTRY_SCRAPER_SEED` repeats the kills of an earlier run as far as timing can be repeated.
 */
const long = process.env['REGISTRY_SCRAPER_KILLS'];
const kills = Number(long ?? 12);
const seed = Number(process.env['REGISTRY_SCRAPER_SEED'] ?? Date.now() % 1_000_000);
/** After every so many kills a stock registry serves the output, and a stock client pulls so many tags of it. */
const pullEvery = 5;
const mostPulled = 4;
const unpulled = requirements(['docker-registry', 'skopeo']);

describe('a scrape killed at any moment', () => {
  let base: string;
  let source: BulkRegistry;
  let expected: Listing;

  before(async () => {
    base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-kill-'));
    const shared = path.join(tmpdir(), 'registry-scraper-bench');
    source = await (long === undefined
      ? bulkRegistry(bulkShapes.quick, base)
      : bulkRegistry(bulkShapes.full, shared));
    await scrape(path.join(base, 'whole'));
    expected = await listDirectory(path.join(base, 'whole'));
    assert.equal((await inspect(path.join(base, 'whole'))).tags.length, source.references.length);
  });
  after(() => rm(base, { recursive: true, force: true }));

  const argumentsFor = (output: string): string[] => [
    ...source.references,
    ...['--data-dir', source.root, '--output-dir', output, '--quiet'],
  ];

  /** A run to the end; returns how long it took, in milliseconds. */
  async function scrape(output: string, ...flags: string[]): Promise<number> {
    const start = performance.now();
    const { status, stdout, stderr } = await runProgram([...argumentsFor(output), ...flags]);
    assert.equal(status, 0, stdout + stderr);
    return performance.now() - start;
  }

  /** Starts a run and kills it after `delay` milliseconds; returns whether that was before its end. */
  async function scrapeAndKill(output: string, delay: number, flags: readonly string[]): Promise<boolean> {
    const { command, args } = builtProgram();
    const child = spawn(command, [...args, ...argumentsFor(output), ...flags], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    await Promise.race([ended, sleep(delay)]);
    child.kill('SIGKILL');
    await ended;
    return child.signalCode === 'SIGKILL';
  }

  async function typicalDuration(flags: readonly string[]): Promise<number> {
    const durations: number[] = [];
    for (let round = 0; round < 3; round++) {
      durations.push(await scrape(path.join(base, 'timed'), ...flags));
      await rm(path.join(base, 'timed'), { recursive: true });
    }
    return durations.toSorted((a, b) => a - b)[1] ?? 0;
  }

  /** A stock registry over the output lists all of `tags`, and a stock client can pull some of them. */
  async function assertPulls(output: string, tags: readonly string[], random: Random): Promise<void> {
    await withRegistry(output, async ({ address, url }) => {
      const listed = new Set<string>();
      for (const name of await catalog(url))
        for (const tag of await tagsList(url, name)) listed.add(`${name}:${tag}`);
      assert.deepEqual(
        tags.filter(tag => !listed.has(tag)),
        [],
      );
      for (let pulled = 0; pulled < mostPulled && tags.length > 0; pulled++) {
        const tag = tags[random.integer(tags.length)] ?? '';
        await pullBySkopeo(address, tag, path.join(base, 'pulled'));
        await rm(path.join(base, 'pulled'), { recursive: true });
      }
    });
  }

  async function killAgainAndAgain(t: TestContext, random: Random, flags: readonly string[]): Promise<void> {
    if (unpulled !== false) t.diagnostic(`nothing is pulled by a client: ${unpulled}`);
    const duration = await typicalDuration(flags);
    let killed = 0;
    let published = 0;
    for (let output = 0; killed < kills; output++) {
      const directory = path.join(base, `output-${String(output)}`);
      await mkdir(directory);
      // several kills hit the same output, each run going on where the one before was hit
      for (let attempts = 1 + random.integer(4); attempts > 0 && killed < kills; attempts--) {
        const delay = (random.integer(10_000) / 10_000) * duration;
        if (!(await scrapeAndKill(directory, delay, flags))) break;
        killed++;
        const { tags, problems } = await inspect(directory);
        assert.deepEqual(problems, [], `after a kill at ${String(delay)} ms`);
        published += tags.length;
        const names = tags.map(({ repository, tag }) => `${repository}:${tag}`);
        if (unpulled === false && killed % pullEvery === 0) await assertPulls(directory, names, random);
      }
      await scrape(directory, ...flags);
      assert.deepEqual(
        await listDirectory(directory),
        expected,
        'a rerun must end like an uninterrupted run',
      );
      await rm(directory, { recursive: true });
    }
    const average = (published / killed).toFixed(1);
    t.diagnostic(
      `${String(killed)} kills within ${duration.toFixed(0)} ms, on average ${average} whole tags after one; seed ${String(seed)}`,
    );
  }

  for (const [mode, flags] of [
    ['copying', []],
    ['linking', ['--link']],
  ] as const) {
    test(`leaves whole images only when ${mode}, and a rerun completes it to the byte`, t =>
      killAgainAndAgain(t, seededRandom(`${mode} ${String(seed)}`), flags));
  }

  test('several at once into one output do each other no harm, even when one is killed', async () => {
    const output = path.join(base, 'shared');
    await Promise.all([scrape(output), scrape(output, '--link'), scrapeAndKill(output, 300, [])]);
    assert.deepEqual((await inspect(output)).problems, []);
    await scrape(output);
    assert.deepEqual(await listDirectory(output), expected);
  });

  test('never touches the source', async () => {
    const { tags, problems } = await inspect(source.root);
    assert.deepEqual(problems, []);
    assert.equal(tags.length, source.references.length);
  });
});
