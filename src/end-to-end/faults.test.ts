import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { requirements } from '../testing/requirements.ts';
import type { FaultCase } from './fault-cases.ts';
import { faultScenes } from './fault-scenes.ts';
import { faults } from './faults.ts';
import { seed } from './seed.ts';

/** What was not told as it should be, once: a scene, the call, what it was about, its error. */
const lessons: readonly (readonly [scene: string, call: string, place: RegExp, errno: string])[] = [
  ['scrape', 'rmdir', /registry-scraper-[^/]*$/, 'EACCES'],
  ['scrape', 'statfs', /work$/, 'EIO'],
  ['scrape', 'readlink', /source$/, 'EACCES'],
  ['scrape', 'close', /source.*data$/, 'EIO'],
  ['scrape', 'newfstatat', /source$/, 'EIO'],
  ['scrape', 'mkdir', /work\/out$/, 'EROFS'],
  ['verify x.tar', 'statx', /x\.tar$/, 'EACCES'],
  ['verify x.tar', 'read', /x\.tar$/, 'EINTR'],
  ['inventory', 'readlink', /work$/, 'EACCES'],
  ['apply x.tar', 'rmdir', /registry-scraper-[^/]*$/, 'EROFS'],
];

const taught = ({ scene, fault }: FaultCase): boolean =>
  lessons.some(
    ([name, call, place, errno]) =>
      scene.name === name && fault.call === call && place.test(fault.place ?? '') && fault.errno === errno,
  );

describe('a system call that fails', { skip: requirements(['linux', 'strace']) }, () => {
  let scratch: string;
  before(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'registry-scraper-faults-'));
  });
  after(() => rm(scratch, { recursive: true, force: true }));

  test('is told as what it is where that once was not so', async () => {
    const scenes = faultScenes.filter(({ name }) => lessons.some(([scene]) => scene === name));
    const options = {
      scenes,
      only: taught,
      count: 12,
      seed: 1,
      scratch: path.join(scratch, 'once'),
      lanes: 2,
    };
    const { done, bad } = await faults(options);
    assert.deepEqual(bad, []);
    assert.ok(done >= lessons.length - 1, `${String(done)} faults were met`);
  });

  test('ends a run with its name and place, and the same again completes it', async t => {
    // a third of them each time, to be quick
    const scenes = faultScenes.filter((_, index) => (index + seed) % 3 === 0);
    const options = { scenes, count: 16, seed, scratch: path.join(scratch, 'any'), lanes: 2 };
    const { done, bad, known } = await faults(options);
    t.diagnostic(`${String(done)} of ${String(known)} faults; seed ${String(seed)}`);
    assert.deepEqual(bad, []);
    assert.ok(done >= 12, `${String(done)} faults were met`);
  });
});
