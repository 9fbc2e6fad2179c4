import assert from 'node:assert/strict';
import { cp, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { isScraperError, type ErrorCode, type ScraperError } from '../errors.ts';
import { buildRegistry } from '../testing/registry.ts';
import { otherFileSystem } from '../testing/disks.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { openTarget, type Target } from './target.ts';

const open = (path: string): Promise<Target> => openTarget(path, name => name === '.scratch');

async function refusal(code: ErrorCode, path: string): Promise<ScraperError> {
  try {
    await open(path);
  } catch (error) {
    if (isScraperError(error, code)) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: `${path} was accepted` });
}

async function registryOnDisk(t: TestContext): Promise<string> {
  const root = join(await temporaryDirectory(t), 'root');
  const registry = buildRegistry();
  registry.repository('app').image({ tag: '1' });
  await registry.write(root);
  return root;
}

describe('a registry to write into', () => {
  test('is found by its root directory and by those below it', async t => {
    const root = await registryOnDisk(t);
    for (const below of ['', 'docker', 'docker/registry', 'docker/registry/v2']) {
      const target = await open(join(root, below));
      assert.equal(target.root, root);
      assert.equal((await target.driver.stat('docker/registry/v2/blobs')).kind, 'directory');
    }
  });

  test('is found by a link to its root directory, and by one to a whole storage', async t => {
    const root = await registryOnDisk(t);
    await symlink(root, `${root}-link`);
    assert.equal((await open(`${root}-link`)).root, root);
    await mkdir(`${root}-other`);
    await symlink(join(root, 'docker'), join(`${root}-other`, 'docker'));
    assert.equal((await open(`${root}-other`)).root, root);
  });

  test('may be an empty directory, an empty disk, and what a run left that was cut short', async t => {
    const place = join(await temporaryDirectory(t), 'new');
    await mkdir(place);
    for (const made of ['', 'lost+found', '.scratch/1', 'docker', 'docker/registry', 'docker/registry/v2']) {
      await mkdir(join(place, made), { recursive: true });
      assert.equal((await open(place)).root, place, made);
    }
  });
});

describe('what cannot be written into', () => {
  test('is a directory that is not there; the hint makes it', async t => {
    const path = join(await temporaryDirectory(t), 'missing');
    const { message, details } = await refusal('DATA_DIR_UNKNOWN', path);
    assert.equal(message, `data dir ${path} does not exist`);
    assert.ok(details.hint?.endsWith(`mkdir -p ${path}`), details.hint);
  });

  test('is a file', async t => {
    const path = join(await temporaryDirectory(t), 'file');
    await writeFile(path, '');
    assert.match((await refusal('DATA_DIR_UNKNOWN', path)).details.hint ?? '', /an empty directory/);
  });

  test('is a directory with something else in it', async t => {
    const path = await temporaryDirectory(t);
    await writeFile(join(path, 'letter.txt'), '');
    const { message, details } = await refusal('NOT_A_REGISTRY', path);
    assert.match(message, /found letter\.txt$/);
    assert.match(details.hint ?? '', /^apply writes into a registry or an empty directory; /);
  });

  test('is one that only begins like a registry', async t => {
    for (const made of [
      'docker/registry/other',
      'docker/overlay2',
      'docker/registry/v2x',
      'lost+found/docker',
    ]) {
      const path = await temporaryDirectory(t);
      await mkdir(join(path, made), { recursive: true });
      if (made.startsWith('lost')) assert.equal((await open(path)).root, path);
      else await refusal('NOT_A_REGISTRY', path);
    }
    const path = await temporaryDirectory(t);
    await writeFile(join(path, 'docker'), '');
    await refusal('NOT_A_REGISTRY', path);
  });

  test('is an empty directory inside a registry', async t => {
    const root = await registryOnDisk(t);
    const inside = join(root, 'docker/registry/v2/blobs/new');
    await mkdir(inside);
    assert.equal(
      (await refusal('OUTPUT_INVALID', inside)).details.hint,
      `name the root directory instead: ${root}`,
    );
  });

  test('is a storage of another name, however it is reached', async t => {
    const root = await registryOnDisk(t);
    await cp(join(root, 'docker/registry/v2'), `${root}-bare`, { recursive: true });
    assert.match(
      (await refusal('OUTPUT_INVALID', `${root}-bare`)).message,
      /not called docker\/registry\/v2$/,
    );
    await rename(join(root, 'docker/registry/v2'), `${root}-v2`);
    await symlink(`${root}-v2`, join(root, 'docker/registry/v2'));
    await refusal('OUTPUT_INVALID', root);
  });

  test('is one whose blobs are on another file system: no rename leads there', async t => {
    const elsewhere = await otherFileSystem(t);
    if (elsewhere === undefined) {
      t.skip('there is but one file system');
      return;
    }
    const root = await registryOnDisk(t);
    const blobs = join(root, 'docker/registry/v2/blobs');
    await rename(blobs, `${root}-blobs`);
    await symlink(elsewhere, blobs);
    const { message } = await refusal('OUTPUT_INVALID', root);
    assert.ok(message.endsWith(`${blobs} is on another file system than ${root}`), message);
  });
});
