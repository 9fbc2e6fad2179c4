/** Scraping a registry that lives, again and again: each copy must be whole, or fail and say why. */
import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ErrorCode, Failure, Warning } from '../errors.ts';
import { withRegistry } from '../testing/docker-registry.ts';
import type { Random } from '../testing/random.ts';
import { inspect } from './inspect.ts';
import { digestOf, nameOf } from './killing.ts';
import type { LivingRegistry } from './living-registry.ts';
import { runProgram } from './program.ts';
import { pullByHttp } from './pull.ts';

export interface Scraping {
  readonly scrapes: number;
  readonly random: Random;
  /** A directory for the outputs. */
  readonly scratch: string;
  readonly onProgress?: (done: number) => void;
}

export interface ScrapedAlive {
  readonly done: number;
  /** Everything that must not be, with what is needed to look at it. */
  readonly bad: readonly string[];
  readonly notes: readonly string[];
}

/** Scrapes under way at once. */
const LANES = 2;
/** Milliseconds after which a scrape hangs. */
const PATIENCE = 60_000;
const MOST_BAD = 20;
/** What a scrape may fail with in a registry that lives: it says that it changed, or what it lacks. */
const honest: readonly ErrorCode[] = [
  'REGISTRY_CHANGED',
  'NAME_UNKNOWN',
  'TAG_UNKNOWN',
  'MANIFEST_UNKNOWN',
  'BLOB_UNKNOWN',
  'SELECTION_EMPTY',
];

interface Document {
  readonly warnings: readonly Warning[];
  readonly errors: readonly Failure[];
}

/** Makes so many scrapes, each into a new directory, and judges each of them. */
export async function scrapeAlive(
  { root, names, history, counts }: LivingRegistry,
  { scrapes, random, scratch, onProgress }: Scraping,
): Promise<ScrapedAlive> {
  const bad: string[] = [];
  const outcomes = new Map<string, number>();
  const count = (what: string): unknown => outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
  let next = 0;
  let done = 0;

  /** A tag by its name, now and then several, linked, or whatever of all can be had. */
  function draw(): readonly string[] {
    const any = (): string => names[random.integer(names.length)] ?? '';
    switch (random.integer(6)) {
      case 0:
        return ['team/**:*', '--keep-going'];
      case 1:
        return [any(), any(), any(), '--link', '--keep-going'];
      case 2:
        return [any(), '--link'];
      default:
        return [any()];
    }
  }

  async function scrapeOne(output: string, argv: readonly string[]): Promise<void> {
    const from = performance.now();
    const { status, stdout, stderr } = await runProgram(
      ['scrape', ...argv, '-d', root, '-o', output, '--json', '--quiet'],
      { timeout: PATIENCE },
    );
    const to = performance.now();
    assert.ok(status === 0 || status === 3, `status ${String(status)}: ${stdout}${stderr}`);
    assert.doesNotMatch(stderr, /\n\s+at |INTERNAL/);
    const { warnings, errors } = JSON.parse(stdout) as Document;
    const dishonest = errors.filter(({ code }) => !honest.includes(code));
    assert.deepEqual(dishonest, []);
    for (const code of new Set(errors.map(error => error.code))) count(code);
    // no index here was ever pushed without its platforms, so none may be taken for one that lacks some
    assert.deepEqual(
      warnings.filter(({ code }) => code === 'SPARSE_INDEX'),
      [],
    );
    if (status === 0) count('whole');
    const { tags, problems } = await inspect(output);
    assert.deepEqual(problems, []);
    const found = new Map(tags.map(tag => [nameOf(tag), digestOf(tag)]));
    for (const [name, digest] of found)
      assert.ok(history.had(name, digest, from, to), `${name} was not ${digest} then`);
    if (status === 0 && !argv.some(one => one.includes('*')))
      for (const name of argv) assert.ok(name.startsWith('--') || found.has(name), `${name} is not there`);
    if (tags.length === 0) return;
    await withRegistry(output, async ({ url }) => {
      for (const { repository, tag, blobs } of tags) {
        const pulled = await pullByHttp(url, repository, tag);
        for (const [digest, sha256] of pulled) assert.equal(digest, `sha256:${sha256}`);
        assert.deepEqual([...pulled.keys()].toSorted(), [...blobs].toSorted());
      }
    });
  }

  async function lane(): Promise<void> {
    while (next < scrapes && bad.length < MOST_BAD) {
      const number = next++;
      const argv = draw();
      const output = path.join(scratch, `output-${String(number)}`);
      try {
        await mkdir(output);
        await scrapeOne(output, argv);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        bad.push(`scrape ${String(number)} of ${argv.join(' ')}: ${message}`);
      }
      await rm(output, { recursive: true, force: true });
      done += 1;
      onProgress?.(done);
    }
  }

  await Promise.all(Array.from({ length: LANES }, lane));
  const told = (counts: ReadonlyMap<string, number>): string =>
    [...counts].map(([what, times]) => `${String(times)} ${what}`).join(', ');
  return { done, bad, notes: [`outcomes: ${told(outcomes)}`, `meanwhile: ${told(counts)}`] };
}
