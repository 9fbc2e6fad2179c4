import assert from 'node:assert/strict';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ScraperError } from '../../errors.ts';
import type { RegistryBuilder } from '../../testing/registry.ts';
import { sharingImages } from '../../testing/sharing-images.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { fakeContext, type FakeContext } from '../fake-context.ts';
import { run } from '../run.ts';

async function place(t: TestContext, registry: RegistryBuilder) {
  const cwd = await temporaryDirectory(t);
  await registry.write(path.join(cwd, 'data'));
  const context = (argv: readonly string[], isTTY = false): FakeContext =>
    fakeContext(['inspect', '-d', 'data', ...argv], { cwd, isTTY, env: { NO_COLOR: '1' } });
  const inspect = async (...argv: string[]): Promise<FakeContext & { readonly code: number }> => {
    const called = context(argv);
    return { ...called, code: await run(called) };
  };
  return { context, inspect };
}

interface InspectDocument {
  readonly ok: boolean;
  readonly command: string;
  readonly image: { readonly digest: string } | null;
  readonly errors: readonly { readonly code: string; readonly reference?: string }[];
}
const documentOf = ({ stdout }: FakeContext): InspectDocument => JSON.parse(stdout.text()) as InspectDocument;

test('an image is shown on stdout, and nothing on stderr', async t => {
  const { registry, first } = sharingImages();
  const { inspect } = await place(t, registry);
  const { code, stdout, stderr } = await inspect('team/app:1');
  assert.deepEqual([code, stderr.text()], [0, '']);
  assert.ok(stdout.text().startsWith(`team/app:1\n  ${first.digest}\n`));
});

test('a broken image is shown with what is wrong, and the exit code tells what sort of wrong', async t => {
  const { registry, first, second } = sharingImages();
  registry.remove(first.layer(0));
  registry.truncate(second.layer(1), 3);
  const { inspect } = await place(t, registry);
  const missing = await inspect('team/app:1');
  assert.equal(missing.code, 3);
  assert.match(missing.stdout.text(), /layer 1 .* missing$/m);
  assert.match(
    missing.stderr.text(),
    /^error: team\/app:1: manifest → layer 1: layer sha256:.* \[BLOB_UNKNOWN\]$/m,
  );
  assert.match(
    missing.stderr.text(),
    /^ {2}hint: the source registry cannot serve it either: push the image again$/m,
  );
  const damaged = await inspect('team/app:both');
  assert.equal(damaged.code, 4);
  assert.match(damaged.stdout.text(), /layer 2 .* damaged$/m);
});

test('a pattern is no image, and ls shows what it matches', async t => {
  const { inspect } = await place(t, sharingImages().registry);
  const { code, stderr } = await inspect('team/*:1');
  assert.equal(code, 2);
  assert.equal(
    stderr.text(),
    [
      'error: inspect takes one image, found the pattern "team/*:1" [USAGE]',
      "  hint: registry-scraper ls 'team/*:1' lists what matches",
      '',
    ].join('\n'),
  );
});

test('no hint names an option that inspect lacks', async t => {
  const { registry, app, first, second } = sharingImages();
  registry.remove(first.layer(0));
  registry.replace(app.layerLink(second.layer(0)), Buffer.from('nonsense'));
  app.manifest('{}', { tag: 'empty' });
  app.manifest('x'.repeat(2 ** 22 + 1), { tag: 'huge' });
  const { inspect } = await place(t, registry);
  for (const tag of ['1', '2', 'empty', 'huge']) {
    const { code, stderr } = await inspect(`team/app:${tag}`);
    assert.notEqual(code, 0, tag);
    assert.match(stderr.text(), /hint: /);
    assert.doesNotMatch(stderr.text(), /--keep-going/);
  }
});

test('warnings are remarks: they change no exit code, and -q leaves them out', async t => {
  const { registry, app, first } = sharingImages();
  app.index([first, app.image({ stored: false, platform: 'linux/s390x' })], { tag: 'sparse' });
  const { inspect } = await place(t, registry);
  const { code, stderr } = await inspect('team/app:sparse');
  assert.equal(code, 0);
  assert.match(stderr.text(), /^warning: .*\[SPARSE_INDEX\]$/m);
  assert.equal((await inspect('team/app:sparse', '-q')).stderr.text(), '');
});

test('--raw gives the bytes of the manifest and nothing else', async t => {
  const { registry, index } = sharingImages();
  const { inspect } = await place(t, registry);
  const { code, stdout, stderr } = await inspect('team/app:both', '--raw');
  assert.deepEqual([code, stderr.text()], [0, '']);
  assert.deepEqual(stdout.bytes(), index.bytes);
});

test('--raw gives bytes that are no text as they are, but not to a terminal', async t => {
  const { registry, app } = sharingImages();
  const bytes = Buffer.from([0x7b, 0xff, 0x1b, 0x5b, 0x32, 0x4a, 0x00, 0x7d]);
  app.manifest(bytes, { tag: 'odd' });
  const { inspect, context } = await place(t, registry);
  assert.deepEqual((await inspect('team/app:odd', '--raw')).stdout.bytes(), bytes);
  const terminal = context(['team/app:odd', '--raw'], true);
  assert.equal(await run(terminal), 4);
  assert.equal(terminal.stdout.text(), '');
  assert.match(terminal.stderr.text(), /characters that could act on this\s+terminal/);
  const sound = context(['team/app:1', '--raw'], true);
  assert.equal(await run(sound), 0);
  assert.ok(sound.stdout.text().startsWith('{'));
});

test('--raw gives nothing when the bytes are not what the digest says', async t => {
  const { registry, first } = sharingImages();
  registry.flipBit(first);
  const { inspect } = await place(t, registry);
  const { code, stdout, stderr } = await inspect('team/app:1', '--raw');
  assert.deepEqual([code, stdout.bytes().length], [4, 0]);
  assert.match(stderr.text(), /^error: team\/app:1: .*\[DIGEST_MISMATCH\]$/m);
});

test('--json is one document, also when failing', async t => {
  const { registry, first } = sharingImages();
  const { inspect } = await place(t, registry);
  const found = await inspect('team/app:1', '--json');
  assert.deepEqual(
    [documentOf(found).ok, documentOf(found).image?.digest, found.code],
    [true, first.digest, 0],
  );
  const lost = await inspect('team/app:9', '--json');
  assert.deepEqual([documentOf(lost).image, lost.code], [null, 3]);
  assert.deepEqual(
    documentOf(lost).errors.map(({ code, reference }) => [code, reference]),
    [['TAG_UNKNOWN', 'team/app:9']],
  );
  const wrong = await inspect('--json');
  assert.deepEqual([documentOf(wrong).command, documentOf(wrong).image, wrong.code], ['inspect', null, 2]);
});

test('a reference that leads nowhere has a hint', async t => {
  const { inspect } = await place(t, sharingImages().registry);
  const { code, stdout, stderr } = await inspect('team/ap:1');
  assert.deepEqual([code, stdout.text()], [3, '']);
  assert.match(stderr.text(), /^ {2}hint: did you mean team\/app\?$/m);
});

test('on a terminal it shows that it goes on, unless that is not wanted', async t => {
  const { context } = await place(t, sharingImages().registry);
  const told = async (...argv: string[]): Promise<string> => {
    const called = context(argv, true);
    // what is due is done at once
    const every = (_: number, work: () => void): (() => void) => {
      work();
      return () => undefined;
    };
    assert.equal(await run({ ...called, clock: { ...called.clock, every } }), 0);
    return called.stderr.text();
  };
  assert.match(await told('team/app:1'), /^\rResolving.*\r\x1b\[K$/s);
  for (const option of ['--no-progress', '-q', '--raw']) assert.equal(await told('team/app:1', option), '');
});

test('an interruption ends it', async t => {
  const { context } = await place(t, sharingImages().registry);
  const called = context(['team/app:1']);
  called.abort(new ScraperError('INTERRUPTED', 'interrupted (SIGINT)'));
  assert.equal(await run(called), 130);
  assert.equal(called.stdout.text(), '');
});
