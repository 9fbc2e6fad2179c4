import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ApplyReport } from '../apply/apply.ts';
import type { Report } from '../report.ts';
import { startRegistry, withRegistry, type RunningRegistry } from '../testing/docker-registry.ts';
import { seededRandom } from '../testing/random.ts';
import { pullManifest } from '../testing/registry-client.ts';
import { buildRegistry } from '../testing/registry.ts';
import { requirements } from '../testing/requirements.ts';
import { mustRun, run, type RunOptions } from '../testing/run.ts';
import { tar } from '../testing/tar.ts';
import { listDirectory } from '../testing/tree.ts';
import { tars } from '../testing/writing.ts';
import { inspect } from './inspect.ts';
import { builtProgram, runProgram } from './program.ts';
import { copyBySkopeo, pullByHttp, pullBySkopeo } from './pull.ts';
import { assertNoGarbage } from './served-copy.ts';

const v1 = ['team/app:1', 'team/web:1', 'team/multi:1'];
const v2 = ['team/app:2', 'team/web:2', 'team/multi:2', 'team/new:2'];

describe(
  'a shipment from one registry to another',
  {
    skip: requirements([
      'docker-registry',
      'skopeo',
      'diff',
      'cmp',
      'sha256sum',
      'openssl',
      'tar',
      'bsdtar',
      'busybox',
    ]),
  },
  () => {
    let base: string;
    let workshop: RunningRegistry;
    let central: RunningRegistry;
    const at = (...names: readonly string[]): string => path.join(base, ...names);

    before(async () => {
      base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-shipment-'));
      for (const name of ['central', 'site', 'pulled']) await mkdir(at(name));
      await makeImages(at('workshop'));
      workshop = await startRegistry(at('workshop'));
      central = await startRegistry(at('central'));
      for (const reference of v1) await copyBySkopeo(workshop.address, central.address, reference);
      await mustRun('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', at('ed.key')]);
      const curve = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
      await mustRun('openssl', ['genpkey', ...curve, '-out', at('p256.key')]);
      for (const kind of ['ed', 'p256'])
        await mustRun('openssl', ['pkey', '-in', at(`${kind}.key`), '-pubout', '-out', at(`${kind}.pub`)]);
    });
    after(async () => {
      await central.stop();
      await workshop.stop();
      await rm(base, { recursive: true, force: true });
    });

    /** Runs the program in the directory and expects that it has nothing to object. */
    async function succeed(args: readonly string[], options: RunOptions = {}): Promise<string> {
      const { status, stdout, stderr } = await runProgram(args, { cwd: base, timeout: 60_000, ...options });
      assert.equal(status, 0, stdout + stderr);
      return stdout;
    }

    /** A client gets the same from `address` as from the registry that it was shipped from. */
    async function assertPulled(address: string, references: readonly string[]): Promise<void> {
      for (const reference of references) {
        const [expected, actual] = [at('pulled/expected'), at('pulled/actual')];
        for (const target of [expected, actual]) await rm(target, { recursive: true, force: true });
        await pullBySkopeo(central.address, reference, expected);
        await pullBySkopeo(address, reference, actual);
        const { stdout, status } = await run('diff', ['-r', expected, actual]);
        assert.deepEqual([stdout, status], ['', 0], reference);
      }
    }

    async function assertServed(root: string, references: readonly string[]): Promise<void> {
      await withRegistry(root, ({ address }) => assertPulled(address, references));
      assert.deepEqual((await inspect(root)).problems, []);
    }

    /** Pulls these images again and again, until it is told that it is over; a pull that fails ends it. */
    function pulling(
      { address, url }: RunningRegistry,
      references: readonly string[],
    ): { stop(): Promise<number> } {
      const over = new AbortController();
      const loop = async (pull: (reference: string) => Promise<unknown>): Promise<number> => {
        let pulls = 0;
        for (; !over.signal.aborted || pulls === 0; pulls++)
          await pull(references[pulls % references.length] ?? '');
        return pulls;
      };
      const byHttp = (reference: string): Promise<unknown> => {
        const [repository = '', tag = ''] = reference.split(':');
        return pullByHttp(url, repository, tag);
      };
      const bySkopeo = async (reference: string): Promise<void> => {
        await rm(at('pulled/loop'), { recursive: true, force: true });
        await pullBySkopeo(address, reference, at('pulled/loop'));
      };
      const running = Promise.all([loop(byHttp), loop(bySkopeo)]).then(([a, b]) => a + b);
      running.catch(() => undefined); // told when it is stopped
      return {
        stop() {
          over.abort();
          return running;
        },
      };
    }

    test('a first version, then a delta in parts into a registry that is being pulled from', async t => {
      // version 1 crosses whole
      await succeed(['**:*', '-d', 'central', '-o', 'v1.tar']);
      await succeed(['apply', 'v1.tar', '-d', 'site']);
      const site = await startRegistry(at('site'), { cache: true });
      try {
        await assertPulled(site.address, v1);

        // version 2 appears; the site says what it has, and only the rest is packed
        for (const reference of v2) await copyBySkopeo(workshop.address, central.address, reference);
        await succeed(['inventory', '-d', 'site', '-o', 'site.inv']);
        const delta = ['**:*', '-d', 'central', '-o', 'delta.tar', '--base', 'site.inv', '--split', '1MiB'];
        const packing = JSON.parse(await succeed([...delta, '--sign', 'ed.key', '--json'])) as Report;
        const parts = packing.archive?.files.map(file => path.basename(file.path)) ?? [];
        assert.ok(parts.length >= 3, parts.join(' '));
        for (const { bytes } of packing.archive?.files ?? []) assert.ok(bytes <= 1024 * 1024);
        assert.ok(packing.totals.baseBytes > 1_000_000);
        await mustRun('sha256sum', ['-c', 'delta.tar.sha256'], { cwd: base });

        // a part is lost on the way, and made again
        const [, lost = ''] = parts;
        const before = await readFile(at(lost));
        await rm(at(lost));
        const incomplete = await runProgram(['apply', 'delta.tar', '-d', 'site'], { cwd: base });
        assert.equal(incomplete.status, 3);
        assert.match(incomplete.stderr, new RegExp(`a part is missing: ${lost} .*PART_MISSING`));
        await succeed([...delta, '--sign', 'ed.key', '--only-part', '2']);
        assert.deepEqual(await readFile(at(lost)), before);
        await mustRun('sha256sum', ['-c', 'delta.tar.sha256'], { cwd: base });
        await succeed(['verify', 'delta.tar', '--verify-key', 'ed.pub', '--quiet']);

        // the site runs, and is being pulled from
        const loop = pulling(site, v1);
        const applying = ['apply', 'delta.tar.001', '-d', 'site', '--verify-key', 'ed.pub', '--json'];
        let report: ApplyReport;
        try {
          report = JSON.parse(await succeed(applying)) as ApplyReport;
        } finally {
          const pulls = await loop.stop();
          t.diagnostic(`${String(pulls)} pulls meanwhile`);
        }
        assert.equal(report.images.filter(({ status }) => status === 'copied').length, v2.length);
        assert.deepEqual(report.movedTags, []);
        assert.ok(report.totals.copiedBytes < report.totals.bytes - 1_000_000);

        // both versions come from both registries with the same digests
        await assertPulled(site.address, [...v1, ...v2]);
        for (const reference of [...v1, ...v2]) {
          const [repository = '', tag = ''] = reference.split(':');
          const [there, here] = await Promise.all(
            [central, site].map(({ url }) => pullManifest(url, repository, tag)),
          );
          assert.equal(here?.digest, there?.digest);
        }
        await succeed(['verify', '-d', 'site', '--quiet']);
        await succeed(['verify', 'central', '--quiet']);
        await assertNoGarbage(at('site'));
        await assertNoGarbage(at('central'));
        await succeed(['diff', 'central', 'site', '--quiet']);
        assert.match(await succeed(['apply', 'delta.tar', '-d', 'site']), /^Nothing to apply: /);
      } finally {
        await site.stop();
      }
    });

    test('a delta changes nothing in a registry that never had its base', async () => {
      await mkdir(at('stranger'));
      await succeed(['team/new:2', '-d', 'central', '--output-dir', 'stranger']);
      const before = await listDirectory(at('stranger'));
      const { status, stderr } = await runProgram(['apply', 'delta.tar', '-d', 'stranger'], { cwd: base });
      assert.equal(status, 3);
      assert.match(stderr, /this delta counts on \d+ blobs .* nothing was written \[BASE_INCOMPLETE\]/);
      assert.deepEqual(await listDirectory(at('stranger')), before);
    });

    test('archives of one selection are the same wherever and whenever they are made', async () => {
      for (const folder of ['first', 'second/deeper']) await mkdir(at(folder), { recursive: true });
      await cp(at('central'), at('second/copy'), { recursive: true });
      const old = new Date('2001-02-03T04:05:06Z');
      for (const entry of await readdir(at('second/copy'), { recursive: true, withFileTypes: true }))
        await utimes(path.join(entry.parentPath, entry.name), old, old);
      const env = { ...process.env, TZ: 'Asia/Kathmandu', LC_ALL: 'C', HOME: '/' };
      for (const [name, flags] of [
        ['x.tar', ['--sign', at('p256.key')]],
        ['x.tar.gz', []],
        ['x.tar.zst', ['--compress', 'zstd:5', '--sign', at('ed.key')]],
        ['s.tar', ['--split', '1MiB']],
      ] as const) {
        const packing = ['**:*', '-o', name, ...flags];
        await succeed([...packing, '-d', '../central'], { cwd: at('first') });
        await succeed([...packing, '-d', '../copy', '-j', '1'], { cwd: at('second/deeper'), env });
      }
      const names = await readdir(at('first'));
      assert.deepEqual(await readdir(at('second/deeper')), names);
      for (const name of names)
        assert.equal(await mustRun('cmp', [at('first', name), at('second/deeper', name)]), '');
      await succeed(['**:*', '-d', 'central', '-o', 'whole.tar']);
      await mustRun('sh', ['-c', 'cat first/s.tar.0* | cmp - whole.tar'], { cwd: base });
    });

    test('other tars unpack an archive to what a stock registry serves', async t => {
      await succeed(['**:*', '-d', 'central', '-o', 'all.tar', '--sign', 'ed.key']);
      await succeed(['**:*', '-d', 'central', '--output-dir', 'all']);
      const expected = await listDirectory(at('all'));
      for (const [name, [command, ...first]] of Object.entries(tars))
        await t.test(name, async () => {
          const target = at(`by-${name}`);
          await mkdir(target);
          const { stderr } = await run(command, [...first, '-x', '-f', at('all.tar'), '-C', target]);
          assert.equal(stderr, '');
          const found = await listDirectory(target);
          for (const file of ['registry-scraper.json', 'registry-scraper.json.sig'])
            assert.ok(found.delete(file));
          assert.deepEqual(found, expected);
          await assertServed(target, [...v1, ...v2]);
          await assertNoGarbage(target);
        });
    });

    test('openssl alone verifies both kinds of signatures, and finds what was changed', async () => {
      const verifying = {
        ed: (sig: string, json: string) => [
          'pkeyutl',
          '-verify',
          '-pubin',
          '-rawin',
          '-sigfile',
          sig,
          '-in',
          json,
        ],
        p256: (sig: string, json: string) => ['dgst', '-sha256', '-signature', sig, json],
      };
      for (const kind of ['ed', 'p256'] as const) {
        const target = at(`signed-${kind}`);
        await mkdir(target);
        await succeed([...v1, '-d', 'central', '-o', `${kind}.tar`, '--sign', `${kind}.key`]);
        await mustRun('tar', ['-x', '-f', at(`${kind}.tar`), '-C', target]);
        const [json, sig] = ['registry-scraper.json', 'registry-scraper.json.sig'];
        const key = kind === 'ed' ? ['-inkey', at('ed.pub')] : ['-verify', at('p256.pub')];
        const [command = '', ...rest] = verifying[kind](sig, json);
        const call = [command, ...key, ...rest];
        assert.match(await mustRun('openssl', call, { cwd: target }), /Verified (Successfully|OK)/);
        await mustRun('sh', ['-c', 'sed -i s/team/taem/ "$0"', json], { cwd: target });
        assert.notEqual((await run('openssl', call, { cwd: target })).status, 0);
        const { status, stderr } = await runProgram(
          ['apply', `${kind}.tar`, '-d', 'site', '--verify-key', kind === 'ed' ? 'p256.pub' : 'ed.pub'],
          { cwd: base },
        );
        assert.equal(status, 4);
        assert.match(stderr, /SIGNATURE_INVALID/);
      }
    });

    test('a stream through a pipe leaves a registry that serves, unpacked by tar or applied', async t => {
      const { command, args } = builtProgram();
      const program = [command, ...args].map(word => `'${word}'`).join(' ');
      const ways = {
        'tar -x': `${program} '**:*' -d central -o - -q | tar -x -C streamed-1`,
        'gzip and tar -xz': `${program} '**:*' -d central -o - -q --compress gzip | tar -xz -C streamed-2`,
        apply: `${program} '**:*' -d central -o - -q --sign ed.key | ${program} apply - -d streamed-3 -q --verify-key ed.pub`,
        'zstd and apply': `${program} '**:*' -d central -o - -q --compress zstd | cat | ${program} apply - -d streamed-4 -q`,
        'parts by cat': `cat delta.tar.0* | ${program} apply - -d streamed-1 -q`,
      };
      let number = 0;
      for (const [name, line] of Object.entries(ways))
        await t.test(name, async () => {
          number += 1;
          const target = number < 5 ? `streamed-${String(number)}` : 'streamed-1';
          await mkdir(at(target), { recursive: true });
          const { status, output } = await run('sh', ['-c', `set -e; ${line}`], {
            cwd: base,
            timeout: 120_000,
          });
          assert.deepEqual([status, output.replace(/^warning.*\n( .*\n)*/gm, '')], [0, '']);
          await assertServed(at(target), [...v1, ...v2]);
        });
    });

    /** Two versions of several images, of which the second shares most of its layers with the first. */
    async function makeImages(root: string): Promise<void> {
      const registry = buildRegistry('shipment story');
      const layer = (seed: string, size: number): Buffer =>
        gzipSync(tar({ [`${seed}.bin`]: seededRandom(seed).bytes(size) }), { level: 0 });
      const os = layer('os', 700_000);
      for (const version of ['1', '2']) {
        for (const name of ['app', 'web']) {
          const own = layer(`${name} ${version}`, 600_000);
          const format = name === 'app' ? 'docker' : 'oci';
          registry.repository(`team/${name}`).image({ tag: version, format, layers: [os, own] });
        }
        const multi = registry.repository('team/multi');
        const platforms = ['linux/amd64', 'linux/arm64'].map(platform =>
          multi.image({ platform, layers: [os, layer(`${platform} ${version}`, 300_000)] }),
        );
        multi.index(platforms, { tag: version });
      }
      registry.repository('team/new').image({ tag: '2', layers: [os, layer('new', 800_000)] });
      await registry.write(root);
    }
  },
);
