import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { withRegistry } from '../testing/docker-registry.ts';
import { unpackedModes } from '../testing/packed-modes.ts';
import { pushBlob } from '../testing/registry-client.ts';
import { buildRegistry } from '../testing/registry.ts';
import { requirements } from '../testing/requirements.ts';
import { runWhole } from './killed-run.ts';

const umasks = [0o022, 0o027, 0o077];

describe('permissions of what is written', { skip: requirements(['linux']) }, () => {
  let base: string;
  let source: string;
  const at = (...names: readonly string[]): string => path.join(base, ...names);

  before(async () => {
    base = await mkdtemp(path.join(tmpdir(), 'registry-scraper-modes-'));
    source = at('source');
    const registry = buildRegistry('modes');
    registry.repository('team/app').image({ tag: '1', layers: [70_000, 300] });
    await registry.write(source);
    // as after a careless chmod -R or a copy from a FAT disk
    for (const entry of await readdir(source, { recursive: true, withFileTypes: true }))
      await chmod(path.join(entry.parentPath, entry.name), entry.isDirectory() ? 0o7777 : 0o6777);
  });
  after(() => rm(base, { recursive: true, force: true }));

  /** Does `work` under this umask. */
  async function under<T>(umask: number, work: () => Promise<T>): Promise<T> {
    const before = process.umask(umask);
    try {
      return await work();
    } finally {
      process.umask(before);
    }
  }

  /** Every mode below a directory, of files and of directories, in octal. */
  async function modesIn(directory: string): Promise<{ files: string[]; directories: string[] }> {
    const modes = { files: new Set<string>(), directories: new Set<string>() };
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(path.join(entry.parentPath, entry.name));
      modes[entry.isDirectory() ? 'directories' : 'files'].add((mode & 0o7777).toString(8));
    }
    return { files: [...modes.files].sort(), directories: [...modes.directories].sort() };
  }

  const expected = (umask: number): { files: string[]; directories: string[] } => ({
    files: [(0o666 & ~umask).toString(8)],
    directories: [(0o777 & ~umask).toString(8)],
  });

  for (const umask of umasks) {
    const name = umask.toString(8).padStart(3, '0');

    test(
      `umask ${name}: a stock registry follows it`,
      { skip: requirements(['docker-registry']) },
      async () => {
        const root = at(`stock-${name}`);
        await mkdir(root);
        await under(umask, () =>
          withRegistry(root, ({ url }) =>
            pushBlob(url, 'team/app', 'application/octet-stream', Buffer.from('some layer')),
          ),
        );
        assert.deepEqual(await modesIn(path.join(root, 'docker')), expected(umask));
      },
    );

    for (const flags of [[], ['--link'], ['--format', 'oci']])
      test(`umask ${name}: a scrape ${flags.join(' ')} does as well, whatever the source has`, async () => {
        const output = at(`out-${name}${flags.join('')}`);
        const argv = ['team/app:1', '-d', source, '-o', output, '-q', ...flags];
        await under(umask, () => runWhole(argv));
        assert.deepEqual(await modesIn(output), expected(umask));
        assert.equal(((await stat(output)).mode & 0o7777).toString(8), expected(umask).directories[0]);
      });

    test(`umask ${name}: so do archives, and what they hold has the usual permissions`, async () => {
      const directory = at(`packed-${name}`);
      await mkdir(directory);
      const file = (one: string): string => path.join(directory, one);
      const argv = ['team/app:1', '-d', source, '-o', file('x.tar'), '--manifest', file('m.json'), '-q'];
      await under(umask, () => runWhole(argv));
      await under(umask, () => runWhole(['inventory', '-d', source, '-o', file('site.inv'), '-q']));
      assert.deepEqual(await modesIn(directory), { ...expected(umask), directories: [] });
      assert.deepEqual(unpackedModes(await readFile(file('x.tar'))), ['directory 755', 'file 644']);
    });

    test(`umask ${name}: what is applied has the permissions of the registry there`, async () => {
      const site = at(`site-${name}`);
      await under(umask, () => buildRegistry('site').write(site));
      await under(0o022, () => runWhole(['apply', source, '-d', site, '-q', '--no-fsync']));
      assert.deepEqual(await modesIn(site), expected(umask));
    });
  }
});
