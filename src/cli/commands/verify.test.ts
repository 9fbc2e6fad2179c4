import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ScraperError } from '../../errors.ts';
import { patient, type Patient } from '../../testing/damages/patient.ts';
import { asOrdinaryUser } from '../../testing/ordinary-user.ts';
import { run as runCommand } from '../../testing/run.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { fakeContext, type FakeContext } from '../fake-context.ts';
import { run } from '../run.ts';

const main = path.resolve(import.meta.dirname, '../../main.ts');

async function place(t: TestContext, { registry }: Patient) {
  const cwd = await temporaryDirectory(t);
  await registry.write(path.join(cwd, 'data'));
  const context = (argv: readonly string[], isTTY = false): FakeContext =>
    fakeContext(['verify', ...argv], { cwd, isTTY, env: { NO_COLOR: '1' } });
  const verify = async (...argv: string[]): Promise<FakeContext & { readonly code: number }> => {
    const called = context(argv);
    return { ...called, code: await run(called) };
  };
  return { cwd, context, verify };
}

interface VerifyDocument {
  readonly schemaVersion: number;
  readonly command: string;
  readonly target: string | null;
  readonly hash: string | null;
  readonly ok: boolean;
  readonly findings: readonly { readonly kind: string; readonly path?: string }[];
  readonly kinds: readonly { readonly kind: string; readonly count: number; readonly hint: string }[];
  readonly totals: { readonly blobs: number; readonly damaged: number } | null;
  readonly errors: readonly { readonly code: string }[];
}
const documentOf = ({ stdout }: FakeContext): VerifyDocument => JSON.parse(stdout.text()) as VerifyDocument;

test('a sound registry is called so, on stdout, with exit code 0', async t => {
  const { verify } = await place(t, patient());
  for (const argv of [['data'], ['-d', 'data'], ['data/docker/registry']]) {
    const { code, stdout, stderr } = await verify(...argv);
    assert.deepEqual([code, stderr.text()], [0, '']);
    assert.match(
      stdout.text(),
      /^.*data.* is sound: a registry serves all of it, and garbage-collect goes through\n\n/,
    );
    assert.match(stdout.text(), /^ {2}2 repositories, 3 tags, 6 revisions, 23 links$/m);
    assert.match(stdout.text(), /^ {2}17 blobs, \S+ kB; \S+ kB hashed in /m);
    assert.match(stdout.text(), /^ {2}no orphans\n$/m);
  }
});

test('the exit code tells the worst: damaged before unreadable before missing, and notices not at all', async t => {
  const made = patient();
  const { registry, app, image } = made;
  registry.orphan();
  const codeNow = async (): Promise<number> => (await (await place(t, made)).verify('data')).code;
  assert.equal(await codeNow(), 0);
  app.ghostTag('ghost');
  assert.equal(await codeNow(), 3);
  registry.flipBit(image.layer(0));
  assert.equal(await codeNow(), 4);
});

test('what cannot be read makes the exit code 1, and nobody calls the registry sound', async t => {
  const { cwd, verify } = await place(t, patient());
  await runCommand('chmod', ['000', path.join(cwd, 'data/docker/registry/v2/repositories/zed')]);
  await runCommand('chmod', ['755', cwd]);
  const { code, stdout, stderr } = await asOrdinaryUser(() => verify('data'));
  assert.equal(code, 1);
  assert.match(stdout.text(), /^data: no damage found, but not everything could be read$/m);
  assert.match(stdout.text(), /orphans: nobody can tell/);
  assert.match(stderr.text(), /^error: cannot read .*zed: permission denied \[ACCESS_DENIED\]$/m);
});

test('what is wrong is told with image, place and what to do', async t => {
  const made = patient();
  made.registry.flipBit(made.image.layer(0));
  made.app.ghostTag('ghost');
  const { verify } = await place(t, made);
  const { code, stdout, stderr } = await verify('data');
  const text = stdout.text();
  assert.deepEqual([code, stderr.text()], [4, '']);
  assert.match(text, /^data is damaged: 1 thing damaged, 1 thing missing$/m);
  assert.match(text, /^ {2}damaged {2}BLOB_CORRUPT +1 +1 kB$/m);
  assert.match(
    text,
    /^BLOB_CORRUPT: blobs whose bytes .*\n {2}team\/app:1\.0\n {4}the blob's bytes .*\n {4}\S*\/data\n {2}→ put it back/m,
  );
  assert.match(text, /^TAG_GHOST: .*\n {2}team\/app:ghost\n/m);
});

test('--quiet says nothing of a sound registry, and of another only what is wrong', async t => {
  const made = patient();
  made.registry.orphan();
  const sound = await (await place(t, made)).verify('data', '-q');
  assert.deepEqual([sound.code, sound.stdout.text(), sound.stderr.text()], [0, '', '']);
  made.app.ghostTag('ghost');
  const { code, stdout } = await (await place(t, made)).verify('data', '-q');
  assert.equal(code, 3);
  assert.match(stdout.text(), /TAG_GHOST/);
  assert.doesNotMatch(stdout.text(), /ORPHAN|revisions,/);
});

test('--quick leaves a flipped bit unseen, and says so', async t => {
  const made = patient();
  made.registry.flipBit(made.image.layer(0));
  const { verify } = await place(t, made);
  const { code, stdout } = await verify('data', '--quick');
  assert.equal(code, 0);
  assert.match(stdout.text(), /goes through; only manifests were hashed$/m);
});

test('--json is one document with everything in it, sound or not', async t => {
  const made = patient();
  const sound = documentOf(await (await place(t, made)).verify('data', '--json', '--quick'));
  assert.deepEqual(
    [sound.schemaVersion, sound.command, sound.target, sound.hash, sound.ok, sound.findings, sound.kinds],
    [1, 'verify', 'data', 'none', true, [], []],
  );
  made.registry.flipBit(made.image.layer(0));
  for (let orphan = 0; orphan < 30; orphan += 1) made.registry.orphan();
  const { verify } = await place(t, made);
  const called = await verify('data', '--json');
  const { ok, hash, findings, kinds, totals, errors } = documentOf(called);
  assert.deepEqual([called.code, called.stderr.text(), ok, hash, errors], [4, '', false, 'all', []]);
  assert.deepEqual([findings.length, totals?.blobs, totals?.damaged], [31, 47, 1]);
  assert.deepEqual(
    kinds.map(({ kind, count }) => [kind, count]),
    [
      ['BLOB_CORRUPT', 1],
      ['BLOB_ORPHAN', 30],
    ],
  );
  assert.ok(kinds.every(({ hint }) => hint !== ''));
});

test('a directory that is no registry is a failure in text and in the document', async t => {
  const { verify } = await place(t, patient());
  const text = await verify('.');
  assert.deepEqual([text.code, text.stdout.text()], [1, '']);
  assert.match(text.stderr.text(), /\[NOT_A_REGISTRY\]\n/);
  const called = await verify('.', '--json');
  const { ok, totals, findings, errors } = documentOf(called);
  assert.deepEqual([called.code, ok, totals, findings], [1, false, null, []]);
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['NOT_A_REGISTRY'],
  );
  assert.equal((await verify('nothing')).code, 3);
});

test('an interruption is announced at once, and what was found so far is shown', async t => {
  const { context } = await place(t, patient());
  const called = context(['data']);
  const running = run(called);
  // the clock runs as soon as there is something to watch
  while (called.clock.running() === 0) await new Promise(resolve => setImmediate(resolve));
  called.abort(new ScraperError('INTERRUPTED', 'interrupted (SIGINT)'));
  assert.equal(await running, 130);
  assert.match(called.stdout.text(), /^Interrupted: data was not verified to the end/);
  assert.match(called.stderr.text(), /^Interrupted: stopping/);
  assert.doesNotMatch(called.stderr.text(), /error:/);
});

test('Ctrl-C while blobs are hashed ends the program with 130, and the document is whole', async t => {
  const made = patient();
  made.put('README', Buffer.from('found before anything is hashed'));
  made.put(`blobs/sha256/00/${'0'.repeat(64)}/data`, { zeros: 2 ** 36 });
  const { cwd } = await place(t, made);
  const child = spawn(process.execPath, [main, 'verify', 'data', '--json'], { cwd });
  let document = '';
  child.stdout.on('data', (chunk: Buffer) => (document += chunk.toString()));
  child.stdout.once('data', () => child.kill('SIGINT'));
  assert.deepEqual(await once(child, 'close'), [130, null]);
  const { ok, totals, findings, errors } = JSON.parse(document) as VerifyDocument;
  assert.deepEqual([ok, totals, errors.map(({ code }) => code)], [false, null, ['INTERRUPTED']]);
  assert.deepEqual(
    findings.map(({ kind }) => kind),
    ['FOREIGN_FILE'],
  );
});

test('a terminal shows how far it is, and nothing of that remains', async t => {
  const { context } = await place(t, patient());
  const called = context(['data'], true);
  const running = run(called);
  const timer = setInterval(() => called.clock.advance(100), 1);
  assert.equal(await running, 0);
  clearInterval(timer);
  assert.match(called.stderr.text(), /\rLooking at the storage: \d+ blobs|\rVerifying/);
  assert.ok(called.stderr.text().endsWith('\r\x1b[K'));
  assert.equal(called.clock.running(), 0);
});
