import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ApplyReport } from '../../apply/apply.ts';
import { ScraperError, type Failure } from '../../errors.ts';
import { sampleImage, sampleReport } from '../../render/samples.ts';
import type { Report } from '../../report.ts';
import { asOrdinaryUser } from '../../testing/ordinary-user.ts';
import { buildRegistry } from '../../testing/registry.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { listDirectory } from '../../testing/tree.ts';
import { applyOptions } from '../apply-options.ts';
import { fakeContext, type FakeContext } from '../fake-context.ts';
import { parse } from '../program.ts';
import { run } from '../run.ts';
import { runApply, type ApplyJob } from './apply.ts';

const applied = (report: Report): ApplyReport => ({ ...report, command: 'apply', movedTags: [] });
const done = applied(sampleReport([sampleImage('app:1')]));

function start(context: FakeContext, job: ApplyJob): Promise<number> {
  return runApply(applyOptions(parse(context.argv), context.cwd), context, job);
}

const answer =
  (report: ApplyReport): ApplyJob =>
  () =>
    Promise.resolve(report);

test('the summary goes to stdout, and nothing to stderr', async () => {
  const context = fakeContext(['apply', 'shipment', '-d', '/srv/registry']);
  assert.equal(await start(context, answer(done)), 0);
  assert.match(context.stdout.text(), /^Applied 1 image to \/srv\/registry$/m);
  assert.equal(context.stderr.text(), '');
});

test('errors go to stderr and decide the exit code, and what was not done because of them is said', async () => {
  const context = fakeContext(['apply', 'shipment']);
  const missing: Failure = { code: 'BLOB_UNKNOWN', message: 'gone', reference: 'app:1' };
  const planned = [sampleImage('app:1', { status: 'planned' })];
  const report = applied(sampleReport(planned, { errors: [missing], totals: { copiedBytes: 0 } }));
  assert.equal(await start(context, answer(report)), 3);
  assert.equal(context.stdout.text(), '');
  assert.equal(context.stderr.text(), 'error: app:1: gone [BLOB_UNKNOWN]\nNothing was written.\n');
});

test('an error before the work began is reported like any other', async () => {
  const job: ApplyJob = () => Promise.reject(new ScraperError('NOT_A_REGISTRY', 'no registry in /x'));
  const text = fakeContext(['apply', 'shipment']);
  assert.equal(await start(text, job), 1);
  assert.equal(text.stderr.text(), 'error: no registry in /x [NOT_A_REGISTRY]\n');
  const json = fakeContext(['apply', 'shipment', '--json', '-n']);
  assert.equal(await start(json, job), 1);
  const report = JSON.parse(json.stdout.text()) as ApplyReport;
  assert.deepEqual([report.command, report.dryRun, report.movedTags], ['apply', true, []]);
  assert.equal(report.errors[0]?.code, 'NOT_A_REGISTRY');
});

test('a wrong call has a document of the same form', async () => {
  const context = fakeContext(['apply', '--json']);
  assert.equal(await run(context), 2);
  const report = JSON.parse(context.stdout.text()) as ApplyReport;
  assert.deepEqual([report.command, report.ok, report.movedTags, report.images], ['apply', false, [], []]);
});

test('a terminal shows what is going on', async () => {
  for (const [flags, verb] of [
    [[], 'Applying'],
    [['-n'], 'Checking'],
  ] as const) {
    const context = fakeContext(['apply', 'x', ...flags], { isTTY: true, env: { NO_COLOR: '1' } });
    const job: ApplyJob = (_, { observer }) => {
      observer.onPlan?.({
        ...{ images: [], blobs: [] },
        totals: { ...{ images: 1, manifests: 1, blobs: 3, links: 5, bytes: 1000 }, ...nothing },
      });
      observer.onBytes?.(500);
      context.clock.advance(200);
      assert.match(context.stderr.take(), new RegExp(`^\\r${verb}   50%`));
      return Promise.resolve(done);
    };
    assert.equal(await start(context, job), 0);
    assert.equal(context.stderr.take(), '\r\x1b[K');
    assert.equal(context.clock.running(), 0);
  }
});
const nothing = { presentBytes: 0, baseBlobs: 0, baseBytes: 0 };

test('an interruption is answered at once, and the summary says how to go on', async () => {
  const context = fakeContext(['apply', 'shipment']);
  const failure: Failure = { code: 'INTERRUPTED', message: 'interrupted (SIGINT)', hint: 'run it again' };
  const images = [sampleImage('a:1'), sampleImage('b:1', { status: 'planned' })];
  const job: ApplyJob = (_, { signal }) => {
    context.abort(new ScraperError('INTERRUPTED', 'interrupted (SIGINT)'));
    assert.equal(signal.aborted, true);
    assert.match(context.stderr.text(), /^Interrupted: stopping/);
    return Promise.resolve(applied(sampleReport(images, { errors: [failure] })));
  };
  assert.equal(await start(context, job), 130);
  assert.match(context.stdout.text(), /^Interrupted: 1 of 2 images is complete in \/var\/lib\/registry$/m);
  assert.doesNotMatch(context.stderr.text(), /error:/);
});

/** A place with a registry in `site` and a newer one in `shipment`, which moves a tag. */
async function place(t: TestContext): Promise<string> {
  const cwd = await temporaryDirectory(t);
  const registry = buildRegistry();
  const app = registry.repository('team/app');
  const shared = app.blob(3000);
  app.image({ tag: '1', layers: [shared] });
  app.image({ tag: 'latest', layers: [shared] });
  await registry.write(path.join(cwd, 'site'));
  const shipment = buildRegistry(2);
  shipment.repository('team/app').image({ tag: 'latest', layers: [2000] });
  shipment.repository('team/new').image({ tag: '1', layers: [1000] });
  await shipment.write(path.join(cwd, 'shipment'));
  await mkdir(path.join(cwd, 'empty'));
  return cwd;
}

async function call(
  cwd: string,
  ...argv: string[]
): Promise<{ readonly code: number; readonly report: ApplyReport; readonly stderr: string }> {
  const context = fakeContext(['apply', ...argv, '--json'], { cwd });
  const code = await run(context);
  return { code, report: JSON.parse(context.stdout.text()) as ApplyReport, stderr: context.stderr.text() };
}

const tagLink = (cwd: string, tag: string): Promise<string> =>
  readFile(
    path.join(cwd, `site/docker/registry/v2/repositories/team/app/_manifests/tags/${tag}/current/link`),
    'utf8',
  );

test('the whole way: a dry run, an apply, the same again', async t => {
  const cwd = await place(t);
  const before = await listDirectory(path.join(cwd, 'site'));
  const old = await tagLink(cwd, 'latest');
  const dry = await call(cwd, 'shipment', '-d', 'site', '-n');
  assert.deepEqual([dry.code, dry.report.dryRun, dry.stderr], [0, true, '']);
  assert.deepEqual(await listDirectory(path.join(cwd, 'site')), before);

  const first = await call(cwd, 'shipment', '-d', 'site');
  assert.deepEqual([first.code, first.report.ok, first.stderr], [0, true, '']);
  const now = await tagLink(cwd, 'latest');
  const moved = [{ repository: 'team/app', tag: 'latest', before: old, after: now, kept: false }];
  assert.deepEqual([dry.report.movedTags, first.report.movedTags], [moved, moved]);
  assert.deepEqual(await readdir(path.join(cwd, 'site')), ['docker']);

  const second = await call(cwd, 'shipment', '-d', 'site/docker', '-j', '1', '--no-fsync');
  assert.deepEqual([second.code, second.report.totals.copiedBytes], [0, 0]);
  assert.ok(second.report.images.every(({ status }) => status === 'present'));
});

test('tags stay where they are when that is wanted, or stop everything', async t => {
  const cwd = await place(t);
  const old = await tagLink(cwd, 'latest');
  const before = await listDirectory(path.join(cwd, 'site'));
  const refused = await call(cwd, 'shipment', '-d', 'site', '--on-existing-tag', 'fail');
  assert.deepEqual([refused.code, refused.report.errors[0]?.code], [1, 'TAG_EXISTS']);
  assert.deepEqual(await listDirectory(path.join(cwd, 'site')), before);
  const kept = await call(cwd, 'shipment', '-d', 'site', '--on-existing-tag', 'keep');
  assert.deepEqual([kept.code, kept.report.movedTags[0]?.kept], [0, true]);
  assert.equal(await tagLink(cwd, 'latest'), old);
});

test('an empty directory becomes a registry', async t => {
  const cwd = await place(t);
  assert.equal((await call(cwd, 'shipment', '-d', 'empty')).code, 0);
  const [made, given] = [path.join(cwd, 'empty'), path.join(cwd, 'shipment')];
  assert.deepEqual(await listDirectory(made), await listDirectory(given));
});

test('what is added belongs to whom the registry belongs to, and has its permissions', async t => {
  if (process.getuid?.() !== 0) {
    t.skip('only root may give files away');
    return;
  }
  const cwd = await place(t);
  await chown(path.join(cwd, 'empty'), 1234, 2345);
  await chmod(path.join(cwd, 'empty'), 0o2750);
  assert.equal((await call(cwd, 'shipment', '-d', 'empty')).code, 0);
  for (const entry of await readdir(path.join(cwd, 'empty'), { recursive: true, withFileTypes: true })) {
    const { uid, gid, mode } = await stat(path.join(entry.parentPath, entry.name));
    const expected = entry.isDirectory() ? 0o2750 : 0o640;
    assert.deepEqual([uid, gid, mode & 0o7777], [1234, 2345, expected], entry.name);
  }
});

test('a registry that cannot be written into is left as it is, and the message names it', async t => {
  const cwd = await place(t);
  const site = path.join(cwd, 'site');
  const before = await listDirectory(site);
  await chmod(cwd, 0o755);
  await chmod(site, 0o555);
  const { code, report } = await asOrdinaryUser(() => call(cwd, 'shipment', '-d', 'site'));
  await chmod(site, 0o755);
  assert.deepEqual([code, report.errors.map(error => error.code)], [1, ['ACCESS_DENIED']]);
  assert.match(report.errors[0]?.message ?? '', new RegExp(site));
  assert.deepEqual(await listDirectory(site), before);
});

test('a registry cannot be applied to itself, nor to what is inside it or around it', async t => {
  const cwd = await place(t);
  await mkdir(path.join(cwd, 'shipment/inside'));
  await symlink('shipment', path.join(cwd, 'link'));
  await mkdir(path.join(cwd, 'outer/docker/registry/v2'), { recursive: true });
  await rename(path.join(cwd, 'site'), path.join(cwd, 'outer/site'));
  const cases = [
    ['shipment', 'shipment', /they are the same registry$/],
    ['shipment/docker', 'link', /they are the same registry$/],
    ['shipment', 'shipment/inside', /the registry to write into is inside what is applied$/],
    ['outer/site', 'outer', /what is applied is inside the registry to write into$/],
  ] as const;
  for (const [source, target, why] of cases) {
    const { code, report } = await call(cwd, source, '-d', target);
    assert.deepEqual([code, report.errors[0]?.code], [2, 'OUTPUT_INVALID'], target);
    assert.match(report.errors[0]?.message ?? '', why);
  }
  assert.deepEqual(await readdir(path.join(cwd, 'shipment')), ['docker', 'inside']);
});

test('places that are no registries are told apart', async t => {
  const cwd = await place(t);
  await mkdir(path.join(cwd, 'letters'));
  await writeFile(path.join(cwd, 'letters/one'), '');
  const cases = [
    [['nosuch', '-d', 'site'], 3, 'PATH_UNKNOWN'],
    [['letters', '-d', 'site'], 1, 'NOT_A_REGISTRY'],
    [['shipment', '-d', 'nosuch'], 1, 'DATA_DIR_UNKNOWN'],
    [['shipment', '-d', 'letters'], 1, 'NOT_A_REGISTRY'],
    [['shipment', '-d', 'letters/one'], 1, 'DATA_DIR_UNKNOWN'],
  ] as const;
  for (const [argv, exit, errorCode] of cases) {
    const { code, report } = await call(cwd, ...argv);
    assert.deepEqual([code, report.errors[0]?.code], [exit, errorCode], argv.join(' '));
  }
});

test('into the storage of a registry with a database nothing is written without a warning', async t => {
  const cwd = await temporaryDirectory(t);
  const site = buildRegistry();
  site.repository('app').image({ tag: '1' });
  site.databaseInUse();
  await site.write(path.join(cwd, 'site'));
  const shipment = buildRegistry(2);
  shipment.repository('app').image({ tag: '2' });
  await shipment.write(path.join(cwd, 'shipment'));
  const { code, report } = await call(cwd, 'shipment', '-d', 'site', '-n');
  assert.deepEqual([code, report.warnings.map(warning => warning.code)], [0, ['DATABASE_IN_USE']]);
  const text = fakeContext(['apply', 'shipment', '-d', 'site'], { cwd });
  assert.equal(await run(text), 0);
  assert.doesNotMatch(text.stdout.text(), /restart/);
});
