import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { isScraperError, type ErrorCode } from '../errors.ts';
import type { ArchiveArguments } from './archive-options.ts';
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
const noArchive: ArchiveArguments = {
  ...{ compress: undefined, split: undefined, onlyPart: undefined, format: 'registry' },
  ...{ sign: undefined, manifest: undefined, base: [], force: false },
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
    archive: noArchive,
    dryRun: false,
    link: false,
    concurrency: Math.min(availableParallelism(), 256),
    keepGoing: false,
    verifyExisting: false,
    sync: false,
    json: false,
    quiet: false,
    verbose: false,
    progress: true,
    color: undefined,
  });
});

test('every option arrives', () => {
  const argv = ['a', '-d', 'd', '-o', '/o', '-n', '--link', '-j', '7', '--keep-going', '--verify-existing'];
  const general = ['--fsync', '--json', '-q', '--verbose', '--no-progress', '--color'];
  assert.deepEqual(resolved(...argv, ...general), {
    references: ['a'],
    selection: unselective,
    cwd,
    dataDir: path.join(cwd, 'd'),
    output: { kind: 'directory', path: path.resolve('/o'), given: '/o' },
    archive: noArchive,
    dryRun: true,
    link: true,
    concurrency: 7,
    keepGoing: true,
    verifyExisting: true,
    sync: true,
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

test('what an output is called says what it is', () => {
  for (const [output, kind] of [
    ['out', 'directory'],
    ['images.tar', 'archive'],
    ['x.tgz', 'archive'],
    ['-', 'archive'],
  ] as const)
    assert.equal(resolved('a', '-o', output).output?.kind, kind, output);
  for (const output of ['s3://bucket/x', 'x.zip', 'x.tar.xz'])
    assert.match(refused('OUTPUT_INVALID', 'a', '-o', output), /^cannot write to /, output);
});

test('options about archives are checked against the output', () => {
  const { archive } = resolved('a', '-o', 'x.tar', '--split', '1GiB', '--base', 'site.inv');
  assert.deepEqual(archive, { ...noArchive, split: '1GiB', base: [path.join(cwd, 'site.inv')] });
  assert.match(refused('USAGE', 'a', '-o', 'out', '--split', '1GiB'), /the output is a directory$/);
  assert.match(refused('USAGE', 'a', '--output-dir', 'x.tar', '--force'), /the output is a directory$/);
});

test('--output-dir always means a directory', () => {
  for (const name of ['images.tar', '-', 's3:x']) {
    assert.equal(resolved('a', '--output-dir', name).output?.path, path.join(cwd, name));
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
