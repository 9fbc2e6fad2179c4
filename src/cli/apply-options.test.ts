import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { applyOptions, tagPolicies, type ApplyCommandOptions } from './apply-options.ts';
import { diffOptions } from './diff-options.ts';
import { parse } from './program.ts';
import { findCommand } from './table.ts';

const cwd = path.resolve('/srv/place');
const resolved = (...argv: string[]): ApplyCommandOptions => applyOptions(parse(['apply', ...argv]), cwd);

function refused(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isScraperError(error, 'USAGE')) return error.message;
    throw error;
  }
  throw new assert.AssertionError({ message: 'it was accepted' });
}

test('defaults of apply are those that help shows', () => {
  assert.deepEqual(resolved('shipment'), {
    sources: [path.join(cwd, 'shipment')],
    dataDir: path.resolve('/var/lib/registry'),
    onExistingTag: 'overwrite',
    verifyExisting: false,
    verifyKey: undefined,
    sync: true,
    dryRun: false,
    concurrency: Math.min(availableParallelism(), 256),
    ...{ json: false, quiet: false, verbose: false, progress: true, color: undefined },
  });
});

test('every option of apply arrives', () => {
  const argv = [
    'a.tar',
    '-d',
    'd',
    '--on-existing-tag',
    'keep',
    '--verify-existing',
    '--verify-key',
    'k.pem',
  ];
  assert.deepEqual(resolved(...argv, '--no-fsync', '-n', '-j', '3', '--json', '-q', '--verbose'), {
    sources: [path.join(cwd, 'a.tar')],
    dataDir: path.join(cwd, 'd'),
    onExistingTag: 'keep',
    verifyExisting: true,
    verifyKey: path.join(cwd, 'k.pem'),
    sync: false,
    dryRun: true,
    concurrency: 3,
    ...{ json: true, quiet: true, verbose: true, progress: true, color: undefined },
  });
  assert.equal(resolved('a', '--no-fsync', '--fsync').sync, true);
});

test('several arguments are parts of one bundle, in the order given, and a dash is standard input', () => {
  assert.deepEqual(resolved('x.002', '/y/x.001').sources, [
    path.join(cwd, 'x.002'),
    path.resolve('/y/x.001'),
  ]);
  assert.deepEqual(resolved('-').sources, ['-']);
});

test('what cannot be meant is refused', () => {
  assert.equal(
    refused(() => resolved()),
    'nothing to apply was given',
  );
  assert.match(
    refused(() => resolved('-', 'x')),
    /^"-" is standard input, .* found 2 arguments$/,
  );
  assert.equal(
    refused(() => resolved('')),
    'an empty name was given',
  );
  assert.equal(
    refused(() => resolved('x', '--on-existing-tag', 'merge')),
    '--on-existing-tag must be overwrite, keep or fail, found "merge"',
  );
  assert.equal(
    refused(() => resolved('x', '--verify-key=')),
    'the key has no name',
  );
});

test('the policies that help and completion name are those there are', () => {
  const option = findCommand('apply')?.options.find(({ key }) => key === 'onExistingTag');
  assert.deepEqual(option?.choices, tagPolicies);
});

test('diff takes two names', () => {
  const { a, b } = diffOptions(parse(['diff', 'x', '/y', '-q']), cwd);
  assert.deepEqual(a, { given: 'x', path: path.join(cwd, 'x') });
  assert.deepEqual(b, { given: '/y', path: path.resolve('/y') });
  for (const words of [[], ['x'], ['x', 'y', 'z']]) {
    assert.equal(
      refused(() => diffOptions(parse(['diff', ...words]), cwd)),
      `diff compares two things, found ${String(words.length)}`,
    );
  }
  assert.equal(
    refused(() => diffOptions(parse(['diff', 'x', '']), cwd)),
    'an empty name was given',
  );
});
