import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { ScraperError } from '../errors.ts';
import type { Report } from '../report.ts';
import { buildRegistry } from '../testing/registry.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { fakeContext, type FakeContext } from './fake-context.ts';
import { crash, fail, run } from './run.ts';

async function call(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const context = fakeContext(argv);
  return { code: await run(context), stdout: context.stdout.text(), stderr: context.stderr.text() };
}

const documentOf = (context: FakeContext): Report => JSON.parse(context.stdout.text()) as Report;

test('without anything there is short help on stderr, and the call was wrong', async () => {
  const { code, stdout, stderr } = await call();
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /^Usage: {3}registry-scraper \[scrape\] REFERENCE/m);
  assert.ok(stderr.split('\n').length < 10);
});

test('help is asked for in many ways and answered on stdout', async () => {
  const expected = await call('--help');
  assert.deepEqual([expected.code, expected.stderr], [0, '']);
  assert.match(expected.stdout, /^Examples:$/m);
  for (const argv of [
    ['-h'],
    ['help'],
    ['help', 'scrape'],
    ['scrape', '--help'],
    ['app:1', '-h'],
    ['-h', '--version'],
  ]) {
    assert.deepEqual(await call(...argv), expected, argv.join(' '));
  }
  assert.match((await call('help', 'help')).stdout, /^Usage: registry-scraper help/m);
});

test('help about an unknown command names the nearest one', async () => {
  assert.deepEqual(await call('help', 'scrap'), {
    code: 2,
    stdout: '',
    stderr: [
      'error: unknown command "scrap" [USAGE]',
      '  hint: did you mean "registry-scraper scrape"? An image of that name is "scrap:latest"',
      '',
    ].join('\n'),
  });
});

test('the version comes with all that a report of a defect needs', async () => {
  const { code, stdout, stderr } = await call('--version');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(
    stdout,
    /^registry-scraper \d+\.\d+\.\d+\S*\nnode {5}v\d+\.\d+\.\d+\nplatform \w+-\w+\ncommit {3}\S+\n$/,
  );
});

test('a mistyped command is a usage error that names the nearest one', async () => {
  const { code, stderr } = await call('srcape');
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^error: unknown command "srcape" \[USAGE\]\n {2}hint: did you mean "registry-scraper scrape"\?/,
  );
});

test('so is what other programs call a command', async () => {
  const { code, stderr } = await call('list', 'team/');
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^error: unknown command "list" \[USAGE\]\n {2}hint: did you mean "registry-scraper ls"\?/,
  );
});

test('a word that resembles no command is an image without an output', async () => {
  const { code, stderr } = await call('nginx');
  assert.equal(code, 2);
  assert.match(stderr, /^error: no output was given \[USAGE\]\n/);
});

test('where a mistyped command would be a whole call, the hint about the missing repository names the command', async t => {
  const directory = await temporaryDirectory(t);
  const registry = buildRegistry();
  registry.repository('app').image({ tag: 'latest', layers: [100] });
  await registry.write(directory);
  const context = fakeContext(['srcape', '-n', '-d', directory]);
  assert.equal(await run(context), 3);
  assert.match(context.stderr.text(), /^error: .*\[NAME_UNKNOWN\]$/m);
  assert.match(context.stderr.text(), /^ {2}hint: .*did you mean "registry-scraper scrape"\?$/m);
});

test('--json gives a document also for a wrong call', async () => {
  const context = fakeContext(['app:1', '--json', '--nope', '-n']);
  assert.equal(await run(context), 2);
  const report = documentOf(context);
  assert.deepEqual([report.ok, report.dryRun, report.images, report.totals.images], [false, true, [], 0]);
  assert.deepEqual(report.errors, [
    { code: 'USAGE', message: 'unknown option "--nope"', hint: 'run "registry-scraper --help"' },
  ]);
  assert.match(context.stderr.text(), /^error: unknown option "--nope" \[USAGE\]$/m);
});

test('--json gives a document also where there is no data directory', async () => {
  const context = fakeContext(['app:1', '--json', '-o', 'out', '-d', 'nosuch'], {
    cwd: path.resolve('/nowhere'),
  });
  assert.equal(await run(context), 1);
  assert.equal(documentOf(context).errors[0]?.code, 'DATA_DIR_UNKNOWN');
});

test('what is no error of this program is a defect: no stack, unless --verbose', async () => {
  const defect = new TypeError('x is not a function', { cause: new Error('deeper\x1b[2J') });
  const quiet = fakeContext(['app:1']);
  assert.equal(await fail(defect, quiet), 1);
  assert.equal(
    quiet.stderr.text(),
    [
      'error: unexpected failure: x is not a function [INTERNAL]',
      '  hint: this is a defect of registry-scraper; run again with --verbose and report what it prints',
      '',
    ].join('\n'),
  );
  const verbose = fakeContext(['app:1', '--verbose']);
  await fail(defect, verbose);
  assert.match(verbose.stderr.text(), /^ {2}TypeError: x is not a function$/m);
  assert.match(verbose.stderr.text(), /^ {2}Error: deeper\\x1b\[2J$/m);
  assert.match(verbose.stderr.text(), /run\.test\.ts/);
});

test('a crash clears the line that progress was on', async () => {
  const terminal = fakeContext(['app:1', '--no-color'], { isTTY: true });
  assert.equal(await crash(new Error('oops'), terminal), 1);
  assert.match(terminal.stderr.text(), /^\r\x1b\[Kerror: unexpected failure: oops/);
  const pipe = fakeContext(['app:1']);
  assert.equal(await crash(new ScraperError('IO_ERROR', 'broken'), pipe), 1);
  assert.equal(pipe.stderr.text(), 'error: broken [IO_ERROR]\n');
});
