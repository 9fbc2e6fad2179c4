import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ScraperError } from '../../errors.ts';
import { pathFor } from '../../registry/layout.ts';
import { buildRegistry, type RegistryBuilder } from '../../testing/registry.ts';
import { sharingImages } from '../../testing/sharing-images.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { fakeContext, type FakeContext } from '../fake-context.ts';
import { run } from '../run.ts';

/** A directory with this registry in `data`, and calls of `ls` in it. */
async function place(t: TestContext, registry: RegistryBuilder) {
  const cwd = await temporaryDirectory(t);
  await mkdir(path.join(cwd, 'data'));
  await registry.write(path.join(cwd, 'data'));
  const context = (
    argv: readonly string[],
    options: { isTTY?: boolean; env?: Record<string, string> } = {},
  ) => fakeContext(['ls', '-d', 'data', ...argv], { cwd, ...options });
  const ls = async (...argv: string[]): Promise<FakeContext & { readonly code: number }> => {
    const called = context(argv);
    return { ...called, code: await run(called) };
  };
  return { cwd, context, ls };
}

interface Listing {
  readonly command: string;
  readonly ok: boolean;
  readonly images: readonly Readonly<Record<string, unknown>>[];
  readonly totals: unknown;
  readonly warnings: readonly { readonly code: string }[];
  readonly errors: readonly { readonly code: string; readonly reference?: string }[];
}
const documentOf = ({ stdout }: FakeContext): Listing => JSON.parse(stdout.text()) as Listing;

test('piped, names come one a line, and nothing else', async t => {
  const { ls } = await place(t, sharingImages().registry);
  const { code, stdout, stderr } = await ls();
  assert.deepEqual([code, stdout.text(), stderr.text()], [0, 'team/app:1\nteam/app:2\nteam/app:both\n', '']);
});

test('on a terminal they are tidied up and counted', async t => {
  const { context } = await place(t, sharingImages().registry);
  const terminal = context([], { isTTY: true, env: { NO_COLOR: '1' } });
  assert.equal(await run(terminal), 0);
  assert.equal(terminal.stdout.text(), 'team/app                    1  2  both\n1 repository, 3 tags\n');
});

test('-l reads manifests and tells of damage at the end, which is no failure', async t => {
  const { registry, first } = sharingImages();
  registry.flipBit(first);
  const { ls } = await place(t, registry);
  const { code, stdout, stderr } = await ls('-l');
  assert.equal(code, 0);
  assert.match(stdout.text(), /^IMAGE +DIGEST +KIND +PLATFORMS +SIZE +CREATED\n/);
  assert.match(stdout.text(), /^team\/app:1 +sha256:[0-9a-f]{12} +damaged /m);
  assert.match(stderr.text(), /^warning: team\/app:1: its bytes .* \[DIGEST_MISMATCH\]$/m);
  assert.ok(!stderr.text().includes('hint:'));
  assert.equal((await ls('-l', '-q')).stderr.text(), '');
});

test('what was named exactly and is damaged or missing decides the exit code', async t => {
  const { registry, app, first } = sharingImages();
  registry.flipBit(first);
  app.ghostTag('ghost');
  const { ls } = await place(t, registry);
  assert.equal((await ls('-l', 'team/app:1')).code, 4);
  assert.equal((await ls('-l', 'team/app:ghost')).code, 3);
  assert.equal((await ls('-l', 'team/app:*')).code, 0);
  assert.equal((await ls('-l', 'team/app')).code, 0);
  const { stderr } = await ls('-l', 'team/app:1');
  assert.match(stderr.text(), /^error: team\/app:1: .*\[DIGEST_MISMATCH\]$/m);
});

test('a pattern that finds nothing fails, whatever else was found', async t => {
  const { ls } = await place(t, sharingImages().registry);
  const { code, stdout, stderr } = await ls('team/ap', 'team/app:2');
  assert.deepEqual([code, stdout.text()], [3, 'team/app:2\n']);
  assert.match(stderr.text(), /^error: no repository team\/ap .* \[NAME_UNKNOWN\]$/m);
  assert.match(stderr.text(), /^ {2}hint: did you mean team\/app\?$/m);
});

test('--json is one document, with details only where -l asks for them', async t => {
  const { registry, app, index } = sharingImages();
  app.signature(index);
  const { ls } = await place(t, registry);
  const names = documentOf(await ls('--json'));
  assert.deepEqual(names.images[0], { reference: 'team/app:1', repository: 'team/app', tag: '1' });
  assert.deepEqual(names.totals, { repositories: 1, images: 3, damaged: 0, hiddenTags: 1 });
  const long = documentOf(await ls('--json', '-l', 'team/app:both'));
  assert.deepEqual(
    [long.images[0]?.['digest'], long.images[0]?.['kind'], long.images[0]?.['platforms']],
    [index.digest, 'index', ['linux/amd64', 'linux/arm64']],
  );
  assert.match(String(long.images[0]?.['pushed']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test('--json is a document also when it fails, and stderr holds errors only', async t => {
  const { registry, first } = sharingImages();
  registry.flipBit(first);
  const { ls, cwd } = await place(t, registry);
  const failed = await ls('--json', '-l', 'nosuch', 'team/app:1');
  const { ok, command, images, errors } = documentOf(failed);
  assert.deepEqual([ok, command, images.length, failed.code], [false, 'ls', 1, 4]);
  assert.deepEqual(errors.map(({ code }) => code).sort(), ['DIGEST_MISMATCH', 'NAME_UNKNOWN']);
  const wrong = fakeContext(['ls', '--json', '--nope'], { cwd });
  assert.equal(await run(wrong), 2);
  assert.deepEqual([documentOf(wrong).command, documentOf(wrong).images], ['ls', []]);
  const lost = fakeContext(['ls', '--json', '-d', 'nosuch'], { cwd });
  assert.equal(await run(lost), 1);
  assert.deepEqual(
    documentOf(lost).errors.map(({ code }) => code),
    ['DATA_DIR_UNKNOWN'],
  );
});

test('--digests pins names, for a list to ship from', async t => {
  const { registry, first } = sharingImages();
  const { ls } = await place(t, registry);
  assert.equal((await ls('--digests', 'team/app:1')).stdout.text(), `team/app:1@${first.digest}\n`);
});

test('--untagged lists revisions by digest and takes no tags', async t => {
  const { registry, app } = sharingImages();
  const alone = app.image();
  const { ls } = await place(t, registry);
  assert.equal((await ls('--untagged')).stdout.text(), `team/app@${alone.digest}\n`);
  const refused = await ls('--untagged', 'team/app:1');
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr.text(),
    /^error: --untagged lists revisions without a tag, but "team\/app:1" names/m,
  );
});

test('--sort orders by size and date, the largest and newest first', async t => {
  const { ls } = await place(t, sharingImages().registry);
  assert.equal((await ls('--sort', 'size')).stdout.text(), 'team/app:both\nteam/app:1\nteam/app:2\n');
  assert.match((await ls('--sort', 'pushed', '-l')).stdout.text(), /^IMAGE.*PUSHED\n/);
});

test('filters and exclusions narrow a listing', async t => {
  const registry = buildRegistry();
  const app = registry.repository('app');
  const image = app.image({ layers: [10] });
  for (const tag of ['1.0', '1.9', '1.10', '2.0', 'edge']) app.tag(tag, image);
  const { ls } = await place(t, registry);
  assert.equal((await ls('--semver', '1.x', '--newest', '2')).stdout.text(), 'app:1.9\napp:1.10\n');
  assert.equal((await ls('--tag-regex', '^[0-9]', '--exclude', 'app:1.*')).stdout.text(), 'app:2.0\n');
  assert.equal((await ls('--semver', 'not a range')).code, 2);
});

test('an image of a list without a tag is the one tagged latest', async t => {
  const registry = buildRegistry();
  for (const tag of ['1', 'latest']) registry.repository('app').image({ tag, layers: [10] });
  const { ls, cwd } = await place(t, registry);
  await writeFile(path.join(cwd, 'list.txt'), 'app # from a list\n');
  assert.equal((await ls('--from', 'list.txt')).stdout.text(), 'app:latest\n');
  assert.equal((await ls('app')).stdout.text(), 'app:1\napp:latest\n');
});

test('a pattern that the shell replaced by names of files is told', async t => {
  const { ls, cwd } = await place(t, sharingImages().registry);
  await writeFile(path.join(cwd, 'README.md'), '');
  const { code, stderr } = await ls('README.md');
  assert.equal(code, 2);
  assert.match(stderr.text(), /^ {2}hint: README\.md is a file here; /m);
});

test('a pattern that the shell replaced by names of files is told also where these could be repositories', async t => {
  const { ls, cwd } = await place(t, sharingImages().registry);
  for (const name of ['compose.yaml', 'notes.txt']) await writeFile(path.join(cwd, name), '');
  const { code, stderr } = await ls('compose.yaml', 'notes.txt', 'nosuch');
  assert.equal(code, 3);
  const [first, ...others] = stderr.text().match(/^ {2}hint: .*$/gm) ?? [];
  assert.match(first ?? '', /compose\.yaml, notes\.txt are files here: it looks as if the shell .*'\*:\*'$/);
  assert.equal(others.length, 2);
  assert.doesNotMatch(others.join(), /files? here/);
});

test('an empty registry, and one with nothing but digest tags, say so', async t => {
  const empty = await place(t, buildRegistry());
  await mkdir(path.join(empty.cwd, 'data', pathFor({ kind: 'repositories' })), { recursive: true });
  const nothing = await empty.ls();
  assert.deepEqual([nothing.code, nothing.stdout.text()], [0, '']);
  assert.match(nothing.stderr.text(), /^Nothing is tagged in this registry/);
  assert.equal((await empty.ls('-q')).stderr.text(), '');
  const signed = buildRegistry();
  signed.repository('app').signature(signed.repository('app').image());
  const { ls } = await place(t, signed);
  assert.match((await ls()).stderr.text(), /^Nothing but digest tags: 1; --all shows them\.$/m);
  assert.match((await ls('-a')).stdout.text(), /^app:sha256-[0-9a-f]{64}\.sig$/m);
  assert.equal((await ls('--untagged', '-q')).code, 0);
});

test('a directory that leads out of the registry makes the listing fail, and the rest is listed', async t => {
  const registry = buildRegistry();
  for (const name of ['a', 'b']) registry.repository(name).image({ tag: '1', layers: [10] });
  registry.replace(pathFor({ kind: 'tags', repository: 'a' }), { symlink: '/' });
  const { ls } = await place(t, registry);
  const { code, stdout, stderr } = await ls();
  assert.deepEqual([code, stdout.text()], [4, 'b:1\n']);
  assert.match(stderr.text(), /^error: a: .*\[OUTSIDE_ROOT\]$/m);
});

test('nothing more is read once the reader has left, and that is no failure', async t => {
  const { context } = await place(t, sharingImages().registry);
  const called = context(['-l', 'team/app', 'nosuch']);
  called.closeReader();
  assert.equal(await run(called), 0);
  assert.equal(called.stderr.text(), '');
});

test('an interruption ends the listing, and the document with it', async t => {
  const { context } = await place(t, sharingImages().registry);
  const called = context(['--json']);
  called.abort(new ScraperError('INTERRUPTED', 'interrupted (SIGINT)'));
  assert.equal(await run(called), 130);
  assert.deepEqual(
    documentOf(called).errors.map(({ code }) => code),
    ['INTERRUPTED'],
  );
});

test("a registry that GitLab's database rules is listed with a warning", async t => {
  const { registry } = sharingImages();
  registry.databaseInUse();
  const { ls } = await place(t, registry);
  const { code, stderr } = await ls();
  assert.equal(code, 0);
  assert.match(stderr.text(), /\[DATABASE_IN_USE\]$/m);
  assert.deepEqual(
    documentOf(await ls('--json')).warnings.map(warning => warning.code),
    ['DATABASE_IN_USE'],
  );
});
