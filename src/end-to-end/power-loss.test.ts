import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildRegistry } from '../testing/registry.ts';
import { requirements } from '../testing/requirements.ts';
import { mustRun } from '../testing/run.ts';
import { listDirectory } from '../testing/tree.ts';
import { durabilityCalls, durabilityOf, type Durability } from './durability.ts';
import { runWhole } from './killed-run.ts';
import { builtProgram } from './program.ts';
import { readTrace, traceOptions } from './system-calls.ts';

const isOfTag = (place: string): boolean => /\/_manifests\/tags(\/|$)/.test(place);
const isSums = (place: string): boolean => place.endsWith('.sha256');

describe('a power failure at any moment', { skip: requirements(['linux', 'strace']) }, () => {
  let base: string;
  let source: string;

  before(async () => {
    base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-power-'));
    source = path.join(base, 'source');
    const registry = buildRegistry('power');
    const app = registry.repository('team/app');
    const layers = [300_000, 2000];
    app.index([app.image({ layers }), app.image({ layers, platform: 'linux/arm64' })], { tag: '1' });
    await registry.write(source);
    for (const name of ['x.tar', 'x.tar.zst'])
      await runWhole(['team/app:1', '-d', source, '-o', path.join(base, name), '-q']);
  });
  after(() => rm(base, { recursive: true, force: true }));

  /** Runs the program, which writes below `directory`, and judges what it did. */
  async function watch(
    directory: string,
    argv: readonly string[],
    last: (place: string) => boolean,
  ): Promise<Durability> {
    const log = path.join(base, 'log');
    const { command, args } = builtProgram();
    await mustRun('strace', [...traceOptions(log, durabilityCalls), command, ...args, ...argv, '-q']);
    return durabilityOf(await readTrace(log), directory, last);
  }

  async function emptyDirectory(name: string): Promise<string> {
    const directory = path.join(base, name);
    await mkdir(directory);
    return directory;
  }

  for (const flags of [[], ['--link'], ['--format', 'oci']])
    test(`leaves whole images after scrape --fsync ${flags.join(' ')}`, async () => {
      const directory = await emptyDirectory(`scraped${flags.join('')}`);
      const output = path.join(directory, 'new/output');
      const argv = ['team/app:1', '-d', source, '-o', output, '--fsync', ...flags];
      const isLast = (place: string): boolean => isOfTag(place) || /\/(index\.json|oci-layout)$/.test(place);
      const { problems, unsettled, syncs } = await watch(directory, argv, isLast);
      assert.deepEqual([problems, unsettled], [[], []]);
      assert.ok(syncs > 10, String(syncs));
    });

  for (const [name, flags] of [
    ['x.tar', []],
    ['x.tar.zst', []],
    ['x.tar', ['--split', '100KiB']],
  ] as const)
    test(`leaves no sums file without its archive after scrape --fsync -o ${[name, ...flags].join(' ')}`, async () => {
      const directory = await emptyDirectory([name, ...flags, 'packed'].join(''));
      const argv = ['team/app:1', '-d', source, '-o', path.join(directory, name), '--fsync', ...flags];
      const manifest = path.join(directory, 'manifest.json');
      const { problems, unsettled, syncs } = await watch(
        directory,
        [...argv, '--manifest', manifest],
        isSums,
      );
      assert.deepEqual([problems, unsettled], [[], []]);
      assert.ok(syncs >= 4, String(syncs));
    });

  for (const form of ['x.tar', 'x.tar.zst', 'source'])
    test(`leaves whole images after apply of ${form}, unless told not to wait`, async () => {
      const site = await emptyDirectory(`site-${form}`);
      const argv = ['apply', path.join(base, form), '-d', site];
      const { problems, unsettled, syncs } = await watch(site, argv, isOfTag);
      assert.deepEqual([problems, unsettled], [[], []]);
      assert.ok(syncs > 10, String(syncs));
      const careless = await emptyDirectory(`careless-${form}`);
      const hasty = await watch(
        careless,
        ['apply', path.join(base, form), '-d', careless, '--no-fsync'],
        isOfTag,
      );
      assert.equal(hasty.syncs, 0);
      assert.notDeepEqual(hasty.unsettled, []);
      assert.deepEqual(await listDirectory(careless), await listDirectory(site));
    });

  test('is not waited for by a scrape that was not told to', async () => {
    const directory = await emptyDirectory('hasty');
    const { syncs } = await watch(
      directory,
      ['team/app:1', '-d', source, '-o', path.join(directory, 'out')],
      isOfTag,
    );
    assert.equal(syncs, 0);
  });
});
