import assert from 'node:assert/strict';
import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../testing/temporary.ts';
import { likenessOf } from './likeness.ts';

test('files are as readable as the innermost directory of the storage that is there, and never executable', async t => {
  const root = await temporaryDirectory(t);
  await chmod(root, 0o755);
  assert.deepEqual(await likenessOf(root, false), { fileMode: 0o644, directoryMode: 0o755 });
  await mkdir(join(root, 'docker/registry'), { recursive: true });
  await chmod(join(root, 'docker/registry'), 0o2770);
  assert.deepEqual(await likenessOf(root, false), { fileMode: 0o660, directoryMode: 0o2770 });
  await mkdir(join(root, 'docker/registry/v2'));
  await chmod(join(root, 'docker/registry/v2'), 0o700);
  assert.deepEqual(await likenessOf(root, false), { fileMode: 0o600, directoryMode: 0o700 });
});

test('the owner is given only where this process may give files away', async t => {
  const root = await temporaryDirectory(t);
  const { uid, gid } = await stat(root);
  if (uid === 0) await chown(root, 1234, 2345);
  const owner = uid === 0 ? { uid: 1234, gid: 2345 } : { uid, gid };
  assert.deepEqual((await likenessOf(root, true)).owner, owner);
  assert.equal((await likenessOf(root, false)).owner, undefined);
});

test('a root that is not there is told as such', async t => {
  const root = join(await temporaryDirectory(t), 'gone');
  await assert.rejects(likenessOf(root, true), { code: 'PATH_UNKNOWN' });
});
