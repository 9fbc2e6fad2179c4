import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { isScraperError } from '../errors.ts';
import { openDataDir } from '../registry/locate.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { directoryDestination } from './destination.ts';
import { checkOutput, checkOutputFile } from './output-check.ts';

/** A place with a registry in `data`; the returned function gives the refusal of an output, or nothing. */
async function place(t: TestContext, dataDir = 'data') {
  const top = await temporaryDirectory(t);
  await mkdir(path.join(top, 'data/docker/registry/v2/repositories'), { recursive: true });
  const refusal = async (output: string): Promise<string | undefined> => {
    try {
      await checkOutput(directoryDestination(output, top), await openDataDir(path.join(top, dataDir)));
      return undefined;
    } catch (error) {
      if (isScraperError(error, 'OUTPUT_INVALID')) return error.message.replaceAll(top, 'TOP');
      throw error;
    }
  };
  return { top, refusal };
}

test('a directory beside the data directory will do, there or not', async t => {
  const { top, refusal } = await place(t);
  await mkdir(path.join(top, 'there'));
  for (const output of ['there', 'new', 'new/deeper/still', 'data-copy', 'there/docker']) {
    assert.equal(await refusal(output), undefined, output);
  }
});

test('a registry that is there already will do', async t => {
  const { top, refusal } = await place(t);
  await mkdir(path.join(top, 'out/docker/registry/v2/blobs'), { recursive: true });
  await mkdir(path.join(top, 'out/docker/registry/v2/repositories'));
  assert.equal(await refusal('out'), undefined);
});

test('the data directory, what is inside and what is above are refused', async t => {
  const { refusal } = await place(t);
  assert.equal(await refusal('data'), 'cannot write to "data": it is the data directory');
  assert.equal(await refusal('./data/'), 'cannot write to "./data/": it is the data directory');
  assert.equal(
    await refusal('data/out'),
    'cannot write to "data/out": it is inside the data directory "TOP/data"',
  );
  assert.equal(
    await refusal('data/new/deeper'),
    'cannot write to "data/new/deeper": it is inside the data directory "TOP/data"',
  );
  assert.equal(await refusal('.'), 'cannot write to ".": the data directory "TOP/data" is inside it');
});

test('however the data directory was named, its root counts', async t => {
  const { refusal } = await place(t, 'data/docker/registry/v2');
  assert.match((await refusal('data')) ?? '', /it is the data directory/);
  assert.match((await refusal('data/x')) ?? '', /inside the data directory/);
});

test('symbolic links hide nothing', async t => {
  const { top, refusal } = await place(t);
  await symlink('data', path.join(top, 'to-data'));
  await symlink('data/docker', path.join(top, 'to-inside'));
  await symlink('.', path.join(top, 'to-above'));
  assert.match((await refusal('to-data')) ?? '', /it is the data directory/);
  assert.match((await refusal('to-data/new')) ?? '', /inside the data directory/);
  assert.match((await refusal('to-inside/new')) ?? '', /inside the data directory/);
  assert.match((await refusal('to-above')) ?? '', /is inside it/);
});

test('a storage that a link leads to counts as the data directory', async t => {
  const { top } = await place(t);
  await mkdir(path.join(top, 'linked'));
  await mkdir(path.join(top, 'disk/v2/repositories'), { recursive: true });
  await mkdir(path.join(top, 'linked/docker/registry'), { recursive: true });
  await symlink(path.join(top, 'disk/v2'), path.join(top, 'linked/docker/registry/v2'));
  const source = await openDataDir(path.join(top, 'linked'));
  const check = (output: string): Promise<void> => checkOutput(directoryDestination(output, top), source);
  await assert.rejects(check('disk/v2/x'), /inside the data directory/);
  await assert.rejects(check('disk'), /is inside it/);
  await check('out');
});

test('a file, a place below a file and a link to nowhere are refused', async t => {
  const { top, refusal } = await place(t);
  await writeFile(path.join(top, 'file'), '');
  await symlink('nowhere', path.join(top, 'dangling'));
  assert.equal(await refusal('file'), 'cannot write to "file": it is not a directory');
  assert.equal(await refusal('file/out'), 'cannot write to "file/out": "TOP/file" is not a directory');
  assert.equal(
    await refusal('dangling'),
    'cannot write to "dangling": it is a symbolic link that leads nowhere',
  );
});

test('a directory inside a registry is refused, and its root named', async t => {
  const { top, refusal } = await place(t);
  await mkdir(path.join(top, 'other/docker/registry/v2/blobs'), { recursive: true });
  await mkdir(path.join(top, 'other/docker/registry/v2/repositories'));
  await mkdir(path.join(top, 'bare/blobs'), { recursive: true });
  await mkdir(path.join(top, 'bare/repositories'));
  const inside = "it is a directory inside a registry's storage";
  for (const output of [
    'other/docker',
    'other/docker/registry',
    'other/docker/registry/v2',
    'bare',
    'new/docker/registry/v2/x',
  ]) {
    assert.equal(await refusal(output), `cannot write to "${output}": ${inside}`);
  }
  const source = await openDataDir(path.join(top, 'data'));
  for (const [output, root] of [
    ['other/docker', path.join(top, 'other')],
    ['new/docker/registry/v2', path.join(top, 'new')],
  ] as const) {
    await assert.rejects(
      checkOutput(directoryDestination(output, top), source),
      error => isScraperError(error) && error.details.hint === `name the root directory instead: "${root}"`,
    );
  }
});

test("a file may stand anywhere but in a registry's storage", async t => {
  const { top } = await place(t);
  await mkdir(path.join(top, 'other/docker/registry/v2/blobs'), { recursive: true });
  await mkdir(path.join(top, 'other/docker/registry/v2/repositories'));
  await symlink('data/docker', path.join(top, 'link'));
  const source = await openDataDir(path.join(top, 'data'));
  const refused = (file: string): Promise<void> =>
    assert.rejects(checkOutputFile(path.join(top, file), source), (error: unknown) => {
      assert.ok(isScraperError(error, 'OUTPUT_INVALID'), file);
      assert.match(error.message, /it is inside a registry's storage$/);
      return true;
    });
  for (const file of [
    'data/docker/registry/v2/x.tar',
    'data/docker/registry/v2/repositories/x.tar',
    'data/docker/registry/v2/nosuch/x.tar',
    'other/docker/x.tar',
    'link/registry/v2/x.tar',
    'other/docker/registry/v2/blobs/x.tar',
  ])
    await refused(file);
  for (const file of ['x.tar', 'data/x.tar', 'other/x.tar', 'nosuch/deeper/x.tar'])
    await checkOutputFile(path.join(top, file), source);
  await checkOutputFile(path.join(top, 'x.tar'), undefined);
});

test('an output is looked at also where the source is no directory', async t => {
  const { top } = await place(t);
  await writeFile(path.join(top, 'file'), '');
  for (const name of ['blobs', 'repositories'])
    await mkdir(path.join(top, 'other/docker/registry/v2', name), { recursive: true });
  const check = (output: string): Promise<void> => checkOutput(directoryDestination(output, top), undefined);
  await check('data');
  await check('new');
  await assert.rejects(check('file'), error => isScraperError(error, 'OUTPUT_INVALID'));
  await assert.rejects(check('other/docker'), error => isScraperError(error, 'OUTPUT_INVALID'));
});
