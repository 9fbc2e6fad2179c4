import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ScraperError, type Failure } from '../../errors.ts';
import type { Plan } from '../../plan.ts';
import { lostImage, sampleImage, sampleReport } from '../../render/samples.ts';
import type { Report } from '../../report.ts';
import { buildRegistry } from '../../testing/registry.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { fakeContext, type FakeContext } from '../fake-context.ts';
import { scrapeOptions } from '../options.ts';
import { parse } from '../program.ts';
import { run } from '../run.ts';
import { runScrape, type ScrapeJob } from './scrape.ts';

const done = sampleReport([sampleImage('app:1')]);
const missing: Failure = { code: 'TAG_UNKNOWN', message: 'repository app has no tag 9', reference: 'app:9' };

function start(context: FakeContext, job: ScrapeJob): Promise<number> {
  return runScrape(scrapeOptions(parse(context.argv), context.cwd), context, undefined, job);
}

const answer =
  (report: Report): ScrapeJob =>
  () =>
    Promise.resolve(report);

test('the summary goes to stdout, and nothing to stderr', async () => {
  const context = fakeContext(['app:1', '-o', 'out']);
  assert.equal(await start(context, answer(done)), 0);
  assert.match(context.stdout.text(), /^Copied 1 image to out$/m);
  assert.equal(context.stderr.text(), '');
});

test('errors go to stderr and decide the exit code', async () => {
  const context = fakeContext(['app:1', 'app:9', '-o', 'out', '--keep-going']);
  const report = sampleReport([sampleImage('app:1'), lostImage('app:9')], { errors: [missing] });
  assert.equal(await start(context, answer(report)), 3);
  assert.match(context.stdout.text(), /^1 of 2 images is in out$/m);
  assert.equal(context.stderr.text(), 'error: app:9: repository app has no tag 9 [TAG_UNKNOWN]\n');
});

test('--quiet leaves errors only', async () => {
  const context = fakeContext(['app:1', '-o', 'out', '-q'], { isTTY: true, env: { NO_COLOR: '1' } });
  const report = sampleReport([sampleImage('app:1'), lostImage('app:9')], { errors: [missing] });
  const job: ScrapeJob = (_, { observer }) => {
    observer.onWarning?.({ code: 'SCHEMA1', message: 'old' });
    context.clock.advance(60_000);
    return Promise.resolve(report);
  };
  assert.equal(await start(context, job), 3);
  assert.equal(context.stdout.text(), '');
  assert.equal(context.stderr.text(), 'error: app:9: repository app has no tag 9 [TAG_UNKNOWN]\n');
});

test('--json prints one document and keeps a piped stderr free of everything but errors', async () => {
  const context = fakeContext(['app:1', '-o', 'out', '--json']);
  const job: ScrapeJob = (_, { observer }) => {
    observer.onWarning?.({ code: 'SCHEMA1', message: 'old' });
    context.clock.advance(60_000);
    return Promise.resolve(done);
  };
  assert.equal(await start(context, job), 0);
  assert.deepEqual(JSON.parse(context.stdout.text()), done);
  assert.equal(context.stderr.text(), '');
});

test('an error before the work began is reported like any other', async () => {
  const job: ScrapeJob = () => Promise.reject(new ScraperError('NOT_A_REGISTRY', 'no registry in /x'));
  const text = fakeContext(['app:1', '-o', 'out']);
  assert.equal(await start(text, job), 1);
  assert.equal(text.stdout.text(), '');
  assert.equal(text.stderr.text(), 'error: no registry in /x [NOT_A_REGISTRY]\n');
  const json = fakeContext(['app:1', '-o', 'out', '--json']);
  assert.equal(await start(json, job), 1);
  assert.equal((JSON.parse(json.stdout.text()) as Report).errors[0]?.code, 'NOT_A_REGISTRY');
});

test('a list that is read from the terminal is asked for, and nothing is drawn over what is typed', async () => {
  const job: ScrapeJob = () => {
    context.clock.advance(60_000);
    return Promise.resolve(done);
  };
  let context = fakeContext(['--from', '-', '-o', 'out'], { isTTY: true, env: { NO_COLOR: '1' } });
  assert.equal(await start(context, job), 0);
  assert.equal(
    context.stderr.text(),
    'Reading a list from this terminal, one reference a line; Ctrl-D ends it.\n',
  );
  for (const options of [['-q'], ['--from', 'list']] as const) {
    context = fakeContext(
      ['app:1', ...(options[0] === '-q' ? ['--from', '-'] : []), ...options, '-o', 'out'],
      {
        isTTY: true,
      },
    );
    await start(context, job);
    assert.doesNotMatch(context.stderr.text(), /Ctrl-D/);
  }
});

test('a defect is not swallowed, and leaves no timer behind', async () => {
  const context = fakeContext(['app:1', '-o', 'out'], { isTTY: true });
  await assert.rejects(
    start(context, () => Promise.reject(new TypeError('oops'))),
    TypeError,
  );
  assert.equal(context.clock.running(), 0);
});

const plan: Plan = {
  images: [],
  blobs: [],
  totals: {
    images: 1,
    manifests: 1,
    blobs: 3,
    links: 5,
    bytes: 1000,
    presentBytes: 0,
    baseBlobs: 0,
    baseBytes: 0,
  },
};

test('a terminal shows progress on stderr while the work goes on, and nothing of it remains', async () => {
  for (const [flag, verb] of [
    ['--link', 'Linking'],
    ['--no-color', 'Copying'],
  ] as const) {
    const context = fakeContext(['app:1', '-o', 'out', flag], { isTTY: true, env: { NO_COLOR: '1' } });
    const job: ScrapeJob = (_, { observer }) => {
      observer.onPlan?.(plan);
      observer.onBytes?.(500);
      context.clock.advance(200);
      assert.match(context.stderr.take(), new RegExp(`^\\r${verb}   50%`));
      return Promise.resolve(done);
    };
    assert.equal(await start(context, job), 0);
    assert.equal(context.stderr.take(), '\r\x1b[K');
  }
});

test('--no-progress shows none, but warnings', async () => {
  const context = fakeContext(['app:1', '-o', 'out', '--no-progress'], {
    isTTY: true,
    env: { NO_COLOR: '1' },
  });
  const job: ScrapeJob = (_, { observer }) => {
    observer.onPlan?.(plan);
    observer.onWarning?.({ code: 'SCHEMA1', message: 'old', reference: 'app:1' });
    context.clock.advance(60_000);
    return Promise.resolve(done);
  };
  await start(context, job);
  assert.equal(context.stderr.text(), 'warning: app:1: old [SCHEMA1]\n');
});

test('an interruption is answered at once, and the summary says how to go on', async () => {
  const context = fakeContext(['app:1', '-o', 'out']);
  const reason = new ScraperError('INTERRUPTED', 'interrupted (SIGINT)', { hint: 'run it again' });
  const report = sampleReport([sampleImage('app:1', { status: 'planned' })], {
    errors: [{ code: 'INTERRUPTED', message: 'interrupted (SIGINT)', hint: 'run it again' }],
  });
  const job: ScrapeJob = (_, { signal }) => {
    context.abort(reason);
    assert.equal(signal.aborted, true);
    assert.match(context.stderr.text(), /^Interrupted: stopping/);
    return Promise.resolve(report);
  };
  assert.equal(await start(context, job), 130);
  assert.match(context.stdout.text(), /^Interrupted: 0 of 1 image is complete in out$/m);
  assert.match(context.stdout.text(), /^Run the same command again to go on/m);
  assert.doesNotMatch(context.stderr.text(), /error:/);
});

test('a quiet interruption is an error with its hint', async () => {
  const context = fakeContext(['app:1', '-o', 'out', '-q']);
  const failure: Failure = { code: 'TERMINATED', message: 'terminated (SIGTERM)', hint: 'run it again' };
  const job: ScrapeJob = () => {
    context.abort(new ScraperError('TERMINATED', 'terminated (SIGTERM)'));
    return Promise.resolve(sampleReport([], { errors: [failure] }));
  };
  assert.equal(await start(context, job), 143);
  assert.equal(context.stderr.text(), 'error: terminated (SIGTERM) [TERMINATED]\n  hint: run it again\n');
});

async function registryIn(t: TestContext): Promise<string> {
  const top = await temporaryDirectory(t);
  const registry = buildRegistry();
  const team = registry.repository('team/app');
  team.image({ tag: '1.10', layers: [4000, 2000] });
  team.image({ tag: '1.1', layers: [4000] });
  await registry.write(path.join(top, 'data'));
  return top;
}

async function call(
  cwd: string,
  ...argv: string[]
): Promise<{ code: number; report: Report; stderr: string }> {
  const context = fakeContext([...argv, '--json'], { cwd });
  const code = await run(context);
  return { code, report: JSON.parse(context.stdout.text()) as Report, stderr: context.stderr.text() };
}

test('the whole way: a scrape, a rerun, a dry run, a missing tag', async t => {
  const cwd = await registryIn(t);
  const first = await call(cwd, 'team/app:1.10', '--data-dir', 'data', '--output-dir', 'out');
  assert.deepEqual([first.code, first.report.ok, first.stderr], [0, true, '']);
  assert.deepEqual(
    first.report.images.map(({ tag, status }) => [tag, status]),
    [['1.10', 'copied']],
  );
  assert.deepEqual(await readdir(path.join(cwd, 'out')), ['docker']);

  const second = await call(cwd, 'team/app:1.10', '-d', 'data', '-o', 'out', '-j', '1');
  assert.deepEqual(
    second.report.images.map(({ status }) => status),
    ['present'],
  );
  assert.equal(second.report.totals.copiedBytes, 0);

  const dry = await call(cwd, 'team/app:1.10', 'team/app:1.1', '-d', 'data', '-o', 'new', '-n');
  assert.deepEqual([dry.code, dry.report.dryRun], [0, true]);
  assert.deepEqual(await readdir(cwd), ['data', 'out']);

  const third = await call(cwd, 'team/app:1.100', '-d', 'data', '-o', 'new');
  assert.equal(third.code, 3);
  assert.deepEqual(await readdir(cwd), ['data', 'out']);
});

test('an option that has no effect is told on the terminal as in the document', async t => {
  const cwd = await registryIn(t);
  const argv = ['team/app:1.1', '-d', 'data', '-n', '--rename', 'nosuch=x', '--referrers', 'sig'];
  const { report } = await call(cwd, ...argv);
  assert.deepEqual(
    report.warnings.map(({ code }) => code),
    ['RENAME_UNUSED', 'REFERRERS_UNUSED'],
  );
  const context = fakeContext(argv, { cwd });
  assert.equal(await run(context), 0);
  assert.match(
    context.stderr.text(),
    /^warning: --rename nosuch=x applies to no repository .*\[RENAME_UNUSED\]$/m,
  );
  assert.match(context.stderr.text(), /^warning: --referrers sig takes nothing: .*\[REFERRERS_UNUSED\]$/m);
  const missing = await call(cwd, 'team/app:9', '-d', 'data', '-n', '--referrers', 'sig');
  assert.deepEqual(missing.report.warnings, []);
});

test('an output inside the data directory is refused before anything is written', async t => {
  const cwd = await registryIn(t);
  const { code, report } = await call(cwd, 'team/app:1.10', '-d', 'data', '-o', 'data/out');
  assert.equal(code, 2);
  assert.equal(report.errors[0]?.code, 'OUTPUT_INVALID');
  assert.deepEqual(await readdir(path.join(cwd, 'data')), ['docker']);
});

test('a dry run refuses the same outputs', async t => {
  const cwd = await registryIn(t);
  assert.equal((await call(cwd, 'team/app:1.10', '-d', 'data', '-o', 'data', '-n')).code, 2);
});
