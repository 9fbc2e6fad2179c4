import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { BulkRegistry } from '../testing/bulk-registry.ts';
import { seededRandom } from '../testing/random.ts';
import { requirements } from '../testing/requirements.ts';
import { listDirectory } from '../testing/tree.ts';
import { applyVictim } from './apply-victim.ts';
import { inspect } from './inspect.ts';
import { runAndKill, runWhole } from './killed-run.ts';
import { killAgainAndAgain, type Victim } from './killing.ts';
import { assertUntouched, scrapeArguments, scrapeVictim, victimSource } from './scrape-victim.ts';
import { seed } from './seed.ts';

/** `npm run torture -- --only kills` kills more of them. */
const kills = 8;

describe('a run killed at any moment', () => {
  let base: string;
  let source: BulkRegistry;

  before(async () => {
    base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-kill-'));
    source = await victimSource(base);
  });
  after(() => rm(base, { recursive: true, force: true }));

  async function survives(t: TestContext, victim: Victim): Promise<void> {
    const random = seededRandom(`${t.name} ${String(seed)}`);
    const { killed, bad, notes } = await killAgainAndAgain(victim, { kills, random, sampleEvery: 4 });
    for (const note of notes) t.diagnostic(note);
    assert.deepEqual(bad, [], `seed ${String(seed)}`);
    assert.equal(killed, kills);
  }

  test('leaves whole images only when copying, and a rerun completes it to the byte', t =>
    survives(t, scrapeVictim(source, base)));

  test('leaves whole images only when linking, and a rerun completes it to the byte', t =>
    survives(t, scrapeVictim(source, base, ['--link'])));

  test(
    'leaves every tag whole, the old one or the new one, when applying into storage that a registry serves',
    { skip: requirements(['docker-registry', 'skopeo']) },
    async t => survives(t, await applyVictim(source, base)),
  );

  test('does no harm to others that write to the same output', async () => {
    const [shared, alone] = [path.join(base, 'shared'), path.join(base, 'alone')];
    const args = scrapeArguments(source, shared);
    await Promise.all([runWhole(args), runWhole([...args, '--link']), runAndKill(args, 300)]);
    assert.deepEqual((await inspect(shared)).problems, []);
    await runWhole(args);
    await runWhole(scrapeArguments(source, alone));
    assert.deepEqual(await listDirectory(shared), await listDirectory(alone));
  });

  test('never touches the source', () => assertUntouched(source));
});
