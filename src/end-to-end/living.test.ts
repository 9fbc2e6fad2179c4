import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { seededRandom } from '../testing/random.ts';
import { requirements } from '../testing/requirements.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { liveRegistry } from './living-registry.ts';
import { scrapeAlive } from './scraping-alive.ts';
import { seed } from './seed.ts';

/** `npm run torture -- --only living` makes more of them. */
const scrapes = 8;

describe(
  'a registry that is pushed to, deleted from and collected',
  { skip: requirements(['docker-registry']) },
  () => {
    test('is scraped whole, or not at all and for a reason', async t => {
      const base = await temporaryDirectory(t);
      const [root, scratch] = [path.join(base, 'registry'), path.join(base, 'outputs')];
      await mkdir(scratch);
      const living = await liveRegistry(root, seededRandom(`life ${String(seed)}`));
      try {
        const random = seededRandom(`scrapes ${String(seed)}`);
        const { done, bad, notes } = await scrapeAlive(living, { scrapes, random, scratch });
        for (const note of notes) t.diagnostic(note);
        assert.deepEqual(bad, [], `seed ${String(seed)}`);
        assert.equal(done, scrapes);
      } finally {
        await living.stop();
      }
    });
  },
);
