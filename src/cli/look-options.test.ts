import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import {
  inspectOptions,
  listOptions,
  type InspectCommandOptions,
  type ListCommandOptions,
} from './look-options.ts';
import { parse } from './program.ts';

const cwd = path.resolve('/srv/place');
const ls = (...argv: string[]): ListCommandOptions => listOptions(parse(['ls', ...argv]), cwd);
const inspect = (...argv: string[]): InspectCommandOptions =>
  inspectOptions(parse(['inspect', ...argv]), cwd);

function refused(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isScraperError(error, 'USAGE')) return error.message;
    throw error;
  }
  throw new assert.AssertionError({ message: 'accepted' });
}

test('a plain listing asks for names alone', () => {
  const { patterns, dataDir, long, all, digests, untagged, sort, selection } = ls();
  assert.deepEqual(
    { patterns, dataDir, long, all, digests, untagged, sort },
    {
      patterns: [],
      dataDir: path.resolve('/var/lib/registry'),
      long: false,
      all: false,
      digests: false,
      untagged: false,
      sort: 'name',
    },
  );
  assert.deepEqual([selection.exclude, selection.semver, selection.prerelease], [[], undefined, false]);
});

test('every option of a listing arrives', () => {
  const options = ls(
    'a',
    'b/*',
    '-lad',
    'd',
    '--digests',
    '--untagged',
    '--sort',
    'size',
    '--exclude=x',
    '--exclude=y',
    '--semver',
    '1.10',
  );
  assert.deepEqual([options.patterns, options.dataDir], [['a', 'b/*'], path.join(cwd, 'd')]);
  assert.ok(options.long && options.all && options.digests && options.untagged);
  assert.deepEqual(
    [options.sort, options.selection.exclude, options.selection.semver],
    ['size', ['x', 'y'], '1.10'],
  );
});

test('an order that does not exist is refused', () => {
  assert.equal(
    refused(() => ls('--sort', 'date')),
    '--sort must be name, size, created or pushed, found "date"',
  );
});

test('what selects for shipping only is refused', () => {
  assert.match(
    refused(() => ls('--rename', 'a=b')),
    /does not belong to the command "ls"/,
  );
  assert.match(
    refused(() => inspect('app', '-o', 'out')),
    /does not belong to the command "inspect"/,
  );
});

test('one image is inspected at a time', () => {
  assert.equal(inspect('app', '--raw').raw, true);
  assert.equal(
    refused(() => inspect()),
    'no reference was given',
  );
  assert.equal(
    refused(() => inspect('a', 'b', 'c')),
    'inspect takes one reference, found 3',
  );
  assert.equal(
    refused(() => inspect('a', '--raw', '--json')),
    'both --raw and --json were given',
  );
});
