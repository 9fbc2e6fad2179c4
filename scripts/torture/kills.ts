import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { applyVictim } from '../../src/end-to-end/apply-victim.ts';
import { killAgainAndAgain, type Victim } from '../../src/end-to-end/killing.ts';
import { scrapeVictim, victimSource } from '../../src/end-to-end/scrape-victim.ts';
import { seededRandom } from '../../src/testing/random.ts';
import { requirements } from '../../src/testing/requirements.ts';
import type { Ordeal } from './ordeal.ts';

/** A stock registry and a client are slow beside what they look at. */
const SAMPLE_EVERY = 20;
const TOLD_EVERY = 50;

/** `kill -9` at random moments of scrapes, linking scrapes and applies, and of reruns over what a kill left. */
export const kills: Ordeal = {
  full: 1000,
  async run({ count, seed, scratch, log }) {
    const source = await victimSource(scratch);
    const unserved = requirements(['docker-registry', 'skopeo']);
    const make: Readonly<Record<string, (own: string) => Victim | Promise<Victim>>> = {
      scrape: own => scrapeVictim(source, own),
      'scrape --link': own => scrapeVictim(source, own, ['--link']),
      ...(unserved === false && { apply: own => applyVictim(source, own) }),
    };
    const lanes = Object.entries(make);
    let sum = 0;
    // side by side: judging takes as long as what is judged
    const results = await Promise.all(
      lanes.map(async ([name, victim], at) => {
        const own = path.join(scratch, name.replaceAll(' ', ''));
        await mkdir(own);
        let told = 0;
        const found = await killAgainAndAgain(await victim(own), {
          kills: Math.floor((count + at) / lanes.length),
          random: seededRandom(`${name} ${String(seed)}`),
          sampleEvery: SAMPLE_EVERY,
          onProgress(killed) {
            const before = sum;
            sum += killed - told;
            told = killed;
            if (Math.floor(sum / TOLD_EVERY) > Math.floor(before / TOLD_EVERY)) log(`${String(sum)} killed`);
          },
        });
        return { name, ...found };
      }),
    );
    const done = results.reduce((total, { killed }) => total + killed, 0);
    const bad = results.flatMap(({ name, bad: some }) => some.map(one => `${name}, ${one}`));
    const notes = results.flatMap(({ name, notes: some }) => some.map(note => `${name}: ${note}`));
    if (unserved !== false) notes.push(`apply is left out: it ${unserved}`);
    return { done, bad, notes };
  },
};
