import assert from 'node:assert/strict';
import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { isScraperError, type ErrorCode, type ScraperError } from '../errors.ts';
import { pathFor } from '../registry/layout.ts';
import { gather } from '../testing/gather.ts';
import { buildRegistry } from '../testing/registry.ts';
import { temporaryDirectory, type Tidied } from '../testing/temporary.ts';
import { openDataDir, type DataDir } from './locate.ts';

/** A registry with one image on disk. */
async function registryOnDisk(
  t: Tidied,
): Promise<{ root: string; serves: (found: DataDir) => Promise<void> }> {
  const registry = buildRegistry();
  const team = registry.repository('team/app');
  const image = team.image({ tag: '1.2' });
  const root = join(await temporaryDirectory(t), 'registry-data');
  await registry.write(root);
  const serves = async ({ driver }: DataDir): Promise<void> => {
    assert.equal(String(await driver.read(team.tagLink('1.2'), 100)), image.digest);
    const place = await driver.localRange?.(registry.pathOf(image));
    assert.ok(place?.path.endsWith('data'));
    const entries = await gather(driver.list(pathFor({ kind: 'repositories' })));
    assert.deepEqual(entries, [{ name: 'team', kind: 'directory' }]);
  };
  return { root, serves };
}

async function failure(code: ErrorCode, work: Promise<unknown>): Promise<ScraperError> {
  try {
    await work;
  } catch (error) {
    if (isScraperError(error, code)) return error;
    throw error;
  }
  throw new Error(`${code} was expected`);
}

describe('a data dir', () => {
  for (const below of [
    '',
    'docker',
    'docker/registry',
    'docker/registry/v2',
    'docker/registry/v2/',
    'docker/../docker/.',
  ]) {
    test(`is found when it is given as ROOT/${below}`, async t => {
      const { root, serves } = await registryOnDisk(t);
      const found = await openDataDir(`${root}/${below}`);
      await serves(found);
      assert.equal(found.root, root);
      assert.equal(found.storage, join(root, 'docker/registry/v2'));
      assert.equal(found.driver.describe(pathFor({ kind: 'blobs' })), join(root, 'docker/registry/v2/blobs'));
    });
  }

  test('is found by a relative path, which then stands in messages', async t => {
    const { root, serves } = await registryOnDisk(t);
    const found = await openDataDir(relative(process.cwd(), root));
    await serves(found);
    assert.equal(found.root, root);
    assert.ok(!found.driver.describe('docker/registry/v2').startsWith('/'));
  });

  test('is found as the v2 directory under any other name', async t => {
    const { root, serves } = await registryOnDisk(t);
    const alone = join(root, 'somewhere');
    await cp(join(root, 'docker/registry/v2'), alone, { recursive: true });
    await rm(join(root, 'docker'), { recursive: true });
    const found = await openDataDir(alone);
    await serves(found);
    assert.equal(found.root, alone);
  });

  for (const part of ['', 'docker', 'docker/registry', 'docker/registry/v2']) {
    test(`may be a symbolic link at ROOT/${part}`, async t => {
      const { root, serves } = await registryOnDisk(t);
      const elsewhere = `${root}-elsewhere`;
      await rename(join(root, part), elsewhere);
      await symlink(elsewhere, join(root, part));
      for (const below of ['', 'docker', 'docker/registry', 'docker/registry/v2']) {
        const found = await openDataDir(join(root, below));
        await serves(found);
        assert.equal(found.root, part === '' ? elsewhere : root);
        assert.equal(found.storage, join(elsewhere, relative(part, 'docker/registry/v2')));
      }
    });
  }

  test('may be a registry without repositories', async t => {
    const root = await temporaryDirectory(t);
    await mkdir(join(root, 'docker/registry/v2'), { recursive: true });
    for (const below of ['', 'docker', 'docker/registry', 'docker/registry/v2']) {
      const { driver } = await openDataDir(join(root, below));
      assert.deepEqual(await gather(driver.list('docker/registry/v2')), []);
    }
  });

  test('leads to the file that says that a database knows better', async t => {
    const root = await temporaryDirectory(t);
    const registry = buildRegistry();
    registry.repository('a').image({ tag: '1' });
    registry.databaseInUse();
    await registry.write(root);
    for (const below of ['', 'docker', 'docker/registry', 'docker/registry/v2']) {
      const { driver } = await openDataDir(join(root, below));
      assert.equal((await driver.stat(pathFor({ kind: 'databaseInUse' }))).kind, 'file');
    }
  });
});

describe('what is no data dir', () => {
  test('is a path where nothing is', async t => {
    const path = join(await temporaryDirectory(t), 'missing');
    const error = await failure('DATA_DIR_UNKNOWN', openDataDir(path));
    assert.equal(error.message, `data dir ${path} does not exist`);
    assert.match(error.details.hint ?? '', /--data-dir/);
    assert.equal(error.details.path, path);
  });

  test('as an argument is told without the option, which then means something else', async t => {
    const { root } = await registryOnDisk(t);
    const missing = await failure('PATH_UNKNOWN', openDataDir(join(root, 'missing'), ''));
    assert.equal(missing.message, `there is no file or directory ${join(root, 'missing')}`);
    const above = await failure('NOT_A_REGISTRY', openDataDir(join(root, '..'), ''));
    assert.equal(above.details.hint, `a registry is in ${root}: use ${root}`);
  });

  test('is a path below a file', async t => {
    const file = join(await temporaryDirectory(t), 'file');
    await writeFile(file, '');
    await failure('DATA_DIR_UNKNOWN', openDataDir(join(file, 'below')));
  });

  test('is a file', async t => {
    const file = join(await temporaryDirectory(t), 'data.tar');
    await writeFile(file, '');
    const error = await failure('DATA_DIR_UNKNOWN', openDataDir(file));
    assert.equal(error.message, `data dir ${file} is not a directory`);
    assert.match(error.details.hint ?? '', /root directory of a registry/);
  });

  test('is a directory without a registry; the message says what was looked for and what is there', async t => {
    const path = await temporaryDirectory(t);
    for (const name of ['etc', 'home', 'usr', 'var', 'tmp']) await mkdir(join(path, name));
    const error = await failure('NOT_A_REGISTRY', openDataDir(path));
    assert.equal(
      error.message,
      `no registry in ${path}: looked for docker/registry/v2/, registry/v2/, v2/ and for repositories/ in it, ` +
        'found etc, home, tmp, usr and 1 more',
    );
    assert.match(error.details.hint ?? '', /rootdirectory/);
  });

  test('is an empty directory', async t => {
    const path = await temporaryDirectory(t);
    assert.match((await failure('NOT_A_REGISTRY', openDataDir(path))).message, /found nothing at all$/);
  });

  test('is one above a registry; the hint names the right one', async t => {
    const { root } = await registryOnDisk(t);
    const error = await failure('NOT_A_REGISTRY', openDataDir(join(root, '..')));
    assert.ok(error.details.hint?.includes(`--data-dir ${root}`), error.details.hint);
  });

  for (const below of [
    'docker/registry/v2/repositories',
    'docker/registry/v2/repositories/team/app',
    'docker/registry/v2/blobs/sha256',
  ]) {
    test(`is ROOT/${below}; the hint names the right one`, async t => {
      const { root } = await registryOnDisk(t);
      const error = await failure('NOT_A_REGISTRY', openDataDir(join(root, below)));
      assert.ok(error.details.hint?.includes(`--data-dir ${root}`), error.details.hint);
    });
  }

  test('is a directory that happens to hold something called v2', async t => {
    const path = await temporaryDirectory(t);
    await mkdir(join(path, 'v2/docs'), { recursive: true });
    await failure('NOT_A_REGISTRY', openDataDir(path));
  });

  test('is one whose v2 is a file', async t => {
    const path = await temporaryDirectory(t);
    await mkdir(join(path, 'docker/registry'), { recursive: true });
    await writeFile(join(path, 'docker/registry/v2'), '');
    await failure('NOT_A_REGISTRY', openDataDir(path));
  });

  test('is an OCI image layout, or the data of the Docker engine', async t => {
    const path = await temporaryDirectory(t);
    await writeFile(join(path, 'oci-layout'), '{}');
    assert.match((await failure('NOT_A_REGISTRY', openDataDir(path))).details.hint ?? '', /OCI image layout/);
    await rm(join(path, 'oci-layout'));
    await mkdir(join(path, 'overlay2'));
    assert.match((await failure('NOT_A_REGISTRY', openDataDir(path))).details.hint ?? '', /Docker engine/);
  });
});
