import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { commandMeant } from './argv.ts';
import { parse } from './program.ts';
import type { RawOptions } from './raw-options.ts';

/** Arguments and given options. */
function parsed(...argv: string[]): [words: readonly string[], options: RawOptions] {
  const { words, options } = parse(argv);
  return [words, Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))];
}

function usageOf(...argv: string[]): { message: string; hint: string } {
  try {
    parse(argv);
  } catch (error) {
    if (isScraperError(error, 'USAGE')) return { message: error.message, hint: error.details.hint ?? '' };
    throw error;
  }
  throw new assert.AssertionError({ message: `accepted: ${argv.join(' ')}` });
}

test('values that look like numbers stay as they were typed', () => {
  for (const value of [
    '1.10',
    '007',
    '0x10',
    '1e3',
    '',
    ' ',
    'true',
    'false',
    'Infinity',
    '-0',
    '=',
    '=a',
    'a=b',
  ]) {
    assert.deepEqual(parsed(`--data-dir=${value}`, 'a'), [['a'], { dataDir: value }], value);
    if (value.startsWith('-')) continue;
    assert.deepEqual(parsed('--data-dir', value, 'a'), [['a'], { dataDir: value }], value);
    assert.deepEqual(parsed('-d', value, 'a', '-o', 'out', '-j', '4'), [
      ['a'],
      { dataDir: value, output: 'out', concurrency: '4' },
    ]);
  }
});

test('arguments that look like numbers or words of the parser stay as they were typed, also after a switch', () => {
  for (const word of ['1.10', '007', '0x10', '', 'true', 'false', '-', 'a=b', 'constructor', '__proto__']) {
    assert.deepEqual(parsed('--link', word), [[word], { link: true }], word);
    assert.deepEqual(parsed(word, '--dry-run', word), [[word, word], { dryRun: true }], word);
  }
});

test('a switch takes no word from behind it, hyphenated or not', () => {
  assert.deepEqual(parsed('--dry-run', 'app:1'), [['app:1'], { dryRun: true }]);
  assert.deepEqual(parsed('--keep-going', 'app:1', '--verify-existing', 'web:2'), [
    ['app:1', 'web:2'],
    { keepGoing: true, verifyExisting: true },
  ]);
  assert.deepEqual(parsed('-n', 'app:1'), [['app:1'], { dryRun: true }]);
});

test('a lone hyphen is a value and an argument', () => {
  assert.deepEqual(parsed('a', '-o', '-'), [['a'], { output: '-' }]);
  assert.deepEqual(parsed('a', '--output', '-'), [['a'], { output: '-' }]);
  assert.deepEqual(parsed('a', '-o=-'), [['a'], { output: '-' }]);
  assert.deepEqual(parsed('a', '-o-'), [['a'], { output: '-' }]);
  assert.deepEqual(parsed('-'), [['-'], {}]);
});

test('the documented call works exactly so', () => {
  assert.deepEqual(parsed('someimage:mytag', '--data-dir', 'data', '--output-dir', 'data-copy'), [
    ['someimage:mytag'],
    { dataDir: 'data', outputDir: 'data-copy' },
  ]);
});

test('options come in any order, with a space or an equals sign', () => {
  const expected = [['a', 'b'], { dataDir: 'd', output: 'o', dryRun: true, concurrency: '2' }];
  assert.deepEqual(parsed('a', 'b', '-d', 'd', '-o', 'o', '-n', '-j', '2'), expected);
  assert.deepEqual(parsed('-n', '-d', 'd', 'a', '--output=o', 'b', '-j2'), expected);
  assert.deepEqual(parsed('--check', '--data-dir=d', '-j=2', '--output', 'o', 'scrape', 'a', 'b'), expected);
});

test('short options can be written together, the last one with its value', () => {
  assert.deepEqual(parsed('-nq', 'a'), [['a'], { dryRun: true, quiet: true }]);
  assert.deepEqual(parsed('-nj4', 'a'), [['a'], { dryRun: true, concurrency: '4' }]);
  assert.deepEqual(parsed('-nqo', 'out', 'a'), [['a'], { dryRun: true, quiet: true, output: 'out' }]);
  assert.deepEqual(parsed('-o./out', 'a'), [['a'], { output: './out' }]);
  assert.deepEqual(parsed('-c', 'a'), [['a'], { dryRun: true }]);
});

test('two hyphens end the options', () => {
  assert.deepEqual(parsed('a', '--', '--dry-run', '-o', '--', 'b'), [
    ['a', '--dry-run', '-o', '--', 'b'],
    {},
  ]);
  assert.deepEqual(parsed('-n', '--'), [[], { dryRun: true }]);
});

test('of an option given twice the last one counts', () => {
  assert.deepEqual(parsed('a', '-o', 'x', '--output', 'y'), [['a'], { output: 'y' }]);
  assert.deepEqual(parsed('a', '-n', '--check', '--dry-run=false'), [['a'], { dryRun: false }]);
  assert.deepEqual(parsed('a', '--no-color', '--color'), [['a'], { color: true }]);
});

test('a switch can be given a truth value, and nothing else', () => {
  assert.deepEqual(parsed('a', '--dry-run=false', '--json=true'), [['a'], { dryRun: false, json: true }]);
  assert.deepEqual(usageOf('a', '--dry-run=maybe'), {
    message: 'option --dry-run takes no value, found "maybe"',
    hint: 'write --dry-run or --dry-run=false',
  });
  assert.equal(usageOf('a', '-n=1').message, 'option -n takes no value, found "1"');
  assert.equal(
    usageOf('a', '--no-progress=false').message,
    'option --no-progress takes no value, found "false"',
  );
});

test('--no- turns off what can be turned off, and nothing else', () => {
  assert.deepEqual(parsed('a', '--no-progress', '--no-color'), [['a'], { progress: false, color: false }]);
  assert.deepEqual(parsed('a', '--progress'), [['a'], { progress: true }]);
  assert.equal(usageOf('a', '--no-output').message, 'unknown option "--no-output"');
  assert.equal(usageOf('a', '--no-such').message, 'unknown option "--no-such"');
  assert.equal(usageOf('a', '--no-').message, 'unknown option "--no-"');
});

test('an option without its value is an error, and the next option is not its value', () => {
  assert.equal(usageOf('a', '-o').message, 'option -o needs a value');
  assert.equal(usageOf('a', '--output', '--', 'x').message, 'option --output needs a value');
  assert.deepEqual(usageOf('a', '--output', '--link'), {
    message: 'option --output needs a value, found the option "--link" after it',
    hint: 'a value that begins with a dash is written --output=--link',
  });
  assert.deepEqual(usageOf('app:*', '--tag-regex', '-alpine$'), {
    message: 'option --tag-regex needs a value, found "-alpine$" after it',
    hint: "a value that begins with a dash is written --tag-regex='-alpine$'",
  });
  assert.equal(
    usageOf('app:*', '--newest', '-1').message,
    'option --newest needs a positive number, found "-1"',
  );
  assert.deepEqual(parsed('a', '--output=--link'), [['a'], { output: '--link' }]);
  assert.deepEqual(parsed('a', '--output='), [['a'], { output: '' }]);
});

test('unknown options name the nearest known one', () => {
  const cases: [typed: string, hint: string][] = [
    ['--dry-rn', 'did you mean "--dry-run"?'],
    ['--dryRun', 'did you mean "--dry-run"?'],
    ['--data_dir=x', 'did you mean "--data-dir"?'],
    ['--ouptut', 'did you mean "--output"?'],
    ['--outputdir', 'did you mean "--output-dir"?'],
    ['--concurency=3', 'did you mean "--concurrency"?'],
    ['--verify', 'did you mean "--verify-existing" or "--verify-key"?'],
    ['--QUIET', 'did you mean "--quiet"?'],
    ['--no-colour', 'did you mean "--no-color"?'],
    ['-v', 'did you mean "--verify-existing" or "--verify-key" or "--verbose" or "--version"?'],
    ['-x', 'run "registry-scraper --help"'],
    ['--frobnicate', 'run "registry-scraper --help"'],
    ['--a.b', 'run "registry-scraper --help"'],
    ['--__proto__=x', 'run "registry-scraper --help"'],
    ['---', 'run "registry-scraper --help"'],
  ];
  for (const [typed, hint] of cases) {
    const { message, hint: given } = usageOf('a', typed);
    assert.equal(message, `unknown option "${typed.replace(/=.*/, '')}"`);
    assert.equal(given, hint, typed);
  }
});

test('a long option with one dash is not taken apart into letters', () => {
  assert.deepEqual(usageOf('a', '-output', 'x'), {
    message: 'unknown option "-output"',
    hint: 'did you mean "--output", with two dashes?',
  });
  assert.equal(usageOf('a', '-data-dir=x').hint, 'did you mean "--data-dir", with two dashes?');
});

test('an unknown letter among short options is named', () => {
  assert.equal(usageOf('a', '-nx').message, 'unknown option "-x" in "-nx"');
});

test('dashes that word processors make are named', () => {
  assert.equal(
    usageOf('a', '\u2013\u2013output', 'x').message,
    '"\u2013\u2013output" begins with a typographic dash',
  );
  assert.equal(usageOf('\u2014n').hint, 'type the hyphen "-" of your keyboard');
});

test('scrape is the command when none is named', () => {
  const named = parse(['scrape', 'app:1']);
  const unnamed = parse(['app:1']);
  assert.equal(unnamed.command, named.command);
  assert.deepEqual([unnamed.words, named.words], [['app:1'], ['app:1']]);
  assert.deepEqual([unnamed.named, named.named], [false, true]);
  assert.equal(parse([]).command.name, 'scrape');
});

test('only the first word can be a command, and not after two hyphens', () => {
  assert.deepEqual(parse(['app', 'help']).words, ['app', 'help']);
  assert.deepEqual(parse(['scrape', 'scrape']).words, ['scrape']);
  assert.equal(parse(['-d', 'help', '--', 'help']).command.name, 'scrape');
  assert.deepEqual(parse(['--', 'help']).words, ['help']);
});

test('an option of one command is refused after another', () => {
  assert.equal(
    usageOf('help', '-o', 'x').message,
    'option -o does not belong to the command "help", but to "scrape", "inventory"',
  );
  assert.equal(usageOf('ls', '-o', 'x').hint, 'an image that is called "ls" is written "ls:latest"');
  assert.equal(usageOf('scrape', '--raw').hint, 'run "registry-scraper --help"');
});

test('an option that may be repeated collects its values in order, however they are written', () => {
  const values = ['1.10', '007', '-x', '', 'a=b', 'true'];
  const argv = [
    '--exclude',
    '1.10',
    'app',
    '--exclude=007',
    '--exclude=-x',
    '--exclude=',
    '--exclude',
    'a=b',
    '--exclude=true',
  ];
  assert.deepEqual(parsed(...argv, '-n'), [['app'], { exclude: values, dryRun: true }]);
  assert.deepEqual(parsed('--exclude', 'one'), [[], { exclude: ['one'] }]);
  assert.deepEqual(parse(['app']).options['exclude'], undefined);
});

test('commands that look at a registry are named, and an image may be called like one', () => {
  assert.equal(parse(['ls', 'ls']).command.name, 'ls');
  assert.deepEqual(parse(['ls', 'ls']).words, ['ls']);
  assert.deepEqual(parse(['scrape', 'ls', 'inspect']).words, ['ls', 'inspect']);
  assert.equal(parse(['ls:latest', '-n']).command.name, 'scrape');
  assert.equal(parse(['-d', 'x', 'inspect', 'app']).command.name, 'inspect');
});

test('the command that a wrong line means is the first word that is no value', () => {
  assert.equal(commandMeant(['ls', '--nope']).name, 'ls');
  assert.equal(commandMeant(['--json', '-d', 'ls', 'inspect', '--nope']).name, 'inspect');
  assert.equal(commandMeant(['--data-dir=x', 'ls']).name, 'ls');
  assert.equal(commandMeant(['app:1', 'ls']).name, 'scrape');
  assert.equal(commandMeant(['--', 'ls']).name, 'scrape');
  assert.equal(commandMeant([]).name, 'scrape');
});
