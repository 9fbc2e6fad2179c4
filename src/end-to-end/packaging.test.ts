import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildRegistry } from '../testing/registry.ts';
import { requirements } from '../testing/requirements.ts';
import { inspect } from './inspect.ts';
import { jailTools, makeJail, runInJail, type Jail } from './jail.ts';
import { builtProgram, runProgram } from './program.ts';

test('the built binary says which version, Node, platform and commit it is', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const { status, stdout } = await runProgram(['--version']);
  assert.equal(status, 0);
  assert.ok(stdout.startsWith(`registry-scraper ${version}\n`), stdout);
  assert.match(stdout, /^node +v24\.\d+\.\d+$/m);
  assert.match(stdout, new RegExp(`^platform +${process.platform}-${process.arch}$`, 'm'));
  assert.match(stdout, /^commit +([0-9a-f]{12}(-dirty)?|unknown)$/m);
});

test('the built binary does not heed what NODE_OPTIONS says to other programs', async () => {
  const env = { ...process.env, NODE_OPTIONS: '--require=/does/not/exist' };
  const { status, stderr } = await runProgram(['--version'], { env });
  assert.equal(status, 0, stderr);
});

describe(
  'the built binary on a host with nothing but the C and C++ runtime',
  { skip: requirements(jailTools) },
  () => {
    const references = ['team/app:1.2', 'team/app:1.3'];
    let base: string;
    let jail: Jail;

    before(async () => {
      base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-jail-'));
      const registry = buildRegistry('jail');
      const team = registry.repository('team/app');
      const layers = [3_000_000, 1_500_000, 700];
      team.index([team.image({ layers }), team.image({ layers, platform: 'linux/arm64' })], { tag: '1.2' });
      team.image({ tag: '1.3', layers });
      await registry.write(path.join(base, 'data'));
      jail = await makeJail(base, builtProgram().command, path.join(base, 'data'));
    });
    after(() => rm(base, { recursive: true, force: true }));

    test('starts', async () => {
      const { status, stdout, stderr } = await runInJail(jail, ['--version']);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^registry-scraper /);
    });

    test('does the whole job as a normal user, with no HOME, no /tmp, no network and a read-only root', async () => {
      const args = [...references, '--data-dir', '/data', '--output-dir', '/output/plain', '--json'];
      const { status, stdout, stderr } = await runInJail(jail, args);
      assert.equal(status, 0, stdout + stderr);
      await assertWhole(path.join(jail.output, 'plain'));
    });

    test(
      'opens no socket and writes nowhere but below its output',
      { skip: requirements([...jailTools, 'strace']) },
      async () => {
        const trace = path.join(base, 'trace');
        const args = [...references, '--data-dir', '/data', '--output-dir', '/output/traced', '--json'];
        const { status, stdout, stderr } = await runInJail(jail, args, trace);
        assert.equal(status, 0, stdout + stderr);
        await assertWhole(path.join(jail.output, 'traced'));
        const lines = linesAfterStart(await readFile(trace, 'utf8'));
        assert.ok(workersWrite(lines), 'the trace shows how worker threads write');
        const calls = lines.map(line => line.replace(/^\d+ +/, ''));
        assert.deepEqual(calls.filter(isNetworkCall), []);
        assert.deepEqual(
          calls.filter(call => isWritingCall(call) && !/"\/output(\/|")/.test(call)),
          [],
        );
      },
    );

    async function assertWhole(output: string): Promise<void> {
      const { tags, problems } = await inspect(output);
      assert.deepEqual(problems, []);
      assert.deepEqual(tags.map(({ repository, tag }) => `${repository}:${tag}`).sort(), references);
    }
  },
);

/** Thread number and system call, of the program itself, without the tools that put it into the jail. */
function linesAfterStart(trace: string): readonly string[] {
  const lines = trace.split('\n');
  const start = lines.findIndex(line => line.includes('execve("/registry-scraper"'));
  assert.notEqual(start, -1, 'the trace shows the start of the program');
  return lines.slice(start + 1);
}

/** Whether a thread that Node started as a worker has opened a file in the output for writing. */
function workersWrite(lines: readonly string[]): boolean {
  const threadsWith = (call: RegExp): readonly string[] => lines.flatMap(line => call.exec(line)?.[1] ?? []);
  const workers = new Set(threadsWith(/^(\d+) +prctl\(PR_SET_NAME, "WorkerThread/));
  return threadsWith(/^(\d+) +openat\(.*"\/output\/.*\bO_WRONLY\b/).some(thread => workers.has(thread));
}

function isNetworkCall(call: string): boolean {
  return /^(socket|connect|bind|listen|accept4?|send(to|msg|mmsg)|recv(from|msg|mmsg))\(/.test(call);
}

function isWritingCall(call: string): boolean {
  if (/^(creat|mkdir|mkdirat|mknod|mknodat|truncate|rmdir)\(/.test(call)) return true;
  if (/^(rename|link|symlink|unlink)(at|at2)?\(/.test(call)) return true;
  return /^open(at2?)?\(.*\b(O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE)\b/.test(call);
}
