import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLcov, percent, ranges, total } from './lcov.ts';

const record = (file: string, body: string): string => `TN:\nSF:${file}\n${body}end_of_record\n`;
const text =
  record('src/a.ts', 'FN:1,a\nBRDA:1,0,0,1\nBRF:4\nBRH:3\nDA:1,2\nDA:2,0\nDA:3,0\nDA:5,0\nLH:1\nLF:4\n') +
  record('src/b.ts', 'BRF:1\nBRH:1\nDA:1,1\nLH:1\nLF:1\n');

test('what Node counted is read, file by file', () => {
  assert.deepEqual(parseLcov(text), [
    { file: 'src/a.ts', lines: 4, linesRun: 1, branches: 4, branchesRun: 3, idle: [2, 3, 5] },
    { file: 'src/b.ts', lines: 1, linesRun: 1, branches: 1, branchesRun: 1, idle: [] },
  ]);
});

test('a total weighs each line and branch the same, whichever file it is in', () => {
  const { lines, linesRun, branches, branchesRun } = total(parseLcov(text));
  assert.equal(percent(linesRun, lines), 40);
  assert.equal(percent(branchesRun, branches), 80);
  assert.equal(percent(0, 0), 100);
});

test('neighbouring lines are named as one range', () => {
  assert.equal(ranges([2, 3, 5, 8, 9, 10]), '2-3, 5, 8-10');
});
