import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bulkRegistry, bulkShapes, type BulkRegistry } from '../testing/bulk-registry.ts';
import { withRegistry } from '../testing/docker-registry.ts';
import { seededRandom } from '../testing/random.ts';
import { listDirectory, type Listing } from '../testing/tree.ts';
import { inspect } from './inspect.ts';
import { isLong, killAgainAndAgain, runAndKill, runWhole, seed } from './killing.ts';

describe('a scrape killed at any moment', () => {
  let base: string;
  let source: BulkRegistry;
  let expected: Listing;

  before(async () => {
    base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-kill-'));
    const shared = path.join(tmpdir(), 'registry-scraper-bench');
    source = await (isLong ? bulkRegistry(bulkShapes.full, shared) : bulkRegistry(bulkShapes.quick, base));
    await runWhole(argumentsFor(path.join(base, 'whole')));
    expected = await listDirectory(path.join(base, 'whole'));
    assert.equal((await inspect(path.join(base, 'whole'))).tags.length, source.references.length);
  });
  after(() => rm(base, { recursive: true, force: true }));

  const argumentsFor = (output: string): string[] => [
    ...source.references,
    ...['--data-dir', source.root, '--output-dir', output, '--quiet'],
  ];

  for (const [mode, flags] of [
    ['copying', []],
    ['linking', ['--link']],
  ] as const) {
    test(`leaves whole images only when ${mode}, and a rerun completes it to the byte`, t =>
      killAgainAndAgain(t, seededRandom(`${mode} ${String(seed)}`), {
        argumentsFor: output => [...argumentsFor(output), ...flags],
        prepare: output => mkdir(output),
        serve: withRegistry,
        expected,
        scratch: base,
      }));
  }

  test('several at once into one output do each other no harm, even when one is killed', async () => {
    const args = argumentsFor(path.join(base, 'shared'));
    await Promise.all([runWhole(args), runWhole([...args, '--link']), runAndKill(args, 300)]);
    assert.deepEqual((await inspect(path.join(base, 'shared'))).problems, []);
    await runWhole(args);
    assert.deepEqual(await listDirectory(path.join(base, 'shared')), expected);
  });

  test('never touches the source', async () => {
    const { tags, problems } = await inspect(source.root);
    assert.deepEqual(problems, []);
    assert.equal(tags.length, source.references.length);
  });
});
