import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hostileCases } from '../testing/hostile/all.ts';
import { ownChoices } from '../testing/hostile/outputs.ts';
import { requirements } from '../testing/requirements.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { drawCalls, judgeCorpus } from './corpus.ts';

/** Calls of the program; the torture makes one of each case at least. */
const CALLS = 30;
/** Repeats the calls of an earlier run. */
const seed = Number(process.env['REGISTRY_SCRAPER_SEED'] ?? Date.now() % 1_000_000);

describe('what was made to do harm', { skip: requirements(['linux', 'mkfifo', 'tar']) }, () => {
  const traced = requirements(['strace'], {}) === false;

  test('does none, whatever it is and whichever command sees it', async t => {
    const scratch = await temporaryDirectory(t);
    t.diagnostic(`seed ${String(seed)}${traced ? '' : '; strace is not there to watch'}`);
    const cases = drawCalls(hostileCases, CALLS, seed);
    const { bad, runs } = await judgeCorpus({ cases, scratch, seed, traced, lanes: 2 });
    assert.equal(runs, CALLS);
    assert.deepEqual(bad, []);
  });

  test('and links that are the operator’s own choice work', async t => {
    const scratch = await temporaryDirectory(t);
    const { bad } = await judgeCorpus({ cases: ownChoices, scratch, seed, traced, lanes: 2 });
    assert.deepEqual(bad, []);
  });

  test('is at least two hundred things, no two of which have the same name', () => {
    assert.ok(hostileCases.length >= 200);
    assert.equal(new Set(hostileCases.map(({ name }) => name)).size, hostileCases.length);
  });
});
