import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looksLikeShellAccident } from './shell-accident.ts';

const files = new Set(['README.md', 'package.json', 'src', 'images.txt', 'team/app', 'team/api']);
const isFile = (name: string): boolean => files.has(name);

test('recognises names of files where a pattern was meant', () => {
  const { message, hint } = looksLikeShellAccident(['README.md', 'package.json', 'src'], isFile) ?? {};
  assert.match(message ?? '', /^README.md, package.json, src are files here: .*the shell/);
  assert.match(hint ?? '', /^quote the pattern: '\*:\*'$/);
});

test('names the path that the pattern was about', () => {
  const accident = looksLikeShellAccident(['team/app', 'team/api', 'gone:1'], isFile);
  assert.match(accident?.hint ?? '', /'team\/\*:\*'/);
});

test('takes a single file for a list that was not given as one', () => {
  const accident = looksLikeShellAccident(['images.txt'], isFile);
  assert.match(accident?.hint ?? '', /--from images\.txt.*quote the pattern/);
});

test('sees no accident where there are no such files', () => {
  assert.equal(looksLikeShellAccident(['team/other', 'x y'], isFile), undefined);
  assert.equal(looksLikeShellAccident([], isFile), undefined);
});
