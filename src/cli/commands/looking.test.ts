/** The commands that look at a registry, as a shell runs them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { buildRegistry } from '../../testing/registry.ts';
import { run, type Finished } from '../../testing/run.ts';
import { sharingImages } from '../../testing/sharing-images.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';

const main = path.resolve(import.meta.dirname, '../../main.ts');

const call = (cwd: string, ...argv: string[]): Promise<Finished> =>
  run(process.execPath, [main, ...argv], { cwd });

async function manyTags(t: TestContext, count: number): Promise<string> {
  const cwd = await temporaryDirectory(t);
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ layers: [10] });
  for (let tag = 0; tag < count; tag += 1) app.tag(`a-rather-long-tag-for-an-image-1.${String(tag)}`, image);
  await registry.write(path.join(cwd, 'data'));
  return cwd;
}

test('a listing pipes into a reader that has seen enough, quietly', async t => {
  const cwd = await manyTags(t, 3000);
  for (const argv of [['ls'], ['ls', '-l'], ['ls', '--json'], ['ls', '--sort', 'size']]) {
    const child = spawn(process.execPath, [main, ...argv, '-d', 'data'], { cwd });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    assert.deepEqual(await once(child, 'close'), [0, null], argv.join(' '));
    assert.equal(stderr, '');
  }
});

test('a reader that never reads is no failure either', async t => {
  const cwd = await manyTags(t, 10);
  const child = spawn(process.execPath, [main, 'ls', '-d', 'data'], { cwd });
  child.stdout.destroy();
  assert.deepEqual(await once(child, 'close'), [0, null]);
});

test('a slow reader gets all of it', async t => {
  const cwd = await manyTags(t, 5000);
  const child = spawn(process.execPath, [main, 'ls', '-d', 'data'], { cwd });
  let lines = 0;
  for await (const chunk of child.stdout) {
    lines += (chunk as Buffer).toString().split('\n').length - 1;
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  assert.equal(lines, 5000);
});

test('names that are listed can be scraped', async t => {
  const cwd = await temporaryDirectory(t);
  await sharingImages().registry.write(path.join(cwd, 'data'));
  for (const argv of [['ls'], ['ls', '--digests']]) {
    const { stdout } = await call(cwd, ...argv, '-d', 'data');
    const scraped = await call(cwd, ...stdout.trim().split('\n'), '-d', 'data', '--dry-run');
    assert.equal(scraped.status, 0, scraped.stderr);
  }
});

test('the bytes of a manifest come out of the program as they were pushed', async t => {
  const cwd = await temporaryDirectory(t);
  const { registry, index } = sharingImages();
  await registry.write(path.join(cwd, 'data'));
  const { status, stdout, stderr } = await call(cwd, 'inspect', 'team/app:both', '--raw', '-d', 'data');
  assert.deepEqual([status, stderr], [0, '']);
  assert.equal(`sha256:${createHash('sha256').update(stdout).digest('hex')}`, index.digest);
});

test('exit codes reach the shell', async t => {
  const cwd = await temporaryDirectory(t);
  const { registry, first } = sharingImages();
  registry.flipBit(first);
  await registry.write(path.join(cwd, 'data'));
  const cases: [code: number, argv: readonly string[]][] = [
    [0, ['ls', '-d', 'data']],
    [0, ['ls', '-l', '-d', 'data']],
    [1, ['ls', '-d', 'nosuch']],
    [2, ['ls', '--sort', 'nosuch', '-d', 'data']],
    [2, ['ls', 'Team/**', '-d', 'data']],
    [3, ['ls', 'nosuch/**', '-d', 'data']],
    [4, ['ls', '-l', 'team/app:1', '-d', 'data']],
    [0, ['inspect', 'team/app:2', '-d', 'data']],
    [2, ['inspect', '-d', 'data']],
    [3, ['inspect', 'team/app:9', '-d', 'data']],
    [4, ['inspect', 'team/app:1', '-d', 'data']],
    [0, ['completion', 'bash']],
    [2, ['completion', 'tcsh']],
  ];
  for (const [code, argv] of cases) {
    const { status, stdout, stderr } = await call(cwd, ...argv);
    assert.equal(status, code, `${argv.join(' ')}\n${stdout}${stderr}`);
  }
});
