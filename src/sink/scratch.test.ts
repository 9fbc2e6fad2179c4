import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, rename, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { asOrdinaryUser } from '../testing/ordinary-user.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { makeScratch, removeAbandoned, SCRATCH_PREFIX } from './scratch.ts';

/** The name of a scratch directory with some of its parts replaced: owner, process, start, random. */
function nameLike(scratch: string, replaced: Readonly<Record<number, string>>): string {
  const parts = basename(scratch).slice(SCRATCH_PREFIX.length).split('-');
  return SCRATCH_PREFIX + parts.map((part, at) => replaced[at] ?? part).join('-');
}

/** Moves a scratch directory of this process to another name, as if something else had made it. */
async function makeScratchOf(root: string, replaced: Readonly<Record<number, string>>): Promise<string> {
  const scratch = await makeScratch(root);
  const name = nameLike(scratch, replaced);
  await writeFile(join(scratch, 'partial'), 'bytes');
  await rename(scratch, join(root, name));
  return name;
}

const hour = 60 * 60 * 1000;

test('scratch directories of one process have different names, and none takes another away', async t => {
  const root = await temporaryDirectory(t);
  const names = [basename(await makeScratch(root)), basename(await makeScratch(root))];
  assert.equal(new Set(names).size, 2);
  await removeAbandoned(root, Date.now() + 1000 * hour);
  assert.deepEqual((await readdir(root)).sort(), names.sort());
});

test('what a process left that is gone, or whose number is another’s now, is removed with all in it', async t => {
  const root = await temporaryDirectory(t);
  // larger than any process number of Linux
  await makeScratchOf(root, { 1: '99999999' });
  await makeScratchOf(root, { 2: '1' });
  assert.equal((await readdir(root)).length, 2);
  await removeAbandoned(root, Date.now());
  assert.deepEqual(await readdir(root), []);
});

test('what another process is using stays until that process is gone', async t => {
  const root = await temporaryDirectory(t);
  const module = JSON.stringify(new URL('./scratch.ts', import.meta.url).href);
  const code = `const { makeScratch } = await import(${module});
    await makeScratch(${JSON.stringify(root)}); console.log('made'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  t.after(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  await removeAbandoned(root, Date.now());
  assert.equal((await readdir(root)).length, 1);
  child.kill('SIGKILL');
  await gone;
  await removeAbandoned(root, Date.now());
  assert.deepEqual(await readdir(root), []);
});

test('what another host left is removed only when it was not touched for a day', async t => {
  const root = await temporaryDirectory(t);
  const [recent, old] = [
    await makeScratchOf(root, { 0: 'abcdefabcdef' }),
    await makeScratchOf(root, { 0: '012345678901' }),
  ];
  const now = Date.now();
  await utimes(join(root, recent), new Date(now), new Date(now - 23 * hour));
  await utimes(join(root, old), new Date(now), new Date(now - 25 * hour));
  await removeAbandoned(root, now);
  assert.deepEqual(await readdir(root), [recent]);
});

test('nothing else is ever removed, however old', async t => {
  const root = await temporaryDirectory(t);
  const names = [
    'docker',
    'registry-scraper-x',
    '.registry-scraper',
    `${SCRATCH_PREFIX}notes`,
    `${SCRATCH_PREFIX}1-2-3-4`,
  ];
  for (const name of names) {
    await mkdir(join(root, name));
    await utimes(join(root, name), 0, 0);
  }
  await writeFile(join(root, `${SCRATCH_PREFIX}file`), '');
  await utimes(join(root, `${SCRATCH_PREFIX}file`), 0, 0);
  await removeAbandoned(root, Date.now());
  assert.deepEqual((await readdir(root)).sort(), [...names, `${SCRATCH_PREFIX}file`].sort());
});

test('a directory that nothing can be written to is told as such, and what cannot be removed stays', async t => {
  const root = await temporaryDirectory(t);
  const left = await makeScratchOf(root, { 1: '99999999' });
  await chmod(root, 0o555);
  await asOrdinaryUser(async () => {
    await removeAbandoned(root, Date.now());
    await assert.rejects(makeScratch(root), error => {
      assert.ok(isScraperError(error, 'ACCESS_DENIED'));
      assert.equal(error.details.path, root);
      return error.details.hint !== undefined;
    });
  });
  assert.deepEqual(await readdir(root), [left]);
  await chmod(root, 0o755);
});
