import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { liveRegistry } from '../../src/end-to-end/living-registry.ts';
import { scrapeAlive } from '../../src/end-to-end/scraping-alive.ts';
import { seededRandom } from '../../src/testing/random.ts';
import { requirements } from '../../src/testing/requirements.ts';
import type { Ordeal } from './ordeal.ts';

const TOLD_EVERY = 20;

/** Scrapes of a stock registry that is pushed to, deleted from and collected all the while. */
export const living: Ordeal = {
  full: 200,
  async run({ count, seed, scratch, log }) {
    const missing = requirements(['docker-registry']);
    if (missing !== false) return { done: 0, bad: [], notes: [`left out: it ${missing}`] };
    const outputs = path.join(scratch, 'outputs');
    await mkdir(outputs);
    const registry = await liveRegistry(path.join(scratch, 'registry'), seededRandom(`life ${String(seed)}`));
    try {
      return await scrapeAlive(registry, {
        scrapes: count,
        random: seededRandom(`scrapes ${String(seed)}`),
        scratch: outputs,
        onProgress(done) {
          if (done % TOLD_EVERY === 0) log(`${String(done)} scraped`);
        },
      });
    } finally {
      await registry.stop();
    }
  },
};
