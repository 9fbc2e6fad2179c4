import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edits } from './edits.ts';

test('counts slips, of which two letters that changed places are one', () => {
  const cases: readonly [string, string, number][] = [
    ['', '', 0],
    ['', 'a', 1],
    ['team', 'team', 0],
    ['tem', 'team', 1],
    ['taem', 'team', 1],
    ['tema', 'team', 1],
    ['ls', 'sl', 1],
    ['aa', 'aa', 0],
    ['ab', 'cd', 2],
    ['abcd', 'badc', 3],
  ];
  for (const [a, b, expected] of cases) {
    assert.equal(edits(a, b), expected, `${a} ${b}`);
    assert.equal(edits(b, a), expected, `${b} ${a}`);
  }
});
