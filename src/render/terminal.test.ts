import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeStream } from './fakes.ts';
import { terminalFor, wantsColor, type Environment } from './terminal.ts';

const tty = fakeStream({ isTTY: true, columns: 132 });
const pipe = fakeStream();

test('colour goes to terminals only', () => {
  assert.equal(wantsColor(tty, {}, undefined), true);
  assert.equal(wantsColor(pipe, {}, undefined), false);
});

test('the strongest word about colour wins', () => {
  const cases: [option: boolean | undefined, env: Environment, onTerminal: boolean, onPipe: boolean][] = [
    [undefined, { NO_COLOR: '1' }, false, false],
    [undefined, { NO_COLOR: '' }, true, false],
    [undefined, { NO_COLOR: '1', FORCE_COLOR: '1' }, false, false],
    [undefined, { FORCE_COLOR: '1' }, true, true],
    [undefined, { FORCE_COLOR: 'true', TERM: 'dumb' }, true, true],
    [undefined, { FORCE_COLOR: '' }, true, false],
    [undefined, { FORCE_COLOR: '0' }, false, false],
    [undefined, { FORCE_COLOR: 'false' }, false, false],
    [undefined, { TERM: 'dumb' }, false, false],
    [undefined, { CI: 'true' }, true, false],
    [true, { NO_COLOR: '1', TERM: 'dumb' }, true, true],
    [false, { FORCE_COLOR: '1' }, false, false],
  ];
  for (const [option, env, onTerminal, onPipe] of cases) {
    assert.equal(wantsColor(tty, env, option), onTerminal, JSON.stringify([option, env]));
    assert.equal(wantsColor(pipe, env, option), onPipe, JSON.stringify([option, env]));
  }
});

test('each stream decides for itself', () => {
  assert.match(terminalFor(tty, {}, undefined).colors.red('x'), /\x1b/);
  assert.equal(terminalFor(pipe, {}, undefined).colors.red('x'), 'x');
});

test('only terminals have a width, and it follows them', () => {
  const stream = fakeStream({ isTTY: true, columns: 100 });
  const terminal = terminalFor(stream, {}, undefined);
  assert.equal(terminal.width(), 100);
  stream.columns = 60;
  assert.equal(terminal.width(), 60);
  stream.columns = 0;
  assert.equal(terminal.width(), 80);
  assert.equal(terminalFor(pipe, {}, undefined).width(), undefined);
});

test('a dumb terminal and a pipe cannot redraw lines', () => {
  assert.equal(terminalFor(tty, { TERM: 'xterm' }, undefined).interactive, true);
  assert.equal(terminalFor(tty, { TERM: 'dumb' }, undefined).interactive, false);
  assert.equal(terminalFor(pipe, {}, true).interactive, false);
});

test('line-drawing characters need a UTF-8 locale', () => {
  const unicode = (env: Environment): boolean => terminalFor(tty, env, undefined).unicode;
  assert.equal(unicode({ LANG: 'en_US.UTF-8' }), true);
  assert.equal(unicode({ LANG: 'C.utf8' }), true);
  assert.equal(unicode({ LC_ALL: 'C', LANG: 'en_US.UTF-8' }), false);
  assert.equal(unicode({ LC_ALL: '', LC_CTYPE: 'de_DE.UTF-8' }), true);
  assert.equal(unicode({}), false);
});
