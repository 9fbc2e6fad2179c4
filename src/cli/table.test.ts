import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from './program.ts';
import { commands, defaultCommand, generalOptions, optionsOf, programName } from './table.ts';

const options = new Set([...commands.flatMap(command => command.options), ...generalOptions]);

test('a spelling means the same option after every command', () => {
  const owners = new Map<string, unknown>();
  for (const option of options) {
    for (const flag of option.flags) {
      assert.equal(owners.get(flag) ?? option, option, flag);
      owners.set(flag, option);
    }
  }
});

test('keys are unique within a command, and spellings are well formed', () => {
  for (const command of commands) {
    const keys = optionsOf(command).map(option => option.key);
    assert.equal(new Set(keys).size, keys.length, command.name);
  }
  for (const { key, flags } of options) {
    assert.match(key, /^[a-z][a-zA-Z]*$/);
    assert.ok(flags.every(flag => /^(-[a-z]|--[a-z]+(-[a-z]+)*)$/.test(flag)));
    assert.ok(
      flags.some(flag => flag.startsWith('--')),
      key,
    );
  }
});

test('every example can be parsed, and scrapes', () => {
  for (const [, words] of defaultCommand.examples) {
    const [call = ''] = words.split(' | ');
    const { command, options: given } = parse(call.split(' '));
    assert.equal(command, defaultCommand);
    assert.ok(given['output'] !== undefined, `${programName} ${words}`);
  }
});
