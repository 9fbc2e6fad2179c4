import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../testing/temporary.ts';
import { accidentHint } from './accident.ts';

test('arguments that are files are what the shell made of a pattern', async t => {
  const cwd = await temporaryDirectory(t);
  await mkdir(path.join(cwd, 'apps'));
  for (const name of ['apps/web', 'apps/api']) await writeFile(path.join(cwd, name), '');
  const given = ['apps/api', 'apps/web'];
  assert.match(accidentHint(given, given, cwd) ?? '', /'apps\/\*:\*'/);
});

test('arguments that cannot be names of files at all are none', async t => {
  const cwd = await temporaryDirectory(t);
  await symlink('loop', path.join(cwd, 'loop'));
  await writeFile(path.join(cwd, 'notes.txt'), '');
  const given = ['a'.repeat(300), 'a/'.repeat(3000), 'loop/a', 'notes.txt/app:1', '', 'nul\0byte'];
  assert.equal(accidentHint(given, given, cwd), undefined);
});
