import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustRun, run } from './run.ts';

const node = (script: string): [string, string[]] => [process.execPath, ['-e', script]];

test('what a command prints is told by stream and together, however it ends', async () => {
  const script =
    "process.stdout.write('out\\n', () => process.stderr.write('err\\n', () => process.exit(3)))";
  const finished = await run(...node(script));
  assert.deepEqual(
    { ...finished, output: finished.output.split('\n').sort() },
    { status: 3, signal: null, stdout: 'out\n', stderr: 'err\n', output: ['', 'err', 'out'] },
  );
});

test('a command that has to succeed gives what it printed, or fails with it', async () => {
  assert.equal(await mustRun(...node('console.log(1)')), '1\n');
  await assert.rejects(
    mustRun(...node("console.error('why'); process.exit(2)")),
    /^Error: .* ended with status 2\nwhy$/s,
  );
});

test('a command that takes too long is ended', async () => {
  const { status, signal } = await run(...node('setInterval(() => 0, 1000)'), { timeout: 300 });
  assert.deepEqual([status, signal], [null, 'SIGKILL']);
});

test('what cannot be started is an error', async () => {
  await assert.rejects(run('registry-scraper-no-such-command', []), { code: 'ENOENT' });
});
