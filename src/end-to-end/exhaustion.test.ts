import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { resizeDisk, smallDisk } from '../testing/disks.ts';
import { buildRegistry } from '../testing/registry.ts';
import { requirements } from '../testing/requirements.ts';
import { mustRun, run, type Finished } from '../testing/run.ts';
import { listDirectory, type Listing } from '../testing/tree.ts';
import { inspect } from './inspect.ts';
import { runWhole } from './killed-run.ts';
import { builtProgram } from './program.ts';

/** Milliseconds after which a run hangs. */
const TIME_LIMIT = 60_000;
const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
/** What an operator must never see. */
const internals = /^\s+at |\bERR_[A-Z]|\bundefined\b|\[object |node:|Error:/m;

describe(
  'a machine that gives no more',
  { skip: requirements(['linux', 'root', 'mount', 'prlimit', 'setpriv']) },
  () => {
    let base: string;
    let source: string;
    /** What a scrape of everything leaves. */
    let expected: Listing;
    const at = (...names: readonly string[]): string => path.join(base, ...names);

    before(async () => {
      base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-exhausted-'));
      await chmod(base, 0o755);
      source = at('source');
      const registry = buildRegistry('exhausted');
      // many small files: each takes a page of a disk in memory, which no sum of bytes tells
      for (let tag = 0; tag < 12; tag += 1)
        registry.repository('app').image({ tag: String(tag), layers: [700, 800, 900] });
      registry.repository('team/large').image({ tag: '1', layers: [60_000] });
      await registry.write(source);
      await runWhole([...everything(), '-o', at('whole'), '-q']);
      for (const name of ['x.tar', 'x.tar.zst']) await runWhole([...everything(), '-o', at(name), '-q']);
      expected = await listDirectory(at('whole'));
    });
    beforeEach(async () => {
      await rm(at('out'), { recursive: true, force: true });
      await mkdir(at('out'));
      await chmod(at('out'), 0o777);
    });
    after(() => rm(base, { recursive: true, force: true }));

    /** Makes the place for outputs empty. */
    async function clear(): Promise<void> {
      await rm(at('out'), { recursive: true, force: true });
      await mkdir(at('out'));
      await chmod(at('out'), 0o777);
    }

    const everything = (): string[] => ['**:*', '-d', source];

    /** Runs the program after other words, which limit it. */
    function limited(limits: readonly string[], argv: readonly string[]): Promise<Finished> {
      const { command, args } = builtProgram();
      const [first = command, ...others] = [...limits, command, ...args, ...argv];
      return run(first, others, { timeout: TIME_LIMIT });
    }

    /** It failed as it should: with words of its own. */
    function assertTold({ status, signal, stderr }: Finished, says: RegExp): void {
      assert.deepEqual([status, signal], [1, null], stderr);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, internals);
    }

    async function assertWhole(directory: string): Promise<void> {
      assert.deepEqual((await inspect(directory)).problems, []);
      const names = await readdir(directory);
      assert.deepEqual(
        names.filter(name => name !== 'docker'),
        [],
      );
    }

    for (const [name, argv] of [
      ['a scrape', (disk: string) => [...everything(), '-o', path.join(disk, 'out')]],
      ['an apply', (disk: string) => ['apply', at('x.tar'), '-d', path.join(disk, 'out')]],
      [
        'an apply of what is compressed',
        (disk: string) => ['apply', at('x.tar.zst'), '-d', path.join(disk, 'out')],
      ],
    ] as const)
      test(`${name} onto a disk that fills up is told, and the same again completes it`, async t => {
        const disk = (await smallDisk(t, 340 * 1024)) ?? assert.fail();
        await mkdir(path.join(disk, 'out'));
        assertTold(await limited([], argv(disk)), /cannot write \S+: the disk is full/);
        await assertWhole(path.join(disk, 'out'));
        await resizeDisk(disk, 8 * 1024 * 1024);
        await runWhole([...argv(disk), '-q']);
        assert.deepEqual(await listDirectory(path.join(disk, 'out')), expected);
      });

    test('links fill a disk as well', async t => {
      const disk = (await smallDisk(t, 8 * 1024 * 1024)) ?? assert.fail();
      await mustRun('cp', ['-a', source, path.join(disk, 'source')]);
      const { bavail, bsize } = await statfs(disk);
      await writeFile(path.join(disk, 'filler'), Buffer.alloc((bavail - 20) * bsize));
      const argv = ['**:*', '-d', path.join(disk, 'source'), '-o', path.join(disk, 'out'), '--link'];
      assertTold(await limited([], argv), /cannot write \S+: the disk is full/);
      await assertWhole(path.join(disk, 'out'));
      await rm(path.join(disk, 'filler'));
      await runWhole([...argv, '-q']);
      assert.deepEqual(await listDirectory(path.join(disk, 'out')), expected);
    });

    for (const name of ['x.tar', 'x.tar.zst', 'site.inv'])
      test(`a disk that fills up holds nothing of ${name}`, async t => {
        const disk = (await smallDisk(t, 64 * 1024)) ?? assert.fail();
        await writeFile(path.join(disk, 'filler'), Buffer.alloc(64 * 1024));
        const file = path.join(disk, name);
        const argv =
          name === 'site.inv' ? ['inventory', '-d', source, '-o', file] : [...everything(), '-o', file];
        assertTold(await limited([], argv), /cannot write \S+: the disk is full/);
        assert.deepEqual(await readdir(disk), ['filler']);
      });

    const commands: readonly (readonly [name: string, argv: () => readonly string[]])[] = [
      ['scrape', () => [...everything(), '-o', at('out/plain'), '-q']],
      ['scrape --link', () => [...everything(), '-o', at('out/linked'), '--link', '-q']],
      ['scrape to an archive', () => [...everything(), '-o', at('out/x.tar.zst'), '-q']],
      ['apply', () => ['apply', at('x.tar'), '-d', at('out'), '-q']],
      ['verify', () => ['verify', '-d', source]],
      ['inventory', () => ['inventory', '-d', source, '-o', at('out/site.inv')]],
      ['ls', () => ['ls', '-l', '-d', source]],
    ];

    for (const [name, argv] of commands) {
      test(`64 open files are enough for ${name}`, async () => {
        const { status, stderr } = await limited(['prlimit', '--nofile=64'], argv());
        assert.equal(status, 0, stderr);
      });

      test(`when the open files run out, ${name} says so`, async () => {
        for (const files of [30, 24]) {
          await clear();
          const ended = await limited(['prlimit', `--nofile=${String(files)}`], argv());
          if (ended.status !== 0) assertTold(ended, /too many files open|EMFILE/);
          assert.match(ended.stderr, ended.status === 0 ? /^/ : /ulimit/);
        }
      });

      test(`when the address space runs out, ${name} says so where it is reached at all`, async () => {
        for (const size of [400, 1400, 2000]) {
          await clear();
          const limits = ['prlimit', `--as=${String(size * 2 ** 20)}`, '--core=0'];
          const ended = await limited(limits, argv());
          assert.notEqual(ended.signal, 'SIGKILL', 'it hangs');
          // Node itself ends by a signal when there is not enough for it
          if (ended.signal === null && ended.status !== 0) assertTold(ended, /ulimit/);
          if (size === 2000) assert.equal(ended.status, 0, ended.stderr);
        }
      });

      test(`${name} takes a source that is only readable, as nobody`, async () => {
        const ended = await limited([...nobody, 'env', '-i'], argv());
        assert.equal(ended.status, 0, ended.stderr);
      });
    }

    test('a disk that is mounted read-only is told, to root and to nobody', async t => {
      const disk = (await smallDisk(t, 4 * 1024 * 1024)) ?? assert.fail();
      await chmod(disk, 0o777);
      await mkdir(path.join(disk, 'site'), { mode: 0o777 });
      await mustRun('mount', ['-o', 'remount,ro', disk]);
      for (const who of [[], nobody])
        for (const argv of [
          [...everything(), '-o', path.join(disk, 'out')],
          [...everything(), '-o', path.join(disk, 'out'), '--link'],
          [...everything(), '-o', path.join(disk, 'x.tar')],
          ['apply', at('x.tar'), '-d', path.join(disk, 'site')],
          ['inventory', '-d', source, '-o', path.join(disk, 'site.inv')],
        ])
          assertTold(
            await limited(who, argv),
            /cannot write \S+: (the file system is mounted read-only|permission denied)/,
          );
      assert.deepEqual(await readdir(disk), ['site']);
    });

    test('a source that is mounted read-only is no hindrance', async t => {
      const disk = (await smallDisk(t, 4 * 1024 * 1024)) ?? assert.fail();
      await mustRun('cp', ['-a', source, path.join(disk, 'source')]);
      await mustRun('mount', ['-o', 'remount,ro', disk]);
      for (const who of [[], nobody])
        for (const flags of [[], ['--link'], ['--fsync']]) {
          const output = at('out', `copy${String(who.length)}${flags.join('')}`);
          const ended = await limited(who, ['**:*', '-d', path.join(disk, 'source'), '-o', output, ...flags]);
          assert.equal(ended.status, 0, ended.stderr);
          assert.deepEqual(await listDirectory(output), expected);
        }
    });
  },
);
