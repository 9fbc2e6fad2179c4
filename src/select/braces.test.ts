import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandBraces } from './braces.ts';

const fail = (why: string): never => {
  throw new Error(why);
};

test('spells out alternatives as a shell does', () => {
  const cases: readonly [string, readonly string[]][] = [
    ['a', ['a']],
    ['', ['']],
    ['a{b,c}d', ['abd', 'acd']],
    ['{a,b}{1,2}', ['a1', 'a2', 'b1', 'b2']],
    ['a{b,c{d,e}f}', ['ab', 'acdf', 'acef']],
    ['1.0{,-alpine}', ['1.0', '1.0-alpine']],
    ['{a,b/c}/d', ['a/d', 'b/c/d']],
  ];
  for (const [text, expected] of cases) assert.deepEqual(expandBraces(text, 100, fail), expected);
});

test('says what is wrong with braces', () => {
  const cases: readonly [string, RegExp][] = [
    ['a{b', /not closed/],
    ['a{b,{c}', /not closed/],
    ['a}b', /never opened/],
    ['a}b{c,d}', /never opened/],
    ['{a,b}}', /never opened/],
    ['{a}', /a comma between/],
    ['{}', /a comma between/],
    ['{1..9}', /a comma between/],
  ];
  for (const [text, why] of cases) assert.throws(() => expandBraces(text, 100, fail), why, text);
});

test('does not spell out more than can be wanted', () => {
  assert.throws(() => expandBraces('{a,b}'.repeat(300), 1000, fail), /more than 1000 alternatives/);
  assert.throws(() => expandBraces(`${'{a,'.repeat(500)}b`, 1000, fail), /not closed/);
  const nested = `${'{a,'.repeat(300)}b${'}'.repeat(300)}`;
  assert.equal(expandBraces(nested, 1000, fail).length, 301);
});
