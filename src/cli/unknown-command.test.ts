import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { sampleReport } from '../render/samples.ts';
import { parse } from './program.ts';
import { commands } from './table.ts';
import { hintAtCommand, mistakenCommand, synonyms, unknownCommand } from './unknown-command.ts';

function hintFor(word: string): string | undefined {
  const error = unknownCommand(word);
  assert.ok(isScraperError(error, 'USAGE'));
  assert.equal(error.message, `unknown command "${word}"`);
  return error.details.hint;
}

test('what other programs call it leads to the command', () => {
  const cases: readonly [typed: string, command: string][] = [
    ['list', 'ls'],
    ['tags', 'ls'],
    ['show', 'inspect'],
    ['manifest', 'inspect'],
    ['copy', 'scrape'],
    ['pull', 'scrape'],
    ['export', 'scrape'],
    ['LIST', 'ls'],
    ['inspekt', 'inspect'],
  ];
  for (const [typed, command] of cases) {
    assert.equal(mistakenCommand(parse([typed, 'team/app'])), typed);
    assert.ok(hintFor(typed)?.startsWith(`did you mean "registry-scraper ${command}"?`), hintFor(typed));
    assert.ok(hintFor(typed)?.endsWith(`An image of that name is "${typed}:latest"`), hintFor(typed));
  }
});

test('an image, and a command that was named, is no mistaken command', () => {
  for (const argv of [
    ['nginx'],
    ['list:1'],
    ['team/list'],
    ['constructor'],
    ['scrape', 'list'],
    ['ls', 'list'],
  ])
    assert.equal(mistakenCommand(parse(argv)), undefined, argv.join(' '));
});

test('other words lead to commands that there are, and are none themselves', () => {
  const names = commands.map(({ name }) => name);
  for (const [word, command] of synonyms) {
    assert.ok(names.includes(command), command);
    assert.ok(!names.includes(word) && /^[a-z]+$/.test(word), word);
  }
});

test('where a whole call holds such a word, the hint about the missing repository names the command', () => {
  const failure = { code: 'NAME_UNKNOWN', message: 'no repository list', reference: 'list' } as const;
  const { errors } = hintAtCommand(sampleReport([], { errors: [failure] }), 'list');
  assert.deepEqual(
    errors.map(({ hint }) => hint),
    ['did you mean "registry-scraper ls"?'],
  );
});
