import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { requirements } from '../testing/requirements.ts';
import { run } from '../testing/run.ts';
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
  ['scrape --fsync', 'openat', /revisions\/sha256\/[0-9a-f]+\/link$/, 'ENOSPC'],
  ['ls', 'openat', /blobs.*data$/, 'ENOSPC'],
  ['verify', 'getdents64', /blobs\/sha256\/[0-9a-f]+$/, 'EINTR'],
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
      count: lessons.length + 4,
      seed: 1,
      scratch: path.join(scratch, 'once'),
      lanes: 2,
    };
    const { done, bad } = await faults(options);
    assert.deepEqual(bad, []);
    assert.ok(done >= lessons.length - 1, `${String(done)} faults were met`);
  });

  test('loses no name where it is one that reads a directory, and a signal interrupts it', async () => {
    const directory = await mkdtemp(path.join(scratch, 'names-'));
    const names = ['a', 'b', 'c'];
    for (const name of names) await writeFile(path.join(directory, name), '');
    const module = JSON.stringify(new URL('../storage/calls.ts', import.meta.url).href);
    for (const way of ['directCalls', 'pooledCalls']) {
      const code = `import { ${way} } from ${module};
        console.log(JSON.stringify((await ${way}.readdir(process.argv[1])).map(({ name }) => name)));`;
      // the second call is the one that says that there are no more
      for (const when of ['1', '2']) {
        const inject = `inject=getdents64:error=EINTR:when=${when}`;
        const log = path.join(scratch, 'names.log');
        const options = ['-f', '-o', log, '-P', directory, '-e', 'trace=getdents64', '-e', inject];
        const node = [process.execPath, '--input-type=module', '-e', code, directory];
        const { stdout, stderr } = await run('strace', [...options, ...node]);
        assert.match(await readFile(log, 'utf8'), /EINTR.*INJECTED/);
        assert.deepEqual((JSON.parse(stdout || 'null') as string[] | null)?.sort(), names, stderr);
      }
    }
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
