import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { archiveArguments, type ArchiveArguments } from './archive-options.ts';
import { parseDestination } from './destination.ts';
import { parse } from './program.ts';

const cwd = path.resolve('/srv/place');

/** What the options say together with an output; undefined is a dry run without one. */
function resolved(output: string | undefined, ...argv: string[]): ArchiveArguments {
  const { options } = parse(['app:1', ...argv]);
  return archiveArguments(options, output === undefined ? undefined : parseDestination(output, cwd), cwd);
}

function refused(output: string | undefined, argv: readonly string[], says: RegExp): void {
  assert.throws(
    () => resolved(output, ...argv),
    (error: unknown) => {
      assert.ok(isScraperError(error, 'USAGE'), String(error));
      assert.match(error.message, says);
      return true;
    },
    `${String(output)} ${argv.join(' ')}`,
  );
}

test('without any option an archive is a registry, as its name says it', () => {
  assert.deepEqual(resolved('x.tar'), {
    ...{ compress: undefined, split: undefined, onlyPart: undefined, format: 'registry' },
    ...{ sign: undefined, manifest: undefined, base: [], force: false },
  });
});

test('every option arrives, with files by their absolute paths', () => {
  const argv = ['--split', '4.7GB', '--only-part', '3', '--compress', 'zstd:9', '--sign', 'k.pem', '--force'];
  const more = ['--manifest', 'm.json', '--base', 'a.inv', '--base=/b', '--format', 'registry'];
  assert.deepEqual(resolved('x.tar.zst', ...argv, ...more), {
    ...{ compress: 'zstd:9', split: '4.7GB', onlyPart: 3, format: 'registry', force: true },
    ...{ sign: path.join(cwd, 'k.pem'), manifest: path.join(cwd, 'm.json') },
    base: [path.join(cwd, 'a.inv'), path.resolve('/b')],
  });
});

test('what would change nothing is refused', () => {
  const cases: readonly (readonly [string | undefined, readonly string[], RegExp])[] = [
    ['out', ['--split', '1MiB'], /^--split cuts archives, and the output is a directory$/],
    ['out', ['--split', '1MiB', '--only-part', '1'], /^--split cuts archives/],
    ['out', ['--only-part', '1'], /^--only-part makes a part of an archive/],
    ['out', ['--compress', 'gzip'], /^--compress is about archives/],
    ['out', ['--sign', 'k'], /^--sign signs a bundle manifest, and a directory gets none$/],
    ['out', ['--force'], /^--force replaces archives, and the output is a directory$/],
    ['out', ['--format', 'docker-archive'], /^--format docker-archive is a tar/],
    ['-', ['--split', '1MiB'], /^--split does not cut standard output$/],
    ['-', ['--only-part', '2'], /^--only-part makes a file, and the output is standard output$/],
    ['-', ['--force'], /^--force replaces files/],
    ['-', ['--fsync'], /^--fsync waits for the disk of a file/],
    ['x.tar', ['--only-part', '2'], /^--only-part makes a part of an archive that is cut$/],
    ['x.tar', ['--link'], /^--link needs a directory, and the output is an archive$/],
    ['-', ['--link'], /^--link needs a directory/],
    ['x.tar', ['--verify-existing'], /^--verify-existing is about what a directory has/],
    ['x.tar', ['--format', 'oci', '--sign', 'k'], /not with --format oci$/],
    ['x.tar', ['--format', 'docker-archive', '--manifest', 'm'], /not with --format docker-archive$/],
    ['x.tar', ['--format', 'oci', '--base', 'b'], /^--base does not go with --format oci/],
    ['x.tar', ['--manifest', 'x.tar'], /^--manifest and --output name the same file: "x.tar"$/],
    ['a/x.tar', ['--manifest', './a/x.tar.sha256', '--force'], /name the same file: ".\/a\/x.tar.sha256"$/],
    ['x.tar', ['--manifest', 'x.tar.002', '--split', '1M'], /name the same file: "x.tar.002"$/],
    [undefined, ['--only-part', '2'], /^--only-part makes a part of an archive that is cut$/],
  ];
  for (const [output, argv, says] of cases) refused(output, argv, says);
});

test('what has a sense all the same is not refused', () => {
  assert.equal(resolved('out', '--sign', 'k', '--manifest', 'm').sign, path.join(cwd, 'k'));
  assert.equal(resolved('out', '--force', '--manifest', 'm').force, true);
  assert.equal(resolved('-', '--force', '--fsync', '--manifest', 'm').force, true);
  assert.equal(resolved('-', '--compress', 'gzip:9').compress, 'gzip:9');
  assert.equal(resolved('out', '--link', '--verify-existing', '--base', 'b').base.length, 1);
  assert.equal(resolved(undefined, '--split', '1MiB', '--sign', 'k').split, '1MiB');
});

test('values that cannot be meant are refused', () => {
  for (const part of ['0', '-1', '1.5', 'one', '', '1234567'])
    refused(
      'x.tar',
      ['--split', '1MiB', `--only-part=${part}`],
      /^--only-part must be the number of a part, from 1 on/,
    );
  refused('x.tar', ['--format', 'tar'], /^--format must be registry, oci or docker-archive, found "tar"$/);
  for (const option of ['--sign', '--manifest']) {
    refused('x.tar', [`${option}=`], new RegExp(`^${option} names no file$`));
    refused('x.tar', [option, '-'], new RegExp(`^${option} must be a file, found "-"$`));
  }
});
