import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeStream } from '../render/fakes.ts';
import { terminalFor } from '../render/terminal.ts';
import { renderHelp, renderShortHelp, spelling } from './help.ts';
import { commands, defaultCommand, generalOptions, optionsOf } from './table.ts';

const { colors } = terminalFor(fakeStream(), {}, false);
const whole = renderHelp(defaultCommand, colors);

test('help fits 80 columns', () => {
  for (const command of commands) {
    for (const line of renderHelp(command, colors).split('\n')) assert.ok(line.length <= 80, line);
  }
  for (const line of renderShortHelp().split('\n')) assert.ok(line.length <= 80, line);
});

test('examples come before options, common options before others, exit codes at the end', () => {
  const titles = [
    'Usage:',
    'Examples:',
    'Options:',
    'More options:',
    'General options:',
    'Commands:',
    'Exit codes:',
  ];
  const places = titles.map(title => whole.indexOf(`${title === 'Usage:' ? '' : '\n'}${title}`));
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
  assert.ok(places.every(place => place > 0));
});

test('every option is shown in every spelling, with its default', () => {
  for (const { flags, standard, negatable } of optionsOf(defaultCommand)) {
    for (const flag of flags) {
      const shown = negatable === 'only' ? flag.replace('--', '--no-') : flag;
      assert.match(whole, new RegExp(`(^|[ (])${shown}([ ,)]|$)`, 'm'));
    }
    if (standard !== undefined) assert.ok(whole.includes(`(default: ${standard})`));
  }
});

test('every exit code is shown', () => {
  for (const code of ['0', '1', '2', '3', '4', '130', '143'])
    assert.match(whole, new RegExp(`^ {2}(.*, )?${code}\\b`, 'm'));
});

test('switches that can be turned off are shown so', () => {
  const shown = (key: string): string => {
    const option = generalOptions.find(general => general.key === key);
    return option ? spelling(option) : '';
  };
  assert.equal(shown('progress'), '--no-progress');
  assert.equal(shown('color'), '--color, --no-color');
});

test('the help of ls says what it does not look at', () => {
  const ls = commands.find(({ name }) => name === 'ls');
  assert.ok(ls && renderHelp(ls, colors).includes('Layers are not looked at: inspect does that'));
});

test('the help of one command is about that command', () => {
  const help = commands.find(command => command.name === 'help') ?? defaultCommand;
  assert.ok(!renderHelp(help, colors).includes('--output'));
});
