import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { buildRegistry } from './testing/registry.ts';
import { mustRun, run } from './testing/run.ts';
import { temporaryDirectory } from './testing/temporary.ts';

const main = path.join(import.meta.dirname, 'main.ts');
const hasSignals = process.platform !== 'win32';

/** A registry whose image takes a while: its layer is a hole in the disk, to be hashed but not written with `--link`. */
async function slowRegistry(t: TestContext): Promise<string> {
  const top = await temporaryDirectory(t);
  const registry = buildRegistry();
  registry.repository('huge').image({ tag: '1', layers: [{ zeros: 2 ** 30 }], compression: 'none' });
  await registry.write(path.join(top, 'data'));
  return top;
}

function start(
  cwd: string,
  ...argv: string[]
): { child: ChildProcessWithoutNullStreams; ended: Promise<unknown[]> } {
  const child = spawn(process.execPath, [main, ...argv], { cwd });
  return { child, ended: once(child, 'close') };
}

function textOf(child: ChildProcessWithoutNullStreams): { stdout: string; stderr: string } {
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
  return text;
}

test('exit codes reach the shell', async t => {
  const cwd = await temporaryDirectory(t);
  const registry = buildRegistry();
  const image = registry.repository('app').image({ tag: '1', layers: [1000] });
  registry.repository('broken').image({ tag: '1', layers: [1000] });
  await registry.write(path.join(cwd, 'data'));
  const cases: [code: number, argv: readonly string[]][] = [
    [0, ['--version']],
    [0, ['--help']],
    [0, ['app:1', '-d', 'data', '-o', 'out']],
    [1, ['app:1', '-d', 'nosuch', '-o', 'out']],
    [2, []],
    [2, ['app:1', '--nope']],
    [2, ['app:', '-d', 'data', '-n']],
    [3, ['app:2', '-d', 'data', '-o', 'out']],
  ];
  for (const [code, argv] of cases) {
    const { status, stdout, stderr } = await run(process.execPath, [main, ...argv], { cwd });
    assert.equal(status, code, `${argv.join(' ')}\n${stdout}${stderr}`);
    assert.equal(stderr === '', code === 0, stderr);
  }
  registry.flipBit(image.layer(0));
  await registry.write(path.join(cwd, 'data'));
  assert.equal(
    (await run(process.execPath, [main, 'app:1', '-d', 'data', '-o', 'fresh'], { cwd })).status,
    4,
  );
});

test('a signal stops the work, says what is kept, and cleans up', { skip: !hasSignals }, async t => {
  const cwd = await slowRegistry(t);
  for (const [signal, code, word] of [
    ['SIGINT', 130, 'Interrupted'],
    ['SIGTERM', 143, 'Terminated'],
  ] as const) {
    const { child, ended } = start(cwd, 'huge:1', '-d', 'data', '-o', 'out', '--link', '-j', '1');
    const text = textOf(child);
    await until(() => scratchIn(cwd).length > 0);
    child.kill(signal);
    assert.deepEqual(await ended, [code, null]);
    assert.match(text.stderr, new RegExp(`^${word}: stopping`));
    assert.match(text.stdout, /^Interrupted: 0 of 1 image is complete in out$/m);
    assert.match(text.stdout, /^Run the same command again to go on/m);
    assert.deepEqual(scratchIn(cwd), []);
  }
});

test('a signal ends the wait for standard input', { skip: !hasSignals }, async t => {
  const cwd = await temporaryDirectory(t);
  await buildRegistry().write(path.join(cwd, 'data'));
  await mustRun('mkfifo', [path.join(cwd, 'pipe')]);
  for (const [command, after] of [
    ['scrape', ['-o', 'out']],
    ['ls', []],
  ] as const) {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const { child, ended } = start(cwd, command, '--from', 'pipe', '--from', '-', '-d', 'data', ...after);
      const text = textOf(child);
      // the pipe can be opened as soon as the program reads lists
      await writeFile(path.join(cwd, 'pipe'), 'app:1\n');
      const since = performance.now();
      child.kill(signal);
      assert.deepEqual(await ended, [code, null], text.stderr);
      assert.ok(performance.now() - since < 5000);
    }
  }
});

test('a second signal ends at once', { skip: !hasSignals }, async t => {
  const cwd = await slowRegistry(t);
  const { child, ended } = start(cwd, 'huge:1', '-d', 'data', '-o', 'out', '--link', '-j', '1');
  const text = textOf(child);
  await until(() => scratchIn(cwd).length > 0);
  child.kill('SIGINT');
  child.kill('SIGTERM');
  const [code] = await ended;
  assert.ok(code === 143 || code === 130, String(code));
  assert.ok(text.stderr.length < 200, text.stderr);
});

test('a current directory that was removed is said', { skip: !hasSignals }, async t => {
  const cwd = await temporaryDirectory(t);
  const call = (argv: string): ReturnType<typeof run> =>
    run(
      '/bin/sh',
      ['-c', `mkdir gone; cd gone; rmdir ../gone; exec "$0" "$1" ${argv}`, process.execPath, main],
      { cwd },
    );
  const { status, stderr } = await call('app:1 -o out');
  assert.equal(status, 1);
  assert.match(stderr, /^error: the current directory does not exist any more \[IO_ERROR\]$/m);
  assert.equal((await call('--help')).status, 0);
});

test('a reader that leaves is no failure', async () => {
  const { child, ended } = start('.', '--help');
  child.stdout.destroy();
  const text = textOf(child);
  assert.deepEqual(await ended, [0, null]);
  assert.equal(text.stderr, '');
});

test('the work goes on when nobody reads warnings and errors', async t => {
  const cwd = await temporaryDirectory(t);
  const registry = buildRegistry();
  registry.repository('app').image({ tag: '1', layers: [1000] });
  await registry.write(path.join(cwd, 'data'));
  const { child, ended } = start(cwd, 'app:1', 'app:2', '-d', 'data', '-o', 'out', '--keep-going');
  child.stderr.destroy();
  child.stdout.destroy();
  assert.deepEqual(await ended, [3, null]);
  assert.ok(
    existsSync(path.join(cwd, 'out/docker/registry/v2/repositories/app/_manifests/tags/1/current/link')),
  );
});

test('a report that cannot be written is a failure', { skip: !existsSync('/dev/full') }, async () => {
  const child = spawn(process.execPath, [main, '--help'], {
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  assert.deepEqual(await once(child, 'close'), [1, null]);
  assert.match(stderr, /^error: cannot write to standard output: ENOSPC.* \[IO_ERROR\]$/m);
});

/** Scratch places in the output, which are there while something is being written. */
function scratchIn(cwd: string): readonly string[] {
  const output = path.join(cwd, 'out');
  return existsSync(output) ? readdirSync(output).filter(name => name.startsWith('.')) : [];
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 10));
}
