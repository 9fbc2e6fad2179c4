import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { isScraperError, type ErrorCode } from '../errors.ts';
import {
  guessOutputOptions,
  isComplete,
  scrapeOptions,
  type ScrapeCommandOptions,
  type SelectionArguments,
} from './options.ts';
import { parse } from './program.ts';

const cwd = path.resolve('/srv/place');
const unselective: SelectionArguments = {
  ...{ from: [], exclude: [], tagRegex: undefined, semver: undefined, prerelease: false },
  ...{ newest: undefined, newestBy: undefined, rename: [], platform: [], referrers: [] },
};
const resolved = (...argv: string[]): ScrapeCommandOptions => scrapeOptions(parse(argv), cwd);

function refused(code: ErrorCode, ...argv: string[]): string {
  try {
    resolved(...argv);
  } catch (error) {
    if (isScraperError(error, code)) return error.message;
    throw error;
  }
  throw new assert.AssertionError({ message: `accepted: ${argv.join(' ')}` });
}

test('defaults are those that help shows', () => {
  assert.deepEqual(resolved('app:1', '-o', 'out'), {
    references: ['app:1'],
    selection: unselective,
    cwd,
    dataDir: path.resolve('/var/lib/registry'),
    output: { kind: 'directory', path: path.join(cwd, 'out'), given: 'out' },
    dryRun: false,
    link: false,
    concurrency: Math.min(availableParallelism(), 256),
    keepGoing: false,
    verifyExisting: false,
    json: false,
    quiet: false,
    verbose: false,
    progress: true,
    color: undefined,
  });
});

test('every option arrives', () => {
  const argv = ['a', '-d', 'd', '-o', '/o', '-n', '--link', '-j', '7', '--keep-going', '--verify-existing'];
  const general = ['--json', '-q', '--verbose', '--no-progress', '--color'];
  assert.deepEqual(resolved(...argv, ...general), {
    references: ['a'],
    selection: unselective,
    cwd,
    dataDir: path.join(cwd, 'd'),
    output: { kind: 'directory', path: path.resolve('/o'), given: '/o' },
    dryRun: true,
    link: true,
    concurrency: 7,
    keepGoing: true,
    verifyExisting: true,
    json: true,
    quiet: true,
    verbose: true,
    progress: false,
    color: true,
  });
});

test('references and an output are needed, the latter not for a dry run', () => {
  assert.equal(refused('USAGE', '-o', 'out'), 'no reference was given');
  assert.equal(refused('USAGE', 'app:1'), 'no output was given');
  assert.equal(resolved('app:1', '-n').output, undefined);
  assert.equal(isComplete(parse(['app:1'])), false);
  assert.equal(isComplete(parse(['app:1', '--output-dir', 'x'])), true);
  assert.equal(isComplete(parse(['app:1', '-c'])), true);
});

test('one output is enough', () => {
  assert.equal(
    refused('USAGE', 'a', '-o', 'x', '--output-dir', 'y'),
    'both --output and --output-dir were given',
  );
});

test('archives, streams and object stores are refused, so that no directory is named after them', () => {
  for (const output of [
    'images.tar',
    'a/b.TAR.GZ',
    'x.tar.zst',
    'x.tgz',
    '-',
    's3://bucket/x',
    'gs://b',
    'https://x/y',
  ]) {
    assert.match(refused('OUTPUT_INVALID', 'a', '-o', output), /only directories are supported$/, output);
  }
});

test('--output-dir always means a directory', () => {
  for (const name of ['images.tar', '-', 's3:x']) {
    assert.equal(resolved('a', '--output-dir', name).output?.path, path.join(cwd, name));
  }
});

test('names that only resemble archives are directories', () => {
  for (const name of ['tar', 'star', 'images.tar/', 'x.tar.d', 'out-1.2', 'C:\\out']) {
    assert.equal(resolved('a', '-o', name).output?.kind, 'directory', name);
  }
});

test('empty names are refused', () => {
  assert.match(refused('OUTPUT_INVALID', 'a', '--output='), /has no name/);
  assert.match(refused('OUTPUT_INVALID', 'a', '--output-dir', ''), /has no name/);
  assert.match(refused('USAGE', 'a', '-o', 'x', '--data-dir='), /has no name/);
});

test('the number of things done at once is a sensible whole number', () => {
  assert.equal(resolved('a', '-n', '-j', '1').concurrency, 1);
  assert.equal(resolved('a', '-n', '-j', '007').concurrency, 7);
  for (const number of ['0', '257', '-1', '1.5', 'many', '', '1e2', '0x10', '99999999999']) {
    assert.equal(
      refused('USAGE', 'a', '-n', `-j=${number}`),
      `--concurrency must be a whole number from 1 to 256, found "${number}"`,
    );
  }
});

test('how to present an error can be told from a command line that is wrong', () => {
  const { json, verbose, color, dryRun } = guessOutputOptions(['a', '--nope', '--json', '--no-color', '-n']);
  assert.deepEqual([json, verbose, color, dryRun], [true, false, false, true]);
  assert.equal(guessOutputOptions(['a', '--', '--json']).json, false);
});

test('what narrows a selection arrives as typed, repeatable options in order', () => {
  const { selection } = resolved(
    ...[
      'team/**:*',
      '-o',
      'out',
      '--exclude',
      'a',
      '--exclude=b:*',
      '--tag-regex',
      '^v',
      '--semver',
      '>=1.10',
    ],
    ...[
      '--newest',
      '3',
      '--newest-by',
      'created',
      '--prerelease',
      '--rename',
      'a/=b/',
      '--from',
      '-',
      '--from',
      'x',
    ],
    ...['--platform', 'linux/amd64,linux/arm64', '--platform', 'linux/arm', '--referrers', 'sig'],
  );
  assert.deepEqual(selection, {
    ...{ from: ['-', 'x'], exclude: ['a', 'b:*'], tagRegex: '^v', semver: '>=1.10', prerelease: true },
    ...{ newest: '3', newestBy: 'created', rename: ['a/=b/'], referrers: ['sig'] },
    platform: ['linux/amd64,linux/arm64', 'linux/arm'],
  });
  assert.equal(resolved('a', '-o', 'out', '--no-referrers').selection.referrers, false);
});

test('a list is enough, and referrers cannot be both wanted and not', () => {
  assert.deepEqual(resolved('--from', 'list', '-o', 'out').references, []);
  assert.throws(() => resolved('a', '-o', 'out', '--no-referrers', '--referrers', 'sig'), /both --referrers/);
});
