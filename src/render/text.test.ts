import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  displayWidth,
  padEnd,
  padStart,
  printable,
  shellWord,
  truncate,
  truncateMiddle,
  wrap,
} from './text.ts';

test('a terminal escape becomes visible text', () => {
  assert.equal(printable('a\x1b[31mred\x1b]0;title\x07'), String.raw`a\x1b[31mred\x1b]0;title\x07`);
});

test('control characters of both sets, DEL and line ends become visible', () => {
  assert.equal(printable('a\nb\rc\td\x7fe\x9bf\0'), String.raw`a\nb\rc\td\x7fe\x9bf\x00`);
});

test('characters that hide or reorder text become visible', () => {
  assert.equal(printable('a\u202eb\u200bc\u2028d\u2066'), String.raw`a\u{202e}b\u{200b}c\u{2028}d\u{2066}`);
});

test('half of a surrogate pair becomes visible, a whole pair stays', () => {
  assert.equal(printable('\ud83d \u{1f600}'), String.raw`\u{d83d} ${'\u{1f600}'}`);
});

test('every character below 256 that is not printable is escaped', () => {
  for (let code = 0; code < 256; code += 1) {
    const control = code < 32 || (code >= 127 && code < 160) || code === 0xad;
    assert.equal(printable(String.fromCharCode(code)).startsWith('\\'), control || code === 92, String(code));
  }
});

test('width counts cells: two for wide characters, none for combining marks', () => {
  assert.equal(displayWidth('team/app'), 8);
  assert.equal(displayWidth('日本'), 4);
  assert.equal(displayWidth('e\u0301'), 1);
  assert.equal(displayWidth('\u{1f600}'), 2);
  assert.equal(displayWidth('→…━'), 3);
});

test('padding goes by cells', () => {
  assert.equal(padEnd('日', 4), '日  ');
  assert.equal(padStart('日', 4), '  日');
  assert.equal(padEnd('long', 2), 'long');
});

test('a cut shows, and never exceeds the width', () => {
  assert.equal(truncate('abcdef', 6), 'abcdef');
  assert.equal(truncate('abcdef', 5), 'abcd…');
  assert.equal(truncate('日本語', 4), '日…');
  assert.equal(truncate('abc', 0), '');
  assert.equal(truncateMiddle('registry/team/app:1.2', 12), 'regis…pp:1.2');
  for (let width = 0; width < 12; width += 1) {
    assert.ok(displayWidth(truncateMiddle('日本語abc日本語', width)) <= width, String(width));
    assert.ok(displayWidth(truncate('日本語abc日本語', width)) <= width, String(width));
  }
});

test('lines are broken at spaces, and long words left whole', () => {
  assert.deepEqual(wrap('one two three four', 9, 2), ['one two', '  three', '  four']);
  assert.deepEqual(wrap('see /a/very/long/path now', 10, 2), ['see', '  /a/very/long/path', '  now']);
  assert.deepEqual(wrap('one two', undefined, 2), ['one two']);
});

test('words are quoted for the shell only where they must be', () => {
  assert.equal(shellWord('./out-1.2'), './out-1.2');
  assert.equal(shellWord("it's here"), String.raw`'it'\''s here'`);
  assert.equal(shellWord(''), "''");
  assert.equal(shellWord('a;b'), "'a;b'");
});
